"""Cases in the format of the library ``datasets``: on disk, in files of data, or from a hub of datasets.

No code of a dataset is ever run. From a hub only a pinned revision is read, so that equal suites read equal cases; a
folder is read without asking the network.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from passmuster.adapters.datasets.columns import KEYS, TableOptions, table_of
from passmuster.adapters.datasets.reading import error
from passmuster.adapters.datasets.schema import nearest
from passmuster.adapters.datasets.selection import Selection
from passmuster.adapters.datasets.taking import CaseTaker
from passmuster.components import BuildContext, Component
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.values import SourceLocation
from passmuster.ports import DatasetLoader
from passmuster.libraries import hub_library

BATCH = 1_000
"""Rows that are held at once."""

_READERS: Mapping[str, str] = {".parquet": "parquet", ".csv": "csv", ".jsonl": "json", ".json": "json"}
_SPLITS: Mapping[str, str] = {
    "train": "train", "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test",
}  # fmt: skip
_Part = tuple[str, Any]


class HubOptions(TableOptions):
    """Where a dataset is, and what is taken of it."""

    location: str | None = Field(
        default=None,
        description=(
            "A folder that was saved to disk, or a file or folder of Parquet, CSV or JSON; relative to the suite's "
            "folder."
        ),
    )
    dataset: str | None = Field(default=None, min_length=1, description="The dataset's name on the hub.")
    revision: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{40}$", description="The commit of the dataset that is read, in full."
    )
    subset: str | None = Field(default=None, description="The configuration of the dataset, where it has several.")
    part: str | None = Field(default=None, description="Only this split as the dataset itself names it; default: all.")
    streaming: bool = Field(default=False, description="Read from the hub row by row, with nothing kept on disk.")
    split: Literal["train", "validation", "test"] | None = Field(
        default=None, description="Take only cases of this split; all of them if it is left out."
    )
    tags: list[str] = Field(
        default_factory=list, description="Take only cases that bear at least one of these tags; all if it is empty."
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.location is None) == (self.dataset is None):
            message = "name a location, or a dataset of a hub"
            raise ValueError(message)
        if self.dataset is not None and self.revision is None:
            message = "name the revision of the dataset: the 40 digits of its commit"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class HubLoader:
    """Reads what the library ``datasets`` reads; see :class:`HubOptions`."""

    options: HubOptions

    def load(self, location: Path) -> Dataset:
        """Load all cases.

        Raises:
            InvalidDatasetError: With every complaint about every row at once.
            MissingExtraError: If the library is not installed.
        """
        return Dataset(name=location.stem, cases=tuple(self.stream(location)))

    def stream(self, location: Path) -> Iterator[Case]:
        """Yield the sound cases.

        Raises:
            InvalidDatasetError: With every complaint, after the last sound case.
            MissingExtraError: If the library is not installed.
        """
        name = self.options.dataset or str(location)
        taker = CaseTaker(name, default_split=self.options.default_split)
        selection = Selection(split=self.options.split, tags=frozenset(self.options.tags))
        return selection.chosen(self._cases(location, taker), taker.place)

    def _cases(self, location: Path, taker: CaseTaker) -> Iterator[Case]:
        library = hub_library()
        name = taker.place.path
        with _translated(library, taker.place):
            parts = self._parts(library, location)
        for part, rows in parts:
            path = Path(f"{name}[{part}]" if part else name)
            with _translated(library, taker.place):
                yield from self._of_part(taker, path, part, rows)
        taker.finish("write one case in each row")

    def _of_part(self, taker: CaseTaker, path: Path, part: str, rows: Any) -> Iterator[Case]:  # noqa: ANN401 - the library ships no types
        features: Mapping[str, Any] = rows.features or {}
        numbered = enumerate(rows, start=1)
        first = next(numbered, None)
        columns = list(features) or list(first[1] if first else KEYS)
        fixed = {"split": _SPLITS[part]} if part in _SPLITS else {}
        table = table_of(self.options, path, columns, fixed)
        names = {column: _names(feature) for column, feature in features.items() if _names(feature)}
        for number, row in chain([] if first is None else [first], numbered):
            entry, findings = table.entry(_labelled(row, names), number)
            taker.complaints.add_all(findings)
            case = taker.take(entry)
            if case is not None and not findings:
                yield case

    def _parts(self, library: ModuleType, location: Path) -> list[_Part]:
        """Return the dataset's own splits, by name; a dataset without any has one without a name."""
        found = self._found(library, location)
        if not isinstance(found, dict):
            return [("", found)]
        wanted = self.options.part
        if wanted is not None and wanted not in found:
            place = SourceLocation(path=self.options.dataset or str(location))
            hint = nearest(wanted, sorted(found), "its splits")
            raise InvalidDatasetError([error("no-case", f"the dataset has no split {wanted!r}", hint, place)])
        return [(name, rows) for name, rows in found.items() if wanted in {None, name}]

    def _found(self, library: ModuleType, location: Path) -> Any:  # noqa: ANN401 - the library ships no types
        options = self.options
        if options.dataset is not None:
            return library.load_dataset(
                options.dataset, options.subset, revision=options.revision, streaming=options.streaming
            )
        if any((location / name).is_file() for name in ("state.json", "dataset_dict.json")):
            return library.load_from_disk(str(location))
        files = _files(location)
        reader = _READERS[next(iter(files.values()))[0].suffix.lower()]
        data = {part or "train": [str(path) for path in paths] for part, paths in files.items()}
        found = library.load_dataset(reader, data_files=data, streaming=True)
        return found["train"] if "" in files else found


