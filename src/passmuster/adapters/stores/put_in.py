"""What the links of a run say was put in, in the order in which a store gives its rows.

It lies in a file that SQLite makes and deletes by itself, since a run may have more trials than fit into the memory.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from passmuster.adapters.stores.chains import Digest, Entry

CACHE: Final = 16_000
"""Kilobytes of it that stay in the memory."""

Expected = tuple[int, int, int, Digest]
"""A cell, a repetition, the position of the link, and what was put in."""


class PutIn:
    """The latest entry of each trial."""

    def __init__(self) -> None:
        """Make an empty file."""
        self._connection = sqlite3.connect("", isolation_level=None)
        for statement in ("PRAGMA journal_mode = OFF", f"PRAGMA cache_size = -{CACHE}", _TABLE, "BEGIN"):
            self._connection.execute(statement)

    def add(self, link: int, entries: Sequence[Entry]) -> None:
        """Take the entries of a link; those of later links count instead of those of earlier ones."""
        self._connection.executemany(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " link = excluded.link, whole = excluded.whole, marks = excluded.marks WHERE excluded.link > entry.link",
            ((cell, repetition, link, digest.whole, digest.marks) for (cell, repetition), digest in entries),
        )

    def count(self) -> int:
        """Count the trials."""
        return int(self._connection.execute("SELECT count(*) FROM entry").fetchone()[0])

    def __iter__(self) -> Iterator[Expected]:
        """Yield all of them by cell and repetition."""
        query = "SELECT cell, repetition, link, whole, marks FROM entry ORDER BY cell, repetition"
        for cell, repetition, link, whole, marks in self._connection.execute(query):
            yield cell, repetition, link, Digest(whole, marks)

    def close(self) -> None:
        """Delete the file."""
        self._connection.close()


_TABLE: Final = (
    "CREATE TABLE entry (cell INTEGER, repetition INTEGER, link INTEGER, whole BLOB, marks BLOB,"
    " PRIMARY KEY (cell, repetition)) WITHOUT ROWID"
)
