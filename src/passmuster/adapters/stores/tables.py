"""The tables of a store, in SQL.

What differs from trial to trial, and what people query, are columns; what a router or a backend said is a blob.
Columns named after metrics (``score``, ``margin``, tokens, ``cost``) are copies for queries; the blobs are exact.
A text and its blob are kept once, so equal answers, rosters and datasets cost nothing the second time.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

TABLES: Final[Mapping[str, str]] = {
    "blob": """
        address BLOB NOT NULL PRIMARY KEY,
        codec VARCHAR(8) NOT NULL,
        size BIGINT NOT NULL,
        data BLOB NOT NULL""",
    "run": """
        number INTEGER NOT NULL PRIMARY KEY,
        identifier TEXT NOT NULL UNIQUE,
        suite TEXT NOT NULL,
        started_at VARCHAR(32) NOT NULL,
        planned INTEGER NOT NULL,
        revision TEXT,
        branch TEXT,
        is_dirty BOOLEAN,
        roster_fingerprint VARCHAR(32) NOT NULL,
        dataset_fingerprint VARCHAR(32) NOT NULL,
        manifest BLOB NOT NULL REFERENCES blob (address),
        roster BLOB NOT NULL REFERENCES blob (address),
        cases BLOB NOT NULL REFERENCES blob (address)""",
    "cell": """
        number INTEGER NOT NULL PRIMARY KEY,
        case_identifier TEXT NOT NULL,
        subject TEXT NOT NULL,
        fingerprint VARCHAR(32) NOT NULL,
        UNIQUE (case_identifier, subject, fingerprint)""",
    "trial": """
        run INTEGER NOT NULL REFERENCES run (number),
        cell INTEGER NOT NULL REFERENCES cell (number),
        repetition INTEGER NOT NULL,
        is_finished BOOLEAN NOT NULL,
        started_at VARCHAR(32) NOT NULL,
        duration DOUBLE PRECISION,
        inclusion DOUBLE PRECISION NOT NULL DEFAULT 1,
        routing_status VARCHAR(8),
        completion_status VARCHAR(8),
        chosen TEXT,
        writer TEXT,
        score DOUBLE PRECISION,
        margin DOUBLE PRECISION,
        routing_latency DOUBLE PRECISION,
        completion_latency DOUBLE PRECISION,
        input_tokens BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cost DOUBLE PRECISION,
        routing BLOB REFERENCES blob (address),
        completion BLOB REFERENCES blob (address),
        PRIMARY KEY (run, cell, repetition)""",
    "score": """
        run INTEGER NOT NULL,
        cell INTEGER NOT NULL,
        repetition INTEGER NOT NULL,
        position INTEGER NOT NULL,
        criterion TEXT NOT NULL,
        value DOUBLE PRECISION,
        passed BOOLEAN,
        detail BLOB NOT NULL REFERENCES blob (address),
        PRIMARY KEY (run, cell, repetition, position),
        FOREIGN KEY (run, cell, repetition) REFERENCES trial (run, cell, repetition)""",
    "segment": """
        run INTEGER NOT NULL REFERENCES run (number),
        started_at VARCHAR(32) NOT NULL,
        ending VARCHAR(16) NOT NULL,
        duration DOUBLE PRECISION NOT NULL,
        trials INTEGER NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (run, started_at)""",
    "link": """
        run INTEGER NOT NULL REFERENCES run (number),
        position INTEGER NOT NULL,
        kind VARCHAR(32) NOT NULL,
        content BLOB NOT NULL,
        chain BLOB NOT NULL,
        PRIMARY KEY (run, position)""",
    "summary": """
        run INTEGER NOT NULL REFERENCES run (number),
        form INTEGER NOT NULL,
        content BLOB NOT NULL,
        PRIMARY KEY (run)""",
}
"""The columns of every table, referred-to tables first; standard SQL but for its types of bytes.

