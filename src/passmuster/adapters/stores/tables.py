"""The tables of a store.

What differs from trial to trial, and what people query, are columns; what a router or a backend said is a blob.
Columns named after metrics (``score``, ``margin``, tokens, ``cost``) are copies for queries; the blobs are exact.
A text and its blob are kept once, so equal answers, rosters and datasets cost nothing the second time.
"""

import json
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from passmuster.adapters.stores.blobs import ADDRESS_LENGTH

UPGRADES: Final[tuple[tuple[str, ...], ...]] = (
    ("ALTER TABLE trial ADD COLUMN inclusion DOUBLE PRECISION NOT NULL DEFAULT 1",),
)
"""The statements that lead from version 1 to 2, from 2 to 3, and so on; never edited once released."""


class Words(TypeDecorator[str]):
    """Any text, also one that databases refuse: with NUL characters or lone surrogates.

    Such a text, and one that begins with a quotation mark, is kept as a JSON string; every other as it is.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text as the database keeps it."""
        if value is None or not (value.startswith('"') or "\0" in value or _has_surrogates(value)):
            return value
        return json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text as it was given."""
        return str(json.loads(value)) if value is not None and value.startswith('"') else value


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


class Moment(TypeDecorator[datetime]):
    """A point in time as ISO 8601 text of fixed width in Coordinated Universal Time, which sorts by time."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the text of a moment, which must know its time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no time zone"
            raise ValueError(message)
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the moment of a text."""
        return None if value is None else datetime.fromisoformat(value)


METADATA: Final = MetaData()


def _address(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary(ADDRESS_LENGTH), ForeignKey("blob.address"), nullable=nullable)


BLOB: Final = Table(
    "blob",
    METADATA,
    Column("address", LargeBinary(ADDRESS_LENGTH), primary_key=True),
    Column("codec", String(8), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
"""Packed JSON texts by address."""

RUN: Final = Table(
    "run",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("identifier", Words, nullable=False, unique=True),
    Column("suite", Words, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("planned", Integer, nullable=False),
    Column("revision", Words),
    Column("branch", Words),
    Column("is_dirty", Boolean),
    Column("roster_fingerprint", String(32), nullable=False),
    Column("dataset_fingerprint", String(32), nullable=False),
    _address("manifest"),
    _address("roster"),
    _address("cases"),
    Index("run_by_suite", "suite", "started_at"),
)
"""One row per run; the roster and the cases are blobs that equal runs share."""

CELL: Final = Table(
    "cell",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("case_identifier", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("fingerprint", String(32), nullable=False),
    UniqueConstraint("case_identifier", "subject", "fingerprint"),
)
"""One row per case, subject and fingerprint of the work, shared by all runs that did it."""

TRIAL: Final = Table(
    "trial",
    METADATA,
    Column("run", ForeignKey("run.number"), primary_key=True),
    Column("cell", ForeignKey("cell.number"), primary_key=True),
    Column("repetition", Integer, primary_key=True, autoincrement=False),
    Column("is_finished", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("duration", Double),
    Column("inclusion", Double, nullable=False, server_default="1"),
    Column("routing_status", String(8)),
    Column("completion_status", String(8)),
    Column("chosen", Words),
    Column("writer", Words),
    Column("score", Double),
    Column("margin", Double),
    Column("routing_latency", Double),
    Column("completion_latency", Double),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("cost", Double),
    _address("routing", nullable=True),
    _address("completion", nullable=True),
    sqlite_with_rowid=False,
)
"""One row per trial. A status is ``answered`` or ``failed``, and null where that part was not asked for."""

SCORE: Final = Table(
    "score",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("cell", Integer, primary_key=True, autoincrement=False),
    Column("repetition", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("criterion", Words, nullable=False),
    Column("value", Double),
    Column("passed", Boolean),
    _address("detail"),
    ForeignKeyConstraint(["run", "cell", "repetition"], ["trial.run", "trial.cell", "trial.repetition"]),
    sqlite_with_rowid=False,
)
"""One row per outcome of a criterion, in order; ``value`` and ``passed`` are null where it could not judge."""
