"""Rows for tables nobody has told us anything about: types, lengths, choices, unique columns and foreign keys.

With ``n`` rows asked for, a table without foreign keys gets ``n``. A table with foreign keys gets ``n`` rows that are
spread over their parents, and for each of its foreign keys ``n - 1`` more that all belong to the first parent: so a
list of parents and the page of one parent both grow with ``n``.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

Row = Any
_EPOCH: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_LEFT_EMPTY: Final = ("deleted", "removed", "archived", "cancelled", "canceled", "disabled", "revoked", "parent")
_FALSE: Final = (*_LEFT_EMPTY, "is_deleted", "is_locked")


@dataclass(kw_only=True)
class Column:
    """One column, whichever library describes it."""

    name: str
    kind: str
    length: int | None = None
    choices: list[Any] = field(default_factory=list)
    is_key: bool = False
    is_unique: bool = False
    is_nullable: bool = False
    has_default: bool = False
    refers_to: str = ""
    refers_to_column: str = ""


@dataclass(kw_only=True)
class Table:
    """One table, and the rows that were put into it."""

    name: str
    columns: list[Column]
    rows: list[dict[str, Any]] = field(default_factory=list)


class Seeder:
    """Makes rows, table after table, parents first."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._made: dict[str, list[dict[str, Any]]] = {}

    def adopt(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Take note of the rows of a table that others have filled."""
        self._made[table] = rows

    def rows_of(self, table: Table) -> list[dict[str, Any]]:
        """Return the rows of one table; those of the tables that it refers to must have been made."""
        rows: list[dict[str, Any]] = []
        for number, parents in enumerate(self._parents(table)):
            row = {}
            for column in table.columns:
                value = self._value(table, column, number, parents.get(column.name, number))
                if value is not _OMITTED:
                    row[column.name] = value
            rows.append(row)
        self._made[table.name] = rows
        return rows

    def _parents(self, table: Table) -> Iterator[dict[str, int]]:
        references = [column.name for column in table.columns if column.refers_to and column.refers_to != table.name]
        alone = {
            column.name for column in table.columns if column.is_unique or (column.is_key and len(references) == 1)
        }
        for number in range(self._count):
            yield dict.fromkeys(references, number)
        for shared in references:
            if shared in alone or len(alone & set(references)):
                continue
            for number in range(1, self._count):
                yield {**dict.fromkeys(references, number), shared: 0}

    def _value(self, table: Table, column: Column, number: int, parent: int) -> Any:  # noqa: ANN401 - any value
        if column.refers_to == table.name:
            return None if column.is_nullable else value_of(column, 0)
        if column.refers_to:
            rows = self._made.get(column.refers_to, [])
            chosen = rows[parent % len(rows)] if rows else {}
            return chosen.get(column.refers_to_column, value_of(column, parent))
        if column.is_nullable and any(word in column.name.lower() for word in _LEFT_EMPTY):
            return None
        if column.has_default and not (column.is_key or column.is_unique):
            return _OMITTED
        return value_of(column, number)


_OMITTED: Final = object()


def value_of(column: Column, number: int) -> Any:  # noqa: ANN401 - any value
    """Return the value of a column in the row of a number, counted from 0."""
    if column.choices:
        return column.choices[number % len(column.choices)]
    return _MADE.get(column.kind, _text)(column, number)


def _text(column: Column, number: int) -> str:
    name = column.name.lower()
    text = f"{column.name}-{number + 1}"
    for words, made in _TEXTS:
        if any(word in name for word in words):
            text = made(number)
            break
    else:
        if (column.is_key or name == "id" or "uuid" in name) and (column.length or 36) >= 32:  # noqa: PLR2004 - of a UUID
            text = str(uuid.UUID(int=number + 1))
    if column.length is not None and len(text) > column.length:
        digits = str(number + 1)
        text = (text[: max(0, column.length - len(digits))] + digits)[-column.length :]
    return text


_TEXTS: Final[tuple[tuple[tuple[str, ...], Callable[[int], str]], ...]] = (
    (("email",), lambda number: f"person{number + 1}@example.com"),
    (("currency",), lambda number: ("EUR", "USD", "GBP")[number % 3]),
    (("country",), lambda number: ("DE", "FR", "IT")[number % 3]),
    (("url", "link", "website"), lambda number: f"https://example.org/{number + 1}"),
    (("phone",), lambda number: f"+4930{number + 1000000}"),
)
_MADE: Final[dict[str, Callable[[Column, int], Any]]] = {
    "bool": lambda column, _number: not any(word in column.name.lower() for word in _FALSE),
    "bytes": lambda _column, number: f"bytes-{number}".encode(),
    "date": lambda _column, number: (_EPOCH + timedelta(days=number)).date(),
    "datetime": lambda _column, number: _EPOCH + timedelta(hours=number),
    "Decimal": lambda _column, number: Decimal(number + 1),
    "dict": lambda _column, _number: {},
    "float": lambda _column, number: float(number + 1),
    "int": lambda _column, number: number + 1,
    "list": lambda _column, _number: [],
    "time": lambda _column, number: time(12, number % 60),
    "timedelta": lambda _column, number: timedelta(minutes=number + 1),
    "UUID": lambda _column, number: uuid.UUID(int=number + 1),
}
