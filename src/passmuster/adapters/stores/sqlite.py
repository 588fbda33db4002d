"""The store in one file of SQLite, in which one process writes at a time."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.stores.opening import file_of, open_database
from passmuster.adapters.stores.verified import VerifiedRelationalStore
from passmuster.components import BuildContext, Component
from passmuster.ports import Store


class SqliteStore(VerifiedRelationalStore):
    """A store in a file of SQLite; conforms to :class:`passmuster.ports.Store`."""

    def __init__(self, file: Path, *, busy_timeout: int = 30_000) -> None:
        """Open the file, made if there is none.

        Args:
            file: Where runs are kept; its folder is made if there is none.
            busy_timeout: Milliseconds to wait for another writer.

        Raises:
            StoreError: If the file cannot be used.
        """
        super().__init__(open_database(file, busy_timeout=busy_timeout))


class SqliteStoreOptions(BaseModel):
    """Where runs are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(
        min_length=1,
        description="A file of SQLite: a path from the suite's folder on, or a URL such as sqlite:///runs.sqlite.",
    )
    busy_timeout: int = Field(
        default=30_000, ge=0, le=3_600_000, description="Milliseconds to wait for another process that writes."
    )


def build(options: SqliteStoreOptions, context: BuildContext) -> Store:
    """Open the store that the options name."""
    return SqliteStore(file_of(options.location, context.folder), busy_timeout=options.busy_timeout)


COMPONENT: Final = Component(options=SqliteStoreOptions, build=build, is_deterministic=lambda _options: True)
