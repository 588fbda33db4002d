"""Databases of SQLAlchemy: every engine of the answer is led to one file, whatever address it was given."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from .places import Places
from .seeding import Column, Row, Seeder, Table

_KEPT: Final = frozenset({"echo", "json_serializer", "json_deserializer", "execution_options"})
_ASYNCHRONOUS: Final = "sqlite+aiosqlite"


class Engines:
    """Leads engines to one database file, makes its tables, and puts rows into them."""

    def __init__(self, file: Path, places: Places) -> None:
        self._file = file
        self._places = places
        self._original: Callable[..., Any] | None = None
        self.count = 0

    def install(self) -> None:
        """Have every engine that is made from now on lead to the file."""
        import sqlalchemy  # noqa: PLC0415 - only where the answer uses it
        import sqlalchemy.ext.asyncio as asynchronous  # noqa: PLC0415 - as above

        create, create_async = sqlalchemy.create_engine, asynchronous.create_async_engine
        self._original = create

        def engine(_url: Any = None, **options: Any) -> Any:  # noqa: ANN401 - handed on as they are
            return create(self._url("sqlite"), **self._kept(options))

        def async_engine(_url: Any = None, **options: Any) -> Any:  # noqa: ANN401 - handed on as they are
            return create_async(self._url(_ASYNCHRONOUS), **self._kept(options))

        for module in _modules_with("create_engine", create):
            module.__dict__["create_engine"] = engine
        for module in _modules_with("create_async_engine", create_async):
            module.__dict__["create_async_engine"] = async_engine

    def own_engine(self) -> Any:  # noqa: ANN401 - SQLAlchemy's own
        """Return an engine of ours that leads to the file."""
        if self._original is None:
            self.install()
        assert self._original is not None  # noqa: S101 - installed above
        return self._original(self._url("sqlite"))

    def metadata(self) -> list[Any]:
        """Return every collection of tables that the answer's modules hold."""
        from sqlalchemy import MetaData  # noqa: PLC0415 - as above

        found: dict[int, Any] = {}
        for module in list(sys.modules.values()):
            if not self._places.is_own(getattr(module, "__file__", None) or ""):
                continue
            for value in list(vars(module).values()):
                tables = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
                if isinstance(tables, MetaData) and tables.tables:
                    found[id(tables)] = tables
        return list(found.values())

    def seed(self, rows: int) -> list[Table]:
        """Make all tables, empty them, and fill them anew; returns what they hold.

        Raises:
            Exception: Whatever the database says; the tables could not be filled.
        """
        from sqlalchemy import delete, insert  # noqa: PLC0415 - as above

        seeder = Seeder(rows)
        filled: list[Table] = []
        engine = self.own_engine()
        for metadata in self.metadata():
            metadata.create_all(engine)
            with engine.begin() as connection:
                for table in reversed(metadata.sorted_tables):
                    connection.execute(delete(table))
                for table in metadata.sorted_tables:
                    described = Table(name=table.name, columns=[_described(column) for column in table.columns])
                    described.rows = seeder.rows_of(described)
                    for row in described.rows:
                        connection.execute(insert(table).values(row))
                    filled.append(described)
        engine.dispose()
        return filled

    def make_tables(self) -> None:
        """Make all tables that are not there yet."""
        engine = self.own_engine()
        for metadata in self.metadata():
            metadata.create_all(engine)
        engine.dispose()

    def row_of(self, kind: type) -> Any:  # noqa: ANN401 - a row of any table
        """Return the first row of a mapped class, loaded and free of its session; ``None`` where it is none."""
        from sqlalchemy import select  # noqa: PLC0415 - as above
        from sqlalchemy.orm import Session  # noqa: PLC0415 - as above

        if not hasattr(kind, "__table__"):
            return None
        engine = self.own_engine()
        with Session(engine, expire_on_commit=False) as session:
            row = session.scalars(select(kind)).first()
            session.expunge_all()
        engine.dispose()
        return row

    def session_provider(self, call: Any) -> Callable[[], Any] | None:  # noqa: ANN401 - anything that can be called
        """Return what can stand in for a dependency that provides sessions; ``None`` for other ones."""
        provided = str(getattr(call, "__annotations__", {}).get("return", ""))
        if "AsyncSession" in provided:
            return self._async_sessions
        return self._sessions if "Session" in provided else None

    @asynccontextmanager
    async def session(self, *, is_async: bool) -> AsyncIterator[Any]:
        """Open a session, asynchronous or not."""
        if is_async:
            async for session in self._async_sessions():
                yield session
        else:
            for session in self._sessions():
                yield session

    def _sessions(self) -> Iterator[Any]:
        from sqlalchemy.orm import Session  # noqa: PLC0415 - as above

        with Session(self.own_engine()) as session:
            yield session

    async def _async_sessions(self) -> AsyncIterator[Any]:
        import sqlalchemy.ext.asyncio as asynchronous  # noqa: PLC0415 - as above

        async with asynchronous.AsyncSession(asynchronous.create_async_engine("sqlite://")) as session:
            yield session

    def _url(self, driver: str) -> str:
        return f"{driver}:///{self._file}"

    def _kept(self, options: dict[str, Any]) -> dict[str, Any]:
        self.count += 1
        kept = {name: value for name, value in options.items() if name in _KEPT}
        return {**kept, "connect_args": {"check_same_thread": False, "timeout": 3}}


def _modules_with(name: str, value: object) -> Iterator[Any]:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("sqlalchemy") and vars(module).get(name) is value:
            yield module


def _described(column: Any) -> Column:  # noqa: ANN401 - SQLAlchemy's own
    keys = list(column.foreign_keys)
    return Column(
        name=column.key,
        kind=_kind(column.type),
        length=getattr(column.type, "length", None),
        choices=_choices(column.type),
        is_key=column.primary_key,
        is_unique=bool(column.unique) or _is_unique_alone(column),
        is_nullable=bool(column.nullable),
        has_default=column.default is not None or column.server_default is not None or column.computed is not None,
        refers_to=keys[0].column.table.name if keys else "",
        refers_to_column=keys[0].column.key if keys else "",
    )


def _kind(kind: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    kind = getattr(kind, "impl", kind) if type(kind).__mro__[1].__name__ == "TypeDecorator" else kind
    if "JSON" in type(kind).__name__.upper():
        return "dict"
    try:
        return str(kind.python_type.__name__)
    except NotImplementedError:
        # SQLAlchemy's own types of that kind hold text of a form that only the database knows.
        return "str"


def _choices(kind: Any) -> list[Row]:  # noqa: ANN401 - SQLAlchemy's own
    enumeration = getattr(kind, "enum_class", None)
    return list(enumeration) if enumeration is not None else list(getattr(kind, "enums", ()) or ())


def _is_unique_alone(column: Any) -> bool:  # noqa: ANN401 - SQLAlchemy's own
    keys = [item for item in column.table.constraints if type(item).__name__ == "UniqueConstraint"]
    indexes = [index for index in column.table.indexes if index.unique]
    return any([other.key for other in item.columns] == [column.key] for item in (*keys, *indexes))
