"""Entries of a dataset → cases, one after another, with every complaint about them."""

from collections.abc import Iterator
from pathlib import Path

from passmuster.adapters.datasets import building, reading, schema
from passmuster.adapters.datasets.complaints import Complaints
from passmuster.adapters.datasets.meaning import Entry, KnownRubrics, check_meaning, check_rubric
from passmuster.adapters.datasets.plain_cases import is_plain
from passmuster.adapters.datasets.reading import error
from passmuster.analysis.seen_before import SeenBefore
from passmuster.documents import Document, parse_yaml
from passmuster.documents.places import shortened
from passmuster.domain.cases import Case, Rubric
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation


class CaseTaker:
    """Checks entries and makes cases of those that are sound; of the cases it keeps only a mark of each identifier.

    Attributes:
        place: The dataset, for messages.
        complaints: What is wrong so far.
        taken: How many cases were made.
    """

    def __init__(self, path: str, *, default_split: str = "test") -> None:
        """Begin a dataset.

        Args:
            path: Its name for messages.
            default_split: The split of cases that name none.
        """
        self.place = SourceLocation(path=path)
        self.complaints = Complaints(path)
        self.taken = 0
        self._default_split = default_split
        self._identifiers = SeenBefore()
        self._rubrics: dict[str, Rubric] = {}
        self._known = KnownRubrics(names=(), remedy="define it under 'rubrics' in this file")

    def read_rubrics_beside(self, location: Path) -> None:
        """Define the rubrics of the file ``<name>.rubrics.yaml`` beside a dataset, where there is one."""
        beside = location.with_name(f"{location.stem}.rubrics.yaml")
        self._known = KnownRubrics(names=(), remedy=f"define it in {beside.name!r} beside this file")
        if not reading.is_there(beside):
            return
        try:
            document = parse_yaml(reading.read_whole(beside), path=str(beside))
        except InvalidInputError as refusal:
            self.complaints.add_all(refusal.findings)
            self._known = KnownRubrics(names=None, remedy="")
            return
        self.complaints.add_all(schema.check_rubrics(document))
        self.define_rubrics(document, (), document.data)

    def define_rubrics(self, document: Document, way: tuple[str, ...], data: object) -> None:
        """Define the rubrics of a mapping."""
        rubrics = {name: rubric for name, rubric in data.items() if name != "$schema"} if isinstance(data, dict) else {}
        for name, rubric in rubrics.items():
            self.complaints.add_all(check_rubric(document, (*way, name), rubric))
        self._known = KnownRubrics(names=rubrics.keys(), remedy=self._known.remedy)
        if not self.complaints.findings:
            self._rubrics = {name: building.build_rubric(rubric) for name, rubric in rubrics.items()}

    def take(self, entry: Entry, *, is_checked: bool = False) -> Case | None:
        """Return the case that an entry describes; ``None`` if there is anything to complain about.

        Args:
            entry: A case as data.
            is_checked: Whether its shape has been checked already.
        """
        # A file whose shape is wrong somewhere says nothing about the shape of this very case.
        is_unsure = is_checked and bool(self.complaints.findings)
        before = len(self.complaints.findings)
        if is_plain(entry.data):
            is_unsure = False
        elif not is_checked:
            self.complaints.add_all(schema.check_case(entry.document, entry.way, entry.data))
        self.complaints.add_all(check_meaning(entry, self._known))
        self.complaints.add_all(self._repeated_identifiers(entry))
        if is_unsure or len(self.complaints.findings) > before or self._lacks_its_rubric(entry):
            return None
        self.taken += 1
        return building.build_case(entry, self._rubrics, self._default_split)

    def finish(self, remedy: str) -> None:
        """Raise what is wrong with the dataset as a whole, or in it.

        Args:
            remedy: How a case is written, if there is none.

        Raises:
            InvalidDatasetError: With every complaint.
        """
        self.complaints.raise_any()
        if not self.taken:
            self.complaints.add(error("no-case", "the file has no case", remedy, self.place))
            self.complaints.raise_any()

    def _lacks_its_rubric(self, entry: Entry) -> bool:
        """Whether the rubric that an entry names could not be read, about which has been complained."""
        rubric = entry.data.get("rubric") if isinstance(entry.data, dict) else None
        return isinstance(rubric, str) and rubric not in self._rubrics

    def _repeated_identifiers(self, entry: Entry) -> Iterator[Finding]:
        identifier = entry.data.get("identifier") if isinstance(entry.data, dict) else None
        if not isinstance(identifier, str):
            return
        # Where the case begins is known without looking for the places of all its parts.
        line = entry.document.location(entry.way).line or 0
        first = self._identifiers.first(identifier, line)
        if first is not None:
            place = entry.document.location((*entry.way, "identifier"))
            message = f"the identifier {shortened(identifier)!r} is taken by the case on line {first}"
            yield error("duplicate-identifier", message, "give each case an identifier of its own", place)
