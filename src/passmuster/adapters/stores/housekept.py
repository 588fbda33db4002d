"""What a relational store does beside keeping runs: it counts, takes runs out, and keeps summaries.

A run is taken out by one change of its row, after which nobody finds it. Its rows, and texts and cells that no other
run has, are deleted afterwards in portions, so that those who write wait little, and whoever is interrupted goes on the
next time. No index leads from a text to its trials, since each would make every run slower; those that deleting needs
are made for it, and dropped.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from passmuster.adapters.stores.databases import Connection
from passmuster.adapters.stores.streaming import StreamedRelationalStore
from passmuster.adapters.stores.tables import column, words
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.stored import StoreContents, StoredRun
from passmuster.domain.values import RunIdentifier

AT_ONCE: Final = 2_000
"""Rows that are looked at in one transaction: a few hundredths of a second."""

NO_SUITE: Final = ""
"""The suite of runs that were taken out."""

REFERENCES: Final = (
    ("trial", "cell"),
    ("trial", "routing"),
    ("trial", "completion"),
    ("score", "detail"),
    ("run", "manifest"),
    ("run", "roster"),
    ("run", "cases"),
)
"""Columns that refer to cells and texts."""

RUN_TABLES: Final = ("link", "segment", "summary")
"""Tables of a run's rows that are few."""


