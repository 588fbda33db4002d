"""The store on a PostgreSQL server, which a team shares and many may write to at one time."""

from typing import Final
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from passmuster.adapters.stores.verified import VerifiedRelationalStore
from passmuster.components import BuildContext, Component
from passmuster.libraries import need
from passmuster.ports import Store


class PostgresqlStoreOptions(BaseModel):
    """Where runs are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(
        description="The server and the database, such as postgresql://host/evaluations; the password comes from the "
        "variable PGPASSWORD or from the file that PGPASSFILE names."
    )
    schema_name: str = Field(
        default="passmuster",
        pattern="^[a-z_][a-z0-9_]{0,62}$",
        description="The schema that the tables lie in; made if there is none.",
    )
    patience: int = Field(
        default=30_000, ge=0, le=3_600_000, description="Milliseconds to wait for another process that writes the same."
    )
    upgrade: bool = Field(
        default=False,
        description="Whether tables of an older form are changed when they are opened; `passmuster store upgrade` does "
        "it once.",
    )

    @field_validator("location")
    @classmethod
    def _check_location(cls, text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme.partition("+")[0] not in {"postgresql", "postgres"}:
            message = "write a URL such as postgresql://host/database"
            raise ValueError(message)
        return text


class PostgresqlStore(VerifiedRelationalStore):
    """A store on a PostgreSQL server; conforms to :class:`passmuster.ports.Store`."""

    def __init__(
        self, location: str, *, schema: str = "passmuster", patience: int = 30_000, upgrade: bool = False
    ) -> None:
        """Connect, and make the tables where the schema is not there.

        Args:
            location: Such as ``postgresql://host/database``.
            schema: Where the tables lie.
            patience: Milliseconds to wait for another process that writes the same.
            upgrade: Whether tables of an older form are changed.

        Raises:
            MissingExtraError: If the driver is not installed.
            StoreError: If the database cannot be used.
        """
        need("psycopg", extra="postgresql")
        from passmuster.adapters.stores import postgresql_database as databases  # noqa: PLC0415 - an extra

        if upgrade:
            databases.upgrade(location, schema, patience=patience)
        super().__init__(databases.open_postgresql(location, schema, patience=patience))


def build(options: PostgresqlStoreOptions, context: BuildContext) -> Store:
    """Open the store that the options name."""
    del context
    return PostgresqlStore(
        options.location, schema=options.schema_name, patience=options.patience, upgrade=options.upgrade
    )


COMPONENT: Final = Component(options=PostgresqlStoreOptions, build=build, is_deterministic=lambda _options: True)