* ``blob``: packed JSON texts by address.
* ``run``: one row per run; the roster and the cases are blobs that equal runs share.
* ``cell``: one row per case, subject and fingerprint of the work, shared by all runs that did it.
* ``trial``: one row per trial. A status is ``answered`` or ``failed``, and null where that part was not asked for.
* ``score``: one row per outcome of a criterion, in order; ``value`` and ``passed`` are null where it could not judge.
* ``segment``: one row per process that worked at a run; ``detail`` is all of it, as a text that nothing else shares.
* ``link``: one row for whatever was put into a run at once, by which an edit is noticed; ``kind`` is ``manifest``,
  ``trials`` or when a segment began. See :mod:`passmuster.adapters.stores.chains`.
* ``summary``: one row per run that is complete, with what a history needs of it; gone when trials come after that.
"""

INDEXES: Final = ("CREATE INDEX run_by_suite ON run (suite, started_at)",)

_BY_KEY: Final = frozenset({"trial", "score", "segment", "link"})
"""Tables whose rows lie in the order of their keys, which SQLite calls those without a row number."""


def created() -> tuple[str, ...]:
    """Return the statements that make every table in its latest form."""
    tables = (
        f"CREATE TABLE {name} ({columns}\n){' WITHOUT ROWID' if name in _BY_KEY else ''}"
        for name, columns in TABLES.items()
    )
    return (*tables, *INDEXES)


_SEGMENTS: Final = (
    "CREATE TABLE segment (run INTEGER NOT NULL REFERENCES run (number), started_at VARCHAR(32) NOT NULL,"
    " ending VARCHAR(16) NOT NULL, duration DOUBLE PRECISION NOT NULL, trials INTEGER NOT NULL,"
    " detail TEXT NOT NULL, PRIMARY KEY (run, started_at)) WITHOUT ROWID"
)

_LINKS: Final = (
    "CREATE TABLE link (run INTEGER NOT NULL REFERENCES run (number), position INTEGER NOT NULL,"
    " kind VARCHAR(32) NOT NULL, content BLOB NOT NULL, chain BLOB NOT NULL,"
    " PRIMARY KEY (run, position)) WITHOUT ROWID"
)

_SUMMARIES: Final = (
    "CREATE TABLE summary (run INTEGER NOT NULL REFERENCES run (number), form INTEGER NOT NULL, content BLOB NOT NULL,"
    " PRIMARY KEY (run))"
)

UPGRADES: Final[tuple[tuple[str, ...], ...]] = (
    ("ALTER TABLE trial ADD COLUMN inclusion DOUBLE PRECISION NOT NULL DEFAULT 1",),
    (_SEGMENTS,),
    (_LINKS,),
    (_SUMMARIES,),
)
"""The statements that lead from version 1 to 2, from 2 to 3, and so on; never edited once released."""


def column(value: object) -> object:
    """Return a value as a column keeps it.

    A text that databases refuse, with NUL characters or lone surrogates, and one that begins with a quotation mark, is
    kept as a JSON string; every other text as it is. A point in time is ISO 8601 text of fixed width in Coordinated
    Universal Time, which sorts by time.

    Raises:
        ValueError: If a point in time does not know its time zone.
    """
    # Thirty values of each trial come here, and most are one of these.
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if isinstance(value, str):
        return _known_text(value) if kind is str and len(value) <= _SHORT else _text(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            message = f"{value!r} has no time zone"
            raise ValueError(message)
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def _text(value: str) -> str:
    is_plain = not (value.startswith('"') or "\0" in value or _has_surrogates(value))
    return value if is_plain else json.dumps(value)


_AS_IT_IS: Final = frozenset({type(None), bool, int, float, bytes})
_SHORT: Final = 128
_known_text = lru_cache(maxsize=4_096)(_text)


def words(kept: str) -> str:
    """Return the text that a column keeps."""
    return str(json.loads(kept)) if kept.startswith('"') else kept


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