def _files(location: Path) -> dict[str, list[Path]]:
    """Return the files of data by the split that their names begin with, all under one name where some have none.

    Raises:
        InvalidDatasetError: If there are none, or of several kinds.
    """
    place = SourceLocation(path=str(location))
    is_folder = location.is_dir()
    found = sorted(location.rglob("*")) if is_folder else [location] if location.is_file() else []
    files = [path for path in found if path.suffix.lower() in _READERS and path.is_file()]
    kinds = sorted({_READERS[path.suffix.lower()] for path in files})
    if len(kinds) != 1:
        message = (
            f"{str(location)!r} holds files of several kinds: {', '.join(kinds)}"
            if kinds
            else (f"{str(location)!r} holds no dataset")
        )
        hint = "name a folder that was saved to disk, or files of one kind: .parquet, .csv, .json or .jsonl"
        raise InvalidDatasetError([error("unreadable-file", message, hint, place)])
    parts: dict[str, list[Path]] = {}
    for path in files:
        parts.setdefault(_part_of(path), []).append(path)
    return (
        {"": files}
        if "" in parts or not is_folder
        else {name: parts[name] for name in dict.fromkeys(_SPLITS.values()) if name in parts}
    )


def _part_of(path: Path) -> str:
    beginning = path.stem.lower().replace("_", "-").replace(".", "-").partition("-")[0]
    return _SPLITS.get(beginning, "")


def _names(feature: Any) -> list[str]:  # noqa: ANN401 - the library ships no types
    """Return the names behind the numbers of a column of labels, or of lists of them; of other columns none."""
    inner = getattr(feature, "feature", feature)
    return list(getattr(inner, "names", None) or [])


def _labelled(row: Mapping[str, object], names: Mapping[str, list[str]]) -> Mapping[str, object]:
    return {column: _named(value, names[column]) if column in names else value for column, value in row.items()}


def _named(value: object, names: list[str]) -> object:
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if isinstance(value, int) and not isinstance(value, bool):
        # The library writes -1 where a label is missing.
        return names[value] if 0 <= value < len(names) else None
    return value


@contextmanager
def _translated(library: ModuleType, place: SourceLocation) -> Iterator[None]:
    """Turn what the library raises about a dataset into a complaint."""
    try:
        yield
    except (OSError, ValueError, RuntimeError, library.exceptions.DatasetsError) as fault:
        reason = next(iter(str(fault).splitlines()), "") or type(fault).__name__
        message = f"the dataset cannot be read: {reason}"
        hint = "correct the name, the revision or the place; without a network only what was read before is there"
        raise InvalidDatasetError([error("unreadable-file", message, hint, place)]) from fault


def _build(options: HubOptions, _context: BuildContext) -> DatasetLoader:
    return HubLoader(options=options)


COMPONENT = Component(options=HubOptions, build=_build, is_deterministic=lambda _options: True)
"""``hub``: what the library ``datasets`` reads."""
