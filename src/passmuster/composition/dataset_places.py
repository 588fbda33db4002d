"""Datasets outside any suite: what a place that somebody typed is, and who reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.parts import part_of
from passmuster.configuration.suite import Section
from passmuster.documents import Document, parse_yaml
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation
from passmuster.ports import DatasetLoader, StreamingDatasetLoader

HUB = "hub:"
"""What a name on the hub begins with: ``hub:owner/name@revision``."""

_ENDINGS = frozenset({".jsonl", ".json", ".csv", ".tsv", ".parquet"})
_YAML = frozenset({".yaml", ".yml"})
_MARKS = ("state.json", "dataset_dict.json")
_OPTIONS = "--option"
_MOST_READ = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LoosePlace:
    """A dataset that belongs to no suite.

    Attributes:
        name: What was typed.
        loader: Who reads it.
        location: What it is to read.
    """

    name: str
    loader: DatasetLoader
    location: Path

    def stream(self) -> Iterator[Case]:
        """Yield its cases.

        Raises:
            InvalidDatasetError: With every complaint, after the last sound case.
        """
        return streamed(self.loader, self.location)

    def load(self) -> Dataset:
        """Load its cases.

        Raises:
            InvalidDatasetError: With every complaint.
        """
        return self.loader.load(self.location)


def streamed(loader: DatasetLoader, location: Path) -> Iterator[Case]:
    """Yield the cases of a dataset one by one, as far as its loader can."""
    if isinstance(loader, StreamingDatasetLoader):
        return loader.stream(location)
    return iter(loader.load(location).cases)


def is_dataset(place: str) -> bool:
    """Whether a place is a dataset by its name or by what is in it; otherwise it may be a suite."""
    path = Path(place)
    if place.startswith(HUB) or path.suffix.lower() in _ENDINGS:
        return True
    if path.suffix.lower() in _YAML:
        return path.is_file() and _has_cases(path)
    return path.is_dir() and (any((path / mark).is_file() for mark in _MARKS) or _is_folder_of_data(path))


def loose_dataset(place: str, options: Sequence[str] = (), **more: object) -> LoosePlace:
    """Return the dataset at a place.

    Args:
        place: A file, a folder of the library ``datasets``, or ``hub:owner/name@revision``.
        options: Options of its loader as ``key=value``, with the value in YAML.
        **more: Options that were not typed; those that the loader does not have are left out.

    Raises:
        InvalidConfigurationError: If there is no such option, or its value is wrong.
        MissingExtraError: If the format needs a package that is not installed.
    """
    use = "hub" if place.startswith(HUB) or Path(place).is_dir() else "files"
    catalogue = Catalogue(folder=Path())
    fields = catalogue.component("dataset_loaders", use).options.model_fields
    given = {**{key: value for key, value in more.items() if key in fields}, **_typed(options), **_of_place(place)}
    document = Document(path=_OPTIONS, data=given, positions={})
    part = part_of(catalogue, "dataset_loaders", Section.model_validate({"use": use, **given}), document, ())
    return LoosePlace(name=place, loader=part.build(BuildContext(folder=Path())), location=Path(place))


def _of_place(place: str) -> Mapping[str, object]:
    if not place.startswith(HUB):
        return {"location": place}
    name, _, revision = place.removeprefix(HUB).partition("@")
    return {"dataset": name, **({"revision": revision} if revision else {})}


def _typed(options: Sequence[str]) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for option in options:
        key, equals, text = option.partition("=")
        if not equals or not key:
            message = f"the option {option!r} has no value"
            raise InvalidConfigurationError([_complaint(message)])
        try:
            found[key.strip()] = parse_yaml(text, path=_OPTIONS).data
        except InvalidInputError as error:
            raise InvalidConfigurationError(error.findings) from error
    return found


def _complaint(message: str) -> Finding:
    return Finding(
        rule="configuration",
        severity=Severity.ERROR,
        message=message,
        hint="write key=value, such as --option 'columns={request: text, agent: intent}'",
        location=SourceLocation(path=_OPTIONS),
    )


def _has_cases(path: Path) -> bool:
    """Whether a YAML file holds cases and no suite; one that cannot be read is the loader's to complain about."""
    if path.stat().st_size > _MOST_READ:
        return True
    try:
        data = parse_yaml(path.read_text(encoding="utf-8"), path=str(path)).data
    except (InvalidInputError, UnicodeDecodeError, OSError):
        return path.name not in {"suite.yaml", "suite.yml"}
    return isinstance(data, list) or (isinstance(data, dict) and "cases" in data)


def _is_folder_of_data(path: Path) -> bool:
    files = [file for file in sorted(path.glob("*")) if file.suffix.lower() == ".parquet"]
    return bool(files) and not (path / "suite.yaml").is_file()
