"""Files of cases outside any suite, by what their names end in."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

if TYPE_CHECKING:
    from passmuster.ports import DatasetWriter

WRITERS = {".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet", "": "hub"}
"""The writer for each ending; what has none becomes a folder."""


def read_cases(path: Path) -> tuple[Case, ...]:
    """Return the cases of a file; none if there is no such file.

    Raises:
        InvalidDatasetError: With every complaint about the file.
    """
    if not path.exists():
        return ()
    component = Catalogue(folder=Path()).component("dataset_loaders", "files")
    options = component.options(location=str(path))
    cases: tuple[Case, ...] = component.build(options, BuildContext(folder=Path())).load(path).cases
    return cases


def refuse_unwritable(path: Path) -> None:
    """Refuse a file before anybody works for it.

    Raises:
        InvalidConfigurationError: If nothing writes files of that ending.
    """
    if path.suffix.lower() not in WRITERS:
        finding = Finding(
            rule="unknown-ending",
            severity=Severity.ERROR,
            message=f"cases cannot be written into a file that ends in {path.suffix!r}",
            hint=f"known endings: {', '.join(ending for ending in WRITERS if ending)}; without any, a folder",
            location=SourceLocation(path=str(path)),
        )
        raise InvalidConfigurationError([finding])


def write_cases(cases: Iterable[Case], path: Path) -> int:
    """Write cases, whole or not at all, and return how many.

    Raises:
        InvalidConfigurationError: If nothing writes files of that ending.
        EnvironmentFaultError: If the place cannot be written.
    """
    refuse_unwritable(path)
    component = Catalogue(folder=Path()).component("dataset_writers", WRITERS[path.suffix.lower()])
    writer: DatasetWriter = component.build(component.options(), BuildContext(folder=Path()))
    return writer.write(cases, path)
