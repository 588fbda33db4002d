"""Cases as columns: a Parquet file, or a folder that the library ``datasets`` loads from disk.

The structured keys of a case (history, rubric, source) are JSON text, because rubrics have no common shape; lists of
names are lists of text, and nothing of this is guessed from the data.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from passmuster.adapters.datasets.columns import KEYS
from passmuster.adapters.datasets.text_writers import WriterOptions, flat_rows
from passmuster.components import BuildContext, Component
from passmuster.domain.cases import Case
from passmuster.placing import WHOLE, written_folder, written_whole
from passmuster.ports import DatasetWriter
from passmuster.libraries import arrow_library, hub_library

BATCH = 1_000
"""Cases that are held at once."""

_LISTS = frozenset({"acceptable", "forbidden", "tags"})
_STRUCTURES = frozenset({"history", "rubric", "source"})


class ParquetWriter:
    """Writes a Parquet file."""

    def write(self, cases: Iterable[Case], location: Path) -> int:
        """Write cases, whole or not at all, and return how many.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
            InvalidDatasetError: If there is no form for one of the cases.
            MissingExtraError: If the library for Parquet is not installed.
        """
        arrow_library("pyarrow.parquet")
        with written_whole(location) as file:
            return _write_parquet(cases, file, str(location))


class FolderWriter:
    """Writes a folder as ``Dataset.save_to_disk`` does; splits are a column, so that the order of cases stays."""

    def write(self, cases: Iterable[Case], location: Path) -> int:
        """Write cases, whole or not at all, and return how many.

        Raises:
            EnvironmentFaultError: If the folder exists already and is not empty, or cannot be written.
            InvalidDatasetError: If there is no form for one of the cases.
            MissingExtraError: If the library is not installed.
        """
        library = hub_library()
        with written_folder(location) as folder:
            return _save(library, cases, folder, location)


def _save(library: ModuleType, cases: Iterable[Case], folder: Path, location: Path) -> int:
    """Let the library write its own format, by way of Parquet, so that no more than a batch is ever held."""
    between = folder / "cases.parquet"
    with between.open("xb") as file:
        count = _write_parquet(cases, file, str(location))
    made: Any = library.Dataset.from_parquet(str(between), cache_dir=str(folder / "cache"))
    made.save_to_disk(str(folder / WHOLE))
    return count


def _write_parquet(cases: Iterable[Case], file: BinaryIO, path: str) -> int:
    arrow = arrow_library()
    schema = _schema(arrow)
    count = 0
    with arrow_library("pyarrow.parquet").ParquetWriter(file, schema) as writer:
        for rows in _batches(flat_rows(cases, path)):
            writer.write_batch(arrow.RecordBatch.from_pylist(rows, schema=schema))
            count += len(rows)
    return count


def _schema(arrow: ModuleType) -> Any:  # noqa: ANN401 - the library ships no types
    types = {
        **dict.fromkeys(_LISTS, arrow.list_(arrow.string())),
        "weight": arrow.float64(),
        "critical": arrow.bool_(),
        "control": arrow.bool_(),
    }
    return arrow.schema([(key, types.get(key, arrow.string())) for key in KEYS])


def _batches(rows: Iterator[Mapping[str, object]]) -> Iterator[list[dict[str, object]]]:
    while batch := [_typed(row) for row in islice(rows, BATCH)]:
        yield batch


def _typed(row: Mapping[str, object]) -> dict[str, object]:
    return {key: json.dumps(value, ensure_ascii=False) if key in _STRUCTURES else value for key, value in row.items()}


def _build_parquet(_options: WriterOptions, _context: BuildContext) -> DatasetWriter:
    return ParquetWriter()


def _build_folder(_options: WriterOptions, _context: BuildContext) -> DatasetWriter:
    return FolderWriter()


PARQUET = Component(options=WriterOptions, build=_build_parquet, is_deterministic=lambda _options: True, is_free=True)
"""``parquet``: one file of columns."""

FOLDER = Component(options=WriterOptions, build=_build_folder, is_deterministic=lambda _options: True, is_free=True)
"""``hub``: a folder of the library ``datasets``."""
