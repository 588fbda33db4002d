"""Connections to a PostgreSQL server, the tables in a schema of our own, and complaints in our words.

The tables are those of SQLite, in a schema that nothing else lies in. They are made where the schema does not exist;
tables of an older form are changed by ``passmuster store upgrade`` alone, since others may be at work in them.
https://www.postgresql.org/docs/current/ has what statements and settings mean.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any, Final

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from passmuster.adapters.stores.databases import Connection, Row, Rows
from passmuster.adapters.stores.tables import INDEXES, TABLES, UPGRADES
from passmuster.domain.errors import SchemaVersionError, StoreError, StoreLockedError

LATEST: Final = 1 + len(UPGRADES)
"""The form of the tables that this version writes."""

AT_ONCE: Final = 2_000
"""Rows that a query which may bring many has sent at a time."""

_CHANGING: Final = 0x504D5354
"""The key of the lock that those hold who make or change tables: our mark in files of SQLite."""

_REMEDIES: Final[Mapping[type[psycopg.Error], tuple[str, str]]] = {
    errors.InsufficientPrivilege: ("may not be used so", "have the user granted the right, or take another user"),
    errors.ReadOnlySqlTransaction: ("is read-only", "name the server that takes what is written"),
    errors.DiskFull: ("has no room on its disk", "free some space and resume the run"),
    errors.UndefinedTable: ("lacks a table", "restore it from a copy, or name another schema"),
    errors.TooManyConnections: ("has no connection left", "wait, or raise max_connections of the server"),
}
_WAITED: Final = (errors.LockNotAvailable, errors.QueryCanceled)


class PostgresqlConnection:
    """One transaction's connection; conforms to :class:`passmuster.adapters.stores.databases.Connection`."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        """Speak over a connection whose transaction is open."""
        self.whole = connection
        self.numbers = count()

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Rows:
        """Do one statement."""
        return self.whole.execute(_with_places(statement), parameters, binary=True)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Do one statement for each row, without waiting for each."""
        with self.whole.cursor() as cursor:
            cursor.executemany(_with_places(statement), rows)
        return None


class PostgresqlDatabase:
    """Connections to one server; conforms to :class:`passmuster.adapters.stores.databases.Database`."""

    locking = " FOR UPDATE"
    # Taken in the order in which writers come to the tables, so that nobody waits in a circle.
    alone: Sequence[str] = ("LOCK TABLE blob, cell IN SHARE ROW EXCLUSIVE MODE",)

    def __init__(self, place: Mapping[str, Any], schema: str, *, patience: int) -> None:
        """Take the place; it is connected to when it is first needed.

        Args:
            place: What libpq is to know, such as ``host`` and ``dbname``.
            schema: Where the tables lie.
            patience: Milliseconds to wait for somebody who writes the same.
        """
        self.name = shown(place)
        self.schema = schema
        self._place = dict(place)
        self._patience = patience
        self._idle: list[psycopg.Connection[Row]] = []

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the store throughout."""
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction; others may write meanwhile."""
        with self._transaction("BEGIN") as connection:
            yield connection

    def stream(self, connection: Connection, query: str, parameters: Sequence[Any]) -> Iterator[Row]:
        """Yield the rows of a query, sent in portions.

        Raises:
            TypeError: If the connection is another database's.
        """
        if not isinstance(connection, PostgresqlConnection):
            message = f"{connection!r} is no connection to PostgreSQL"
            raise TypeError(message)
        with connection.whole.cursor(f"rows_{next(connection.numbers)}", binary=True) as cursor:
            cursor.itersize = AT_ONCE
            yield from cursor.execute(_with_places(query), parameters)

    def size(self) -> int:
        """Return the bytes of the tables and their indexes."""
        query = "SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint FROM pg_class "
        tables = "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = ? AND relkind = 'r'"
        with self.reading() as connection:
            return int(connection.execute(query + tables, (self.schema,)).fetchone()[0])

    def give_back(self) -> None:
        """Do nothing: the server's autovacuum keeps free room for what comes."""

    def close(self) -> None:
        """Close the connections that nobody uses; a second call does nothing."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresqlConnection]:
        with translated_errors(self.name):
            whole = self._begun(begin)
            try:
                yield PostgresqlConnection(whole)
                whole.execute("COMMIT")
            except BaseException:
                # What is left open is undone with it.
                whole.close()
                raise
            self._idle.append(whole)

    def _begun(self, begin: str) -> psycopg.Connection[Row]:
        while self._idle:
            whole = self._idle.pop()
            try:
                whole.execute(begin.encode())
            except psycopg.OperationalError:
                # The server went away meanwhile; it may be back.
                whole.close()
                continue
            return whole
        whole = self._connect()
        whole.execute(begin.encode())
        return whole

    def _connect(self) -> psycopg.Connection[Row]:
        # Transactions are begun and ended in so many words.
        whole = psycopg.connect(autocommit=True, **self._place)
        try:
            whole.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(self.schema)))
            whole.execute(sql.SQL("SET lock_timeout TO {}").format(sql.Literal(self._patience)))
        except BaseException:
            whole.close()
            raise
        return whole


def place_of(location: str) -> Mapping[str, Any]:
    """Return what libpq is to know for a URL such as ``postgresql://host/database``.

    Raises:
        StoreError: If the location is no such URL. It may hold a password, and is not repeated.
    """
    scheme, _, rest = location.partition("://")
    if scheme.partition("+")[0] not in {"postgresql", "postgres"} or not rest:
        message = "the store's location is no URL of PostgreSQL"
        raise StoreError(message, hint="write postgresql://HOST/DATABASE")
    found: Mapping[str, Any] = {}
    try:
        found = conninfo_to_dict(f"postgresql://{rest}")
        is_sound = all(port.isdecimal() for port in str(found.get("port") or "0").split(","))
    except psycopg.ProgrammingError:
        is_sound = False
    if not is_sound:
        message = "the URL of the store cannot be read"
        hint = "write postgresql://USER@HOST:PORT/DATABASE, with %40 for an @ and %2F for a / within a name"
        raise StoreError(message, hint=hint)
    return {"connect_timeout": 10, "application_name": "passmuster", **found}


def shown(place: Mapping[str, Any]) -> str:
    """Return a place for people, without who asks and their password."""
    host, port = place.get("host") or "", place.get("port")
    return f"postgresql://{host}{f':{port}' if port else ''}/{place.get('dbname') or ''}"


def open_postgresql(location: str, schema: str, *, patience: int) -> PostgresqlDatabase:
    """Open the tables in a schema, made if the schema is not there, in their latest form.

    Args:
        location: Such as ``postgresql://host/database``.
        schema: Where the tables lie.
        patience: Milliseconds to wait for somebody who writes the same.

    Raises:
        SchemaVersionError: If the tables are of another form.
        StoreLockedError: If somebody makes or changes them for longer than the patience.
        StoreError: If the database cannot be used.
    """
    database = PostgresqlDatabase(place_of(location), schema, patience=patience)
    try:
        with database.reading() as connection:
            found = _version(connection, database)
        if not found:
            _make(database)
    except BaseException:
        database.close()
        raise
    return database


def upgrade(location: str, schema: str, *, patience: int, upgrades: Sequence[Sequence[str]] = UPGRADES) -> int:
    """Bring the tables of a schema into their latest form, in one transaction.

    Args:
        location: Such as ``postgresql://host/database``.
        schema: Where the tables lie.
        patience: Milliseconds to wait for those who are at work in them.
        upgrades: The statements that lead from each version to the next; the first lead from 1 to 2.

    Returns:
        The form that was found; the latest if there was nothing to do.

    Raises:
        SchemaVersionError: If the tables are of a newer version.
        StoreError: If the database cannot be used.
    """
    database = PostgresqlDatabase(place_of(location), schema, patience=patience)
    latest = 1 + len(upgrades)
    try:
        with database.writing() as connection:
            _hold(connection)
            found = _form(connection, schema)
            if found > latest:
                raise _newer(database, found)
            for statement in (text for step in upgrades[max(found - 1, 0) :] for text in step if found):
                connection.execute(_translated(statement))
            if found:
                connection.execute("UPDATE form SET number = ?", (latest,))
        if not found:
            _make(database)
        return found or latest
    finally:
        database.close()


@contextmanager
def translated_errors(name: str) -> Iterator[None]:
    """Raise what the server says as a :class:`StoreError`; anything else is a bug and passes."""
    try:
        yield
    except _WAITED as error:
        message = f"the store {name!r} is held by another process"
        raise StoreLockedError(message, hint="wait until it ends, or raise patience in the store section") from error
    except psycopg.Error as error:
        what, hint = next((told for kind, told in _REMEDIES.items() if isinstance(error, kind)), ("", ""))
        if not what and isinstance(error, psycopg.OperationalError):
            what, hint = "cannot be reached", "see that the server runs, and that PGUSER and PGPASSWORD are set"
        if not what:
            raise
        message = f"the store {name!r} {what}: {' '.join(str(error).split())}"
        raise StoreError(message, hint=hint) from error


_TYPES: Final = (
    (r"\bINTEGER(?= NOT NULL PRIMARY KEY)", "INTEGER GENERATED BY DEFAULT AS IDENTITY"),
    (r"\bBLOB\b", "BYTEA"),
    (r"\b(TEXT|VARCHAR\(\d+\))", r'\1 COLLATE "C"'),
)
"""What stands in statements about tables, and what PostgreSQL wants instead."""


@lru_cache(maxsize=256)
def _with_places(statement: str) -> bytes:
    # No statement of ours holds a question mark or a per cent sign of its own.
    return statement.replace("?", "%s").encode()


def _translated(statement: str) -> str:
    """Return a statement about tables as PostgreSQL has it: its types, and texts in the order of their characters."""
    statement = statement.replace(" WITHOUT ROWID", "")
    for theirs, ours in _TYPES:
        statement = re.sub(theirs, ours, statement)
    return statement


def _hold(connection: Connection) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(?)", (_CHANGING,))


def _make(database: PostgresqlDatabase) -> None:
    name = sql.Identifier(database.schema).as_string(None)
    with database.writing() as connection:
        _hold(connection)
        # Another process may have been here meanwhile.
        if _version(connection, database):
            return
        ((encoding,),) = connection.execute("SHOW server_encoding")
        if encoding != "UTF8":
            message = f"the store {database.name!r} keeps texts as {encoding}"
            raise StoreError(message, hint="make a database with ENCODING 'UTF8'")
        statements = (f"CREATE TABLE {table} ({columns}\n)" for table, columns in TABLES.items())
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        for statement in (*statements, *INDEXES):
            connection.execute(_translated(statement))
        connection.execute("CREATE TABLE form (number INTEGER NOT NULL)")
        connection.execute("INSERT INTO form VALUES (?)", (LATEST,))


def _form(connection: Connection, schema: str) -> int:
    """Return the form of the tables, or 0 where there are none."""
    # Asked as of now: what a name stands for may be remembered from before somebody else was waited for.
    tables = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = ? AND tablename = 'form'"
    if not connection.execute(tables, (schema,)).fetchone()[0]:
        return 0
    return int(connection.execute("SELECT number FROM form").fetchone()[0])


def _version(connection: Connection, database: PostgresqlDatabase) -> int:
    found = _form(connection, database.schema)
    if found > LATEST:
        raise _newer(database, found)
    if 0 < found < LATEST:
        message = f"the store {database.name!r} is of an older form ({found}; {LATEST} is written)"
        raise SchemaVersionError(message, hint="run `passmuster store upgrade` when nobody is at work in it")
    return found


def _newer(database: PostgresqlDatabase, found: int) -> SchemaVersionError:
    message = f"the store {database.name!r} was written by a newer passmuster (form {found}; {LATEST} is known)"
    return SchemaVersionError(message, hint="upgrade passmuster, or name another schema")