class HousekeptRelationalStore(StreamedRelationalStore):
    """A store in a database; conforms to :mod:`passmuster.housekeeping` as well."""

    def contents(self) -> StoreContents:
        """Count what is there."""
        query = (
            "SELECT run.identifier, run.suite, run.started_at, coalesce(counted.trials, 0) FROM run LEFT JOIN "
            "(SELECT run, count(*) AS trials FROM trial GROUP BY run) AS counted ON counted.run = run.number "
            "ORDER BY run.started_at, run.identifier"
        )
        with self._database.reading() as connection:
            rows = list(connection.execute(query, ()))
            scores, cells, blobs = (_count(connection, table) for table in ("score", "cell", "blob"))
        runs = tuple(
            StoredRun(
                identifier=RunIdentifier(words(identifier)),
                suite=words(suite),
                started_at=datetime.fromisoformat(started_at),
                trials=trials,
            )
            for identifier, suite, started_at, trials in rows
            if suite != NO_SUITE
        )
        return StoreContents(
            runs=runs,
            scores=scores,
            cells=cells,
            blobs=blobs,
            size=self._database.size(),
            removed=len(rows) - len(runs),
        )

    def remove(self, run: RunIdentifier) -> None:
        """Take a run out: from now on nobody finds it. What it leaves is the work of :meth:`sweep`.

        Raises:
            RunNotFoundError: If there is none of that name.
        """
        with self._database.writing() as connection:
            number = _number(connection, run, self._database.locking)
            # No name that a person can type has a NUL.
            names = (NO_SUITE, column(f"\0removed {number}"), number)
            connection.execute("UPDATE run SET suite = ?, identifier = ? WHERE number = ?", names)

    def sweep(self) -> Iterator[str]:
        """Delete what runs that were taken out have left, in portions; yield after each what kind of thing it was."""
        for number in self._removed():
            yield from self._delete(number)
        try:
            for table, name in REFERENCES:
                self._change(f"CREATE INDEX IF NOT EXISTS sweeping_{table}_{name} ON {table} ({name})")
            for _ in self._portions("cell", "number", REFERENCES[:1]):
                yield "cells"
            for _ in self._portions("blob", "address", REFERENCES[1:]):
                yield "texts"
        finally:
            for table, name in REFERENCES:
                self._change(f"DROP INDEX IF EXISTS sweeping_{table}_{name}")

    def give_back(self) -> None:
        """Give the room that has become free back to the disk; a server does so by itself."""
        self._database.give_back()

    def summary(self, run: RunIdentifier, form: int) -> bytes | None:
        """Return what was kept of a run in a form; ``None`` if nothing was, or trials have come since."""
        query = (
            "SELECT summary.content FROM run JOIN summary ON summary.run = run.number "
            "WHERE run.identifier = ? AND summary.form = ?"
        )
        with self._database.reading() as connection:
            row = connection.execute(query, (column(run), form)).fetchone()
        return None if row is None else bytes(row[0])

    def summarize(self, run: RunIdentifier, form: int, content: bytes, *, trials: int) -> None:
        """Keep what was made of a run when it had so many trials; nothing happens if it has others by now.

        Raises:
            RunNotFoundError: If there is none of that name.
        """
        with self._database.writing() as connection:
            number = _number(connection, run, self._database.locking)
            (found,) = connection.execute("SELECT count(*) FROM trial WHERE run = ?", (number,)).fetchone()
            if found == trials:
                connection.execute("DELETE FROM summary WHERE run = ?", (number,))
                statement = "INSERT INTO summary (run, form, content) VALUES (?, ?, ?)"
                connection.execute(statement, (number, form, content))

    def _removed(self) -> list[int]:
        with self._database.reading() as connection:
            found = connection.execute("SELECT number FROM run WHERE suite = ?", (NO_SUITE,))
            return [number for (number,) in found]

    def _delete(self, run: int) -> Iterator[str]:
        """Delete the rows of a run that was taken out, the run itself with the last of them."""
        bound = "SELECT cell FROM trial WHERE run = ? ORDER BY cell LIMIT 1 OFFSET ?"
        is_last = False
        while not is_last:
            with self._database.writing() as connection:
                row = connection.execute(bound, (run, AT_ONCE)).fetchone()
                is_last = row is None
                until, values = ("", (run,)) if row is None else (" AND cell <= ?", (run, row[0]))
                for table in ("score", "trial"):
                    connection.execute(f"DELETE FROM {table} WHERE run = ?{until}", values)  # noqa: S608 - names of our own
            yield "trials"
        with self._database.writing() as connection:
            for table in RUN_TABLES:
                connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608 - names of our own
            connection.execute("DELETE FROM run WHERE number = ?", (run,))
        yield "runs"

    def _portions(self, table: str, key: str, references: tuple[tuple[str, str], ...]) -> Iterator[None]:
        """Delete the rows that nobody refers to, walking through all in the order of their keys."""
        unused = " AND ".join(
            f"NOT EXISTS (SELECT 1 FROM {other} WHERE {other}.{name} = {table}.{key})"  # noqa: S608 - names of our own
            for other, name in references
        )
        first = f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 1"  # noqa: S608 - names of our own
        following = f"SELECT {key} FROM {table} WHERE {key} >= ? ORDER BY {key} LIMIT 1 OFFSET ?"  # noqa: S608 - as above
        with self._database.reading() as connection:
            row = connection.execute(first, ()).fetchone()
        while row is not None:
            (start,) = row
            with self._database.writing() as connection:
                # Somebody who writes may be about to refer to what nobody refers to yet.
                for statement in self._database.alone:
                    connection.execute(statement, ())
                row = connection.execute(following, (start, AT_ONCE)).fetchone()
                until, values = ("", (start,)) if row is None else (f" AND {key} < ?", (start, row[0]))
                connection.execute(f"DELETE FROM {table} WHERE {key} >= ?{until} AND {unused}", values)  # noqa: S608 - as above
            yield

    def _change(self, statement: str) -> None:
        with self._database.writing() as connection:
            connection.execute(statement, ())


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}", ()).fetchone()[0])  # noqa: S608 - names of our own


def _number(connection: Connection, run: RunIdentifier, locking: str) -> int:
    query = f"SELECT number FROM run WHERE identifier = ?{locking}"  # noqa: S608 - text of our own
    row = connection.execute(query, (column(run),)).fetchone()
    if row is None:
        message = f"the store holds no run {run!r}"
        raise RunNotFoundError(message, hint="`passmuster history` lists the runs of this suite")
    return int(row[0])
