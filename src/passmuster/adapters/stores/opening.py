"""How a SQLite file is found, opened, brought up to date, and how its complaints are put into our words.

The settings are those of https://www.sqlite.org/wal.html: readers never wait for the writer, and a commit is on the
disk when it returns. WAL needs a local disk; it does not work over a network file system.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from passmuster.adapters.stores.databases import Connection, Row
from passmuster.adapters.stores.tables import UPGRADES, created
from passmuster.domain.errors import SchemaVersionError, StoreError, StoreLockedError

APPLICATION: Final = 0x504D5354
"""Marks our files (``PRAGMA application_id``), so that another program's database is never written to."""

_REMEDIES: Final[Mapping[int, tuple[str, str]]] = {
    sqlite3.SQLITE_NOTADB: ("is no database", "name another file in the suite's store section"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "restore it from a copy, or name another file"),
    sqlite3.SQLITE_READONLY: ("is read-only", "make the file and its folder writable, or name another file"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "make the file and its folder readable and writable"),
    sqlite3.SQLITE_FULL: ("has no room on its disk", "free some space and resume the run"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "check the disk; a store must lie on a local one"),
}


_URL: Final = "sqlite"
"""How a location begins that is written as a URL."""


def file_of(location: str, folder: Path) -> Path:
    """Return the file that a location names: a path from the folder on, or a URL such as ``sqlite:///runs.sqlite``.

    Raises:
        StoreError: If the location is a URL of anything else.
    """
    if "://" not in location:
        return Path(os.path.normpath(folder / location))
    scheme, _, rest = location.partition("://")
    # Three slashes come before a path from the folder on, four before a whole one.
    named = unquote(rest.partition("?")[0].removeprefix("/")) if rest.startswith("/") else ""
    if scheme.partition("+")[0] != _URL or named in {"", ":memory:"}:
        # The rest may hold a password.
        message = f"the store {f'{scheme}://…'!r} is no file of SQLite"
        raise StoreError(message, hint="name a file, such as .passmuster/runs.sqlite; or write use: postgresql")
    return Path(os.path.normpath(folder / named))


class SqliteDatabase:
    """Connections to one file; conforms to :class:`passmuster.adapters.stores.databases.Database`."""

    locking = ""  # whoever writes holds the whole file
    alone: Sequence[str] = ()

    def __init__(self, file: Path, *, busy_timeout: int) -> None:
        """Take the file; it is opened when it is first needed.

        Args:
            file: The file.
            busy_timeout: Milliseconds to wait for another writer.
        """
        self._file = file
        self._patience = busy_timeout / 1000
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that sees one state of the store throughout."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that takes the write lock at once: a lock taken later could not be waited for."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def stream(self, connection: Connection, query: str, parameters: Sequence[Any]) -> Iterator[Row]:
        """Yield the rows of a query as they are asked for."""
        yield from connection.execute(query, parameters)

    def size(self) -> int:
        """Return the bytes of the file, and of what was not put into it yet."""
        parts = (self._file, self._file.with_name(f"{self._file.name}-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    def give_back(self) -> None:
        """Write the file anew without its free pages; others who write wait meanwhile."""
        with translated_errors(self._file), closing(self._connect()) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connections that nobody uses; a second call does nothing."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with translated_errors(self._file):
            connection = self._idle.pop() if self._idle else self._connect()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                # What is left open is undone with it.
                connection.close()
                raise
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file.absolute(), timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            connection.close()
            raise
        return connection


def open_database(file: Path, *, busy_timeout: int, upgrades: Sequence[Sequence[str]] = UPGRADES) -> SqliteDatabase:
    """Open a store's file, made if there is none, with all tables in their latest form.

    Args:
        file: The file.
        busy_timeout: Milliseconds to wait for another writer.
        upgrades: The statements that lead from each version to the next; the first lead from 1 to 2.

    Raises:
        SchemaVersionError: If the file is of a newer version.
        StoreLockedError: If another process writes for longer than the time-out.
        StoreError: If the file cannot be used.
    """
    _check_place(file)
    database = SqliteDatabase(file, busy_timeout=busy_timeout)
    try:
        with translated_errors(file):
            _bring_up_to_date(database, file, upgrades)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def translated_errors(file: Path) -> Iterator[None]:
    """Raise what SQLite says about the file as a :class:`StoreError`; anything else is a bug and passes."""
    try:
        yield
    except sqlite3.Error as error:
        # The lower byte is the kind; the others say more closely what happened.
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if kind in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            message = f"the store {str(file)!r} is locked by another process"
            hint = "wait until it ends, or raise busy_timeout in the suite's store section"
            raise StoreLockedError(message, hint=hint) from error
        if kind not in _REMEDIES:
            raise
        what, hint = _REMEDIES[kind]
        message = f"the store {str(file)!r} {what}: {error}"
        raise StoreError(message, hint=hint) from error


def _check_place(file: Path) -> None:
    if file.exists() and not file.is_file():
        message = f"the store {str(file)!r} is a folder or a device"
        raise StoreError(message, hint="name a file in the suite's store section")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the folder {str(file.parent)!r} of the store cannot be made: {error.strerror}"
        raise StoreError(message, hint="name a file in a folder that you may write to") from error
    for place in (file, file.parent):
        if place.exists() and not os.access(place, os.W_OK):
            message = f"the store {str(file)!r} is read-only: {str(place)!r} cannot be written"
            raise StoreError(message, hint="make the file and its folder writable, or name another file")


def _bring_up_to_date(database: SqliteDatabase, file: Path, upgrades: Sequence[Sequence[str]]) -> None:
    current = 1 + len(upgrades)
    with database.reading() as connection:
        found = _version(connection, file, current)
    if found == current:
        return
    if found == 0:
        # The file keeps this setting, so it is made once, and only after the file is known to be ours to change.
        with closing(sqlite3.connect(file)) as empty:
            empty.execute("PRAGMA journal_mode = WAL")
    with database.writing() as connection:
        # Another process may have been here between the two transactions.
        found = _version(connection, file, current)
        if found == current:
            return
        if found == 0:
            statements = [*created(), f"PRAGMA application_id = {APPLICATION}"]
        else:
            _copy(file, found)
            statements = [statement for upgrade in upgrades[found - 1 :] for statement in upgrade]
        for statement in (*statements, f"PRAGMA user_version = {current}"):
            connection.execute(statement)


def _version(connection: sqlite3.Connection, file: Path, current: int) -> int:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    tables = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' LIMIT 1").fetchone()
    if not application and not version and tables is None:
        return 0
    if application != APPLICATION:
        message = f"the store {str(file)!r} is the database of another program"
        raise StoreError(message, hint="name another file in the suite's store section")
    if version > current:
        message = f"the store {str(file)!r} was written by a newer passmuster (format {version}; {current} is known)"
        raise SchemaVersionError(message, hint="upgrade passmuster, or name another file")
    return int(version)


def _copy(file: Path, version: int) -> None:
    unfinished = file.with_name(f"{file.name}.copying")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(file.with_name(f"{file.name}.form-{version}"))
