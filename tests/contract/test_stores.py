"""Every store keeps what its port promises."""

from itertools import count
from pathlib import Path

from passmuster.adapters.stores.postgresql import PostgresqlStore
from passmuster.adapters.stores.sqlite import COMPONENT, SqliteStoreOptions
from passmuster.components import BuildContext
from passmuster.ports import Store
from passmuster.testing.conformance import check_store
from passmuster.testing.fakes import MemoryStore


def test_the_memory_store_keeps_its_promises() -> None:
    """The fake conforms to the port."""
    check_store(MemoryStore)


def test_the_sqlite_store_keeps_its_promises(tmp_path: Path) -> None:
    """The relational store conforms to the port, on a file of SQLite."""
    numbers = count()

    def make_store() -> Store:
        options = SqliteStoreOptions(location=f"runs/{next(numbers)}.sqlite")
        return COMPONENT.build(options, BuildContext(folder=tmp_path))

    check_store(make_store)

    assert (tmp_path / "runs" / "0.sqlite").is_file()


def test_the_postgresql_store_keeps_its_promises(postgresql: str) -> None:
    """The relational store conforms to the port, on a server."""
    numbers = count()

    check_store(lambda: PostgresqlStore(postgresql, schema=f"contract_{next(numbers)}"))
