"""How a SQLite file is found, opened, brought up to date, and how its complaints are put into our words.

The settings are those of https://www.sqlite.org/wal.html: readers never wait for the writer, and a commit is on the
disk when it returns. WAL needs a local disk; it does not work over a network file system.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from passmuster.adapters.stores.tables import METADATA, UPGRADES
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


def file_of(location: str, folder: Path) -> Path:
    """Return the file that a location names: a path from the folder on, or an SQLAlchemy URL of SQLite.

    Raises:
        StoreError: If the location is a URL of anything else.
    """
    if "://" not in location:
        return Path(os.path.normpath(folder / location))
    try:
        url = make_url(location)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        shown = location if url is None else url.render_as_string()
        message = f"the store {shown!r} is no file of SQLite"
        raise StoreError(message, hint="name a file, such as .passmuster/runs.sqlite")
    return Path(os.path.normpath(folder / str(url.database)))


def open_database(file: Path, *, busy_timeout: int, upgrades: Sequence[Sequence[str]] = UPGRADES) -> Engine:
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
    engine = create_engine(
        URL.create("sqlite", database=str(file.absolute())),
        connect_args={"timeout": busy_timeout / 1000, "isolation_level": None},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    try:
        with translated_errors(file):
            _bring_up_to_date(engine, file, upgrades)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: Engine, file: Path) -> Iterator[Connection]:
    """Open a transaction that sees one state of the store throughout."""
    with translated_errors(file), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, file: Path) -> Iterator[Connection]:
    """Open a transaction that takes the write lock at once: a lock taken later could not be waited for."""
    with translated_errors(file), engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def translated_errors(file: Path) -> Iterator[None]:
    """Raise what SQLite says about the file as a :class:`StoreError`; anything else is a bug and passes."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        # The lower byte is the kind; the others say more closely what happened.
        kind = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if kind in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            message = f"the store {str(file)!r} is locked by another process"
            hint = "wait until it ends, or raise busy_timeout in the suite's store section"
            raise StoreLockedError(message, hint=hint) from error
        if kind not in _REMEDIES:
            raise
        what, hint = _REMEDIES[kind]
        message = f"the store {str(file)!r} {what}: {cause}"
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


def _configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _bring_up_to_date(engine: Engine, file: Path, upgrades: Sequence[Sequence[str]]) -> None:
    current = 1 + len(upgrades)
    with reading(engine, file) as connection:
        found = _version(connection, file, current)
    if found == current:
        return
    if found == 0:
        # The file keeps this setting, so it is made once, and only after the file is known to be ours to change.
        with closing(sqlite3.connect(file)) as empty:
            empty.execute("PRAGMA journal_mode = WAL")
    with writing(engine, file) as connection:
        # Another process may have been here between the two transactions.
        found = _version(connection, file, current)
        if found == current:
            return
        if found == 0:
            METADATA.create_all(connection)
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
        else:
            _copy(file, found)
            for statement in (statement for upgrade in upgrades[found - 1 :] for statement in upgrade):
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"PRAGMA user_version = {current}")


def _version(connection: Connection, file: Path, current: int) -> int:
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    if not application and not version and not inspect(connection).get_table_names():
        return 0
    if application != APPLICATION:
        message = f"the store {str(file)!r} is the database of another program"
        raise StoreError(message, hint="name another file in the suite's store section")
    if version > current:
        message = f"the store {str(file)!r} was written by a newer passmuster (format {version}; {current} is known)"
        raise SchemaVersionError(message, hint="upgrade passmuster, or name another file")
    return version


def _copy(file: Path, version: int) -> None:
    unfinished = file.with_name(f"{file.name}.copying")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(file.with_name(f"{file.name}.form-{version}"))
