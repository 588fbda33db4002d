"""The rows of tables in files: comma-separated values, and Parquet."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from passmuster.adapters.datasets import reading
from passmuster.adapters.datasets.reading import error
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation
from passmuster.libraries import arrow_library

Row = tuple[int, Mapping[str, object]]
"""A row's number, counted from 1, and its values by column."""

BATCH = 1_000
"""Rows of a Parquet file that are held at once."""

_COLUMN_BUFFER = 64 * 1024
_DELIMITERS = {".csv": ",;\t", ".tsv": "\t"}

# The module's own limit is smaller than the longest request.
csv.field_size_limit(reading.MAXIMUM_LINE)


class SeparatedValues:
    """A file of comma-separated values (RFC 4180), or with semicolons or tabs in their place.

    The first record names the columns; the character that parts them is the one that it holds most often. A row's
    number is the line on which it begins.
    """

    def __init__(self, location: Path, complain: Callable[[Finding], None], limit: int) -> None:
        """Read the names of the columns.

        Raises:
            InvalidDatasetError: If the file cannot be read.
        """
        self._path = str(location)
        self._complain = complain
        self._lines = reading.read_all_lines(location, complain, limit)
        self._first, self._last = 1, 0
        header = next(self._numbered(), "")
        delimiters = _DELIMITERS[location.suffix.lower()]
        self._delimiter = max(delimiters, key=header.count)
        names = next(csv.reader([header], delimiter=self._delimiter), [])
        self.columns = [name.strip() for name in names]

    def rows(self) -> Iterator[Row]:
        """Yield every row that is not blank; one with too many or too few cells is a complaint."""
        records = csv.reader(self._numbered(), delimiter=self._delimiter, strict=True)
        while True:
            self._first = self._last + 1
            try:
                cells = next(records)
            except StopIteration:
                return
            except csv.Error as fault:
                self._complain(self._syntax(str(fault)))
                # What follows an open quote cannot be told from what it holds.
                return
            if not cells:
                continue
            if len(cells) != len(self.columns):
                message = f"the row has {len(cells)} cells, and there are {len(self.columns)} columns"
                hint = "put double quotes around text that holds the separator or a line's end"
                self._complain(error("cells", message, hint, self._place()))
                continue
            yield self._first, dict(zip(self.columns, cells, strict=True))

    def _numbered(self) -> Iterator[str]:
        for number, line in self._lines:
            self._last = number
            yield line

    def _place(self) -> SourceLocation:
        return SourceLocation(path=self._path, line=self._first, column=1)

    def _syntax(self, fault: str) -> Finding:
        hint = 'close the quotes that begin in this row; a double quote inside them is written ""'
        return error("syntax", f"not valid CSV: {fault}", hint, self._place())


class ParquetRows:
    """A Parquet file; a row's number counts from 1."""

    def __init__(self, location: Path) -> None:
        """Read the names of the columns.

        Raises:
            InvalidDatasetError: If the file cannot be read, or is no Parquet.
            MissingExtraError: If the library for it is not installed.
        """
        parquet = arrow_library("pyarrow.parquet")
        self._path = str(location)
        try:
            # Opened by us first, so that folders, pipes and missing files are told apart as everywhere.
            reading.opened(location, reading.MAXIMUM_STREAM, "write several files").close()
            # Without a buffer of its own for each column, what was read is kept until the end.
            self._file = parquet.ParquetFile(location, buffer_size=_COLUMN_BUFFER, pre_buffer=False)
        except OSError as fault:
            raise reading.unreadable(location, fault) from fault
        except ValueError as fault:
            raise self._refusal(fault) from fault
        self.columns: list[str] = list(self._file.schema_arrow.names)

    def rows(self) -> Iterator[Row]:
        """Yield every row.

        Raises:
            InvalidDatasetError: If the file turns out to be damaged.
        """
        number = 0
        batches = self._file.iter_batches(batch_size=BATCH, use_threads=False)
        try:
            with self._file:
                for batch in batches:
                    for row in batch.to_pylist():
                        number += 1
                        yield number, row
        except (OSError, ValueError) as fault:
            raise self._refusal(fault) from fault

    def _refusal(self, fault: Exception) -> InvalidDatasetError:
        reason = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        place = SourceLocation(path=self._path)
        return InvalidDatasetError([error("syntax", f"not valid Parquet: {reason}", "write the file again", place)])
