"""Cases in files: one JSON object a line, or a list or mapping in JSON or YAML."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.datasets import building, reading, schema
from passmuster.adapters.datasets.meaning import Entry, KnownRubrics, check_meaning, check_rubric
from passmuster.adapters.datasets.reading import error
from passmuster.documents import Document, parse_json, parse_yaml
from passmuster.documents.places import shortened
from passmuster.domain.cases import Case, Dataset, Rubric
from passmuster.domain.errors import InvalidDatasetError, InvalidInputError
from passmuster.domain.findings import Finding
from passmuster.domain.values import JsonObject, SourceLocation
from passmuster.components import BuildContext, Component
from passmuster.ports import DatasetLoader

MAXIMUM_FINDINGS = 10_000
"""Reading a dataset stops after so many complaints: they take more memory than the file."""

_PARSERS: Mapping[str, Callable[..., Document]] = {".json": parse_json, ".yaml": parse_yaml, ".yml": parse_yaml}
_ENDINGS = (".jsonl", *_PARSERS)


class FileOptions(BaseModel):
    """Which file to read, and which of its cases to take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(
        min_length=1,
        description="A file that ends in .jsonl, .json, .yaml or .yml; relative to the suite's folder.",
    )
    split: Literal["train", "validation", "test"] | None = Field(
        default=None, description="Take only cases of this split; all of them if it is left out."
    )
    tags: list[str] = Field(
        default_factory=list, description="Take only cases that bear at least one of these tags; all if it is empty."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLoader:
    """Reads datasets from files.

    Attributes:
        split: The split whose cases are taken; ``None`` takes all.
        tags: Tags of which a case must bear one to be taken; if empty, all are.
    """

    split: str | None = None
    tags: frozenset[str] = frozenset()

    def load(self, location: Path) -> Dataset:
        """Load the cases of a file; the dataset has the name of the file without its ending.

        A list of cases finds the rubrics that they name in the file ``<name>.rubrics.yaml`` beside it.

        Raises:
            InvalidDatasetError: With every complaint about the file at once, in the order of lines; or if no
                case is left to take.
        """
        reader = _Reader(location)
        cases = reader.read()
        return Dataset(name=location.stem, cases=self._chosen(cases, reader.place))

    def schema(self) -> JsonObject:
        """Return the JSON Schema of one case, as a line of a JSON Lines file holds it."""
        return schema.case_schema()

    def file_schema(self) -> JsonObject:
        """Return the JSON Schema of a YAML file with rubrics and cases; it refers to nothing outside it."""
        return schema.file_schema()

    def _chosen(self, cases: tuple[Case, ...], place: SourceLocation) -> tuple[Case, ...]:
        of_split = tuple(case for case in cases if self.split in {None, case.split})
        if not of_split:
            known = ", ".join(repr(name) for name in sorted({case.split for case in cases}))
            message = f"the file has no case of the split {self.split!r}"
            raise InvalidDatasetError([error("no-case", message, f"splits of the file: {known}", place)])
        chosen = tuple(case for case in of_split if not self.tags or self.tags & case.tags)
        if not chosen:
            message = f"no case bears one of the tags {', '.join(repr(tag) for tag in sorted(self.tags))}"
            known = ", ".join(repr(name) for name in sorted({tag for case in of_split for tag in case.tags})[:20])
            hint = f"tags of the cases: {known}" if known else "the cases have no tags"
            raise InvalidDatasetError([error("no-case", message, hint, place)])
        return chosen


@dataclass(slots=True)
class _Complaints:
    """What is wrong with one dataset so far."""

    path: str
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        self.findings.append(finding)
        if len(self.findings) >= MAXIMUM_FINDINGS:
            message = f"reading stopped here, after {MAXIMUM_FINDINGS:,} errors"
            hint = "correct these first"
            self.findings.append(error("too-many-errors", message, hint, self._place(finding)))
            self.raise_any()

    def add_all(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.add(finding)

    def raise_any(self) -> None:
        if self.findings:
            raise InvalidDatasetError(sorted(self.findings, key=self._order))

    def _place(self, finding: Finding) -> SourceLocation:
        return finding.location or SourceLocation(path=self.path)

    def _order(self, finding: Finding) -> tuple[bool, int, int]:
        place = self._place(finding)
        return (place.path != self.path, place.line or 0, place.column or 0)


class _Reader:
    """Reads one file once."""

    def __init__(self, location: Path) -> None:
        self.place = SourceLocation(path=str(location))
        self._location = location
        self._complaints = _Complaints(str(location))
        self._places: dict[str, SourceLocation] = {}
        self._rubrics: dict[str, Rubric] = {}
        self._known = KnownRubrics(names=(), remedy="define it under 'rubrics' in this file")
        self._cases: list[Case] = []

    def read(self) -> tuple[Case, ...]:
        ending = self._location.suffix.lower()
        if ending not in _ENDINGS:
            message = f"a dataset cannot be read from a file that ends in {ending!r}"
            self._complaints.add(error("unknown-ending", message, f"known endings: {', '.join(_ENDINGS)}", self.place))
        elif ending == ".jsonl":
            self._read_lines()
        else:
            self._read_whole(_PARSERS[ending])
        self._complaints.raise_any()
        if not self._cases:
            hint = "write one case on each line" if ending == ".jsonl" else "write a list of cases"
            raise InvalidDatasetError([error("no-case", "the file has no case", hint, self.place)])
        return tuple(self._cases)

    def _read_lines(self) -> None:
        self._read_rubrics_beside()
        for number, line in reading.read_lines(self._location, self._complaints.add):
            try:
                document = parse_json(line, path=self.place.path, line=number)
            except InvalidInputError as refusal:
                self._complaints.add_all(refusal.findings)
            else:
                self._take_unchecked(Entry(document=document, way=(), data=document.data))

    def _read_whole(self, parse: Callable[..., Document]) -> None:
        text = reading.read_whole(self._location)
        if not text.strip():
            return
        try:
            document = parse(text, path=self.place.path)
        except InvalidInputError as refusal:
            self._complaints.add_all(refusal.findings)
            return
        if isinstance(document.data, list):
            self._read_rubrics_beside()
            for index, data in enumerate(document.data):
                self._take_unchecked(Entry(document=document, way=(index,), data=data))
        elif document.data is not None:
            self._read_mapping(document)

    def _read_mapping(self, document: Document) -> None:
        self._complaints.add_all(schema.check_file(document))
        data = document.data if isinstance(document.data, dict) else {}
        self._define_rubrics(document, ("rubrics",), data.get("rubrics"))
        cases = data.get("cases")
        for index, case in enumerate(cases if isinstance(cases, list) else []):
            self._take(Entry(document=document, way=("cases", index), data=case))

    def _read_rubrics_beside(self) -> None:
        beside = self._location.with_name(f"{self._location.stem}.rubrics.yaml")
        self._known = KnownRubrics(names=(), remedy=f"define it in {beside.name!r} beside this file")
        if not reading.is_there(beside):
            return
        try:
            document = parse_yaml(reading.read_whole(beside), path=str(beside))
        except InvalidInputError as refusal:
            self._complaints.add_all(refusal.findings)
            self._known = KnownRubrics(names=None, remedy="")
            return
        self._complaints.add_all(schema.check_rubrics(document))
        self._define_rubrics(document, (), document.data)

    def _define_rubrics(self, document: Document, way: tuple[str, ...], data: object) -> None:
        rubrics = {name: rubric for name, rubric in data.items() if name != "$schema"} if isinstance(data, dict) else {}
        for name, rubric in rubrics.items():
            self._complaints.add_all(check_rubric(document, (*way, name), rubric))
        self._known = KnownRubrics(names=rubrics.keys(), remedy=self._known.remedy)
        if not self._complaints.findings:
            self._rubrics = {name: building.build_rubric(rubric) for name, rubric in rubrics.items()}

    def _take_unchecked(self, entry: Entry) -> None:
        self._complaints.add_all(schema.check_case(entry.document, entry.way, entry.data))
        self._take(entry)

    def _take(self, entry: Entry) -> None:
        """Take a case whose shape has been checked."""
        self._complaints.add_all(check_meaning(entry, self._known))
        self._complaints.add_all(self._repeated_identifiers(entry))
        if not self._complaints.findings:
            self._cases.append(building.build_case(entry, self._rubrics))

    def _repeated_identifiers(self, entry: Entry) -> Iterator[Finding]:
        identifier = entry.data.get("identifier") if isinstance(entry.data, dict) else None
        if not isinstance(identifier, str):
            return
        # Where the case begins is known without looking for the places of all its parts.
        begins = entry.document.location(entry.way)
        first = self._places.setdefault(identifier, begins)
        if first is not begins:
            place = entry.document.location((*entry.way, "identifier"))
            message = f"the identifier {shortened(identifier)!r} is taken by the case on line {first.line}"
            yield error("duplicate-identifier", message, "give each case an identifier of its own", place)


def _build(options: FileOptions, _context: BuildContext) -> DatasetLoader:
    return FileLoader(split=options.split, tags=frozenset(options.tags))


COMPONENT = Component(options=FileOptions, build=_build, is_deterministic=lambda _options: True)
