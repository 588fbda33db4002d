"""Cases in files: a JSON object a line, a list or mapping in JSON or YAML, or a table in CSV or Parquet."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from passmuster.adapters.datasets import reading, schema
from passmuster.adapters.datasets.columns import TableOptions, table_of
from passmuster.adapters.datasets.complaints import MAXIMUM_FINDINGS
from passmuster.adapters.datasets.meaning import Entry
from passmuster.adapters.datasets.reading import error
from passmuster.adapters.datasets.selection import Selection
from passmuster.adapters.datasets.tables import ParquetRows, SeparatedValues
from passmuster.adapters.datasets.taking import CaseTaker
from passmuster.components import BuildContext, Component
from passmuster.documents import Document, parse_json, parse_yaml
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.values import JsonObject, SourceLocation
from passmuster.ports import DatasetLoader

__all__ = ["COMPONENT", "MAXIMUM_FINDINGS", "FileLoader", "FileOptions"]

_PARSERS: Mapping[str, Callable[..., Document]] = {".json": parse_json, ".yaml": parse_yaml, ".yml": parse_yaml}
_TABLES = (".csv", ".tsv", ".parquet")
_ENDINGS = (".jsonl", *_PARSERS, *_TABLES)


class FileOptions(TableOptions):
    """Which file to read, how, and which of its cases to take."""

    location: str = Field(
        min_length=1,
        description=(
            "A file that ends in .jsonl, .json, .yaml, .yml, .csv, .tsv or .parquet; relative to the suite's folder."
        ),
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
        table: How the columns of a table are to be understood.
    """

    split: str | None = None
    tags: frozenset[str] = frozenset()
    table: TableOptions = field(default_factory=TableOptions)

    def load(self, location: Path) -> Dataset:
        """Load the cases of a file; the dataset has the name of the file without its ending.

        A list of cases finds the rubrics that they name in the file ``<name>.rubrics.yaml`` beside it.

        Raises:
            InvalidDatasetError: With every complaint about the file at once, in the order of lines; or if no
                case is left to take.
            MissingExtraError: If the format needs a package that is not installed.
        """
        return Dataset(name=location.stem, cases=tuple(self._read(location, reading.MAXIMUM_LINES_FILE)))

    def stream(self, location: Path) -> Iterator[Case]:
        """Yield the sound cases of a file, which may be larger than memory where it holds lines or rows.

        Raises:
            InvalidDatasetError: With every complaint, after the last sound case.
            MissingExtraError: If the format needs a package that is not installed.
        """
        return self._read(location, reading.MAXIMUM_STREAM)

    def schema(self) -> JsonObject:
        """Return the JSON Schema of one case, as a line of a JSON Lines file holds it."""
        return schema.case_schema()

    def file_schema(self) -> JsonObject:
        """Return the JSON Schema of a YAML file with rubrics and cases; it refers to nothing outside it."""
        return schema.file_schema()

    def _read(self, location: Path, limit: int) -> Iterator[Case]:
        taker = CaseTaker(str(location), default_split=self.table.default_split)
        selection = Selection(split=self.split, tags=self.tags)
        return selection.chosen(self._cases(location, taker, limit), taker.place)

    def _cases(self, location: Path, taker: CaseTaker, limit: int) -> Iterator[Case]:
        ending = location.suffix.lower()
        remedy = "write a list of cases"
        if ending == ".jsonl":
            remedy = "write one case on each line"
            yield from _of_lines(location, taker, limit)
        elif ending in _TABLES:
            remedy = "write one case in each row, below the names of the columns"
            yield from _of_table(location, taker, limit, self.table)
        elif ending in _PARSERS:
            yield from _of_whole(location, taker, _PARSERS[ending])
        else:
            message = f"a dataset cannot be read from a file that ends in {ending!r}"
            hint = f"known endings: {', '.join(_ENDINGS)}"
            taker.complaints.add(error("unknown-ending", message, hint, SourceLocation(path=str(location))))
        taker.finish(remedy)


def _of_lines(location: Path, taker: CaseTaker, limit: int) -> Iterator[Case]:
    taker.read_rubrics_beside(location)
    path = str(location)
    for number, line in reading.read_lines(location, taker.complaints.add, limit):
        try:
            document = parse_json(line, path=path, line=number)
        except InvalidInputError as refusal:
            taker.complaints.add_all(refusal.findings)
            continue
        case = taker.take(Entry(document=document, way=(), data=document.data))
        if case is not None:
            yield case


def _of_table(location: Path, taker: CaseTaker, limit: int, options: TableOptions) -> Iterator[Case]:
    taker.read_rubrics_beside(location)
    if location.suffix.lower() == ".parquet":
        source: ParquetRows | SeparatedValues = ParquetRows(location)
    else:
        source = SeparatedValues(location, taker.complaints.add, limit)
    table = table_of(options, location, source.columns)
    for number, row in source.rows():
        entry, findings = table.entry(row, number)
        taker.complaints.add_all(findings)
        case = taker.take(entry)
        if case is not None and not findings:
            yield case


def _of_whole(location: Path, taker: CaseTaker, parse: Callable[..., Document]) -> Iterator[Case]:
    text = reading.read_whole(location)
    if not text.strip():
        return
    try:
        document = parse(text, path=str(location))
    except InvalidInputError as refusal:
        taker.complaints.add_all(refusal.findings)
        return
    is_list = isinstance(document.data, list)
    if is_list:
        taker.read_rubrics_beside(location)
    elif document.data is not None:
        taker.complaints.add_all(schema.check_file(document))
        taker.define_rubrics(document, ("rubrics",), _member(document.data, "rubrics"))
    found = document.data if is_list else _member(document.data, "cases")
    for index, data in enumerate(found if isinstance(found, list) else []):
        way = (index,) if is_list else ("cases", index)
        case = taker.take(Entry(document=document, way=way, data=data), is_checked=not is_list)
        if case is not None:
            yield case


def _member(data: object, key: str) -> object:
    return data.get(key) if isinstance(data, dict) else None


def _build(options: FileOptions, _context: BuildContext) -> DatasetLoader:
    return FileLoader(split=options.split, tags=frozenset(options.tags), table=options)


COMPONENT = Component(options=FileOptions, build=_build, is_deterministic=lambda _options: True)
