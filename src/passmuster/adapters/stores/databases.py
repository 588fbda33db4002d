"""What the relational store asks of a database, whichever it is."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = tuple[Any, ...]


class Rows(Protocol):
    """What a statement brought."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row's columns are of many types
        """Return the next row, or ``None``."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows that are left."""
        ...


class Connection(Protocol):
    """One transaction's connection. Places for values are question marks."""

    def execute(self, statement: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Do one statement."""
        ...

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Do one statement for each row of values."""
        ...


class Database(Protocol):
    """Connections to one database, any of which serves any thread, one at a time.

    Attributes:
        locking: What a query ends with that holds the rows it finds until the transaction ends.
        alone: Statements that have everybody else who writes texts or cells wait until the transaction ends.
    """

    locking: str
    alone: Sequence[str]

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that sees one state of the store throughout."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction that is kept whole or not at all; when it ends, it survives a kill."""
        ...

    def stream(self, connection: Connection, query: str, parameters: Sequence[Any]) -> Iterator[Row]:
        """Yield the rows of a query that may be many, without holding all of them."""
        ...

    def size(self) -> int:
        """Return the bytes that all of it takes on the disk."""
        ...

    def give_back(self) -> None:
        """Give free room back to the disk; nothing where that happens by itself."""
        ...

    def close(self) -> None:
        """Close what nobody uses; a second call does nothing."""
        ...
