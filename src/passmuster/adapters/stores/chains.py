"""The chain of a run: a link for whatever was put into it at once, each resting on the one before.

A link names what was put in, with the SHA-256 of what the columns hold (texts in the place of the addresses that refer
to them), and a mark for each column, which names the one that was edited. Its chain is the SHA-256 of the chain before
and of itself. One link serves all trials of a commit: a row for each would take as long to write as the trial.
"""

import hashlib
import json
import math
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from passmuster.adapters.stores.databases import Connection
from passmuster.adapters.stores.tables import column

CELL: Final = ("case_identifier", "subject", "fingerprint")
"""Columns of ``cell``, with which the values of a trial begin."""

TRIAL: Final = (
    "repetition",
    "is_finished",
    "started_at",
    "duration",
    "inclusion",
    "routing_status",
    "completion_status",
    "chosen",
    "writer",
    "score",
    "margin",
    "routing_latency",
    "completion_latency",
    "input_tokens",
    "output_tokens",
    "cost",
    "routing",
    "completion",
)
"""Columns of ``trial``, which follow them."""

SCORE: Final = ("position", "criterion", "value", "passed", "detail")
"""Columns of ``score``, which follow them for every outcome."""

RUN: Final = (
    "identifier",
    "suite",
    "started_at",
    "planned",
    "revision",
    "branch",
    "is_dirty",
    "roster_fingerprint",
    "dataset_fingerprint",
    "manifest",
    "roster",
    "cases",
)
"""Columns of ``run``."""

SEGMENT: Final = ("started_at", "ending", "duration", "trials", "detail")
"""Columns of ``segment``."""

_REALS: Final = frozenset(
    {"duration", "inclusion", "score", "margin", "routing_latency", "completion_latency", "cost", "value"}
)

Key = tuple[int, int]
"""The number of a cell, and a repetition."""

Entry = tuple[Key, "Digest"]
"""A trial that was put in."""

MANIFEST_LINK: Final = "manifest"
TRIALS_LINK: Final = "trials"
"""Kinds of links; that of a segment is when it began."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What is kept of values, so that an edit of them is noticed and named.

    Attributes:
        whole: The SHA-256 of all of them.
        marks: Of the CRC-32 of each, in order, the last byte but one; and then the last byte of each.
    """

    whole: bytes
    marks: bytes


def digest_of(values: Sequence[object]) -> Digest:
    """Return the digest of columns, as :func:`written` or :func:`read` makes their values."""
    content = text_of(values)
    return Digest(hashlib.sha256(content).digest(), _marks(content.split(b"\n")))


def text_of(values: Sequence[object]) -> bytes:
    """Return the text of columns that a digest is of; no line's end is in a value, so that each line is one value."""
    return _WRITE(values).encode("ascii")


def marks_of(values: Sequence[object], *, is_first: bool, is_last: bool) -> bytes:
    """Return the marks of some columns as they are among others.

    Args:
        values: As :func:`read` makes them.
        is_first: Whether no other column comes before them.
        is_last: Whether none comes after.
    """
    before, after = () if is_first else (0,), () if is_last else (0,)
    parts = text_of([*before, *values, *after]).split(b"\n")
    return _marks(parts[len(before) : len(parts) - len(after)])


def part_of(marks: bytes, begin: int, end: int) -> bytes:
    """Return the marks of some of the columns, as :func:`marks_of` does."""
    count = len(marks) // 2
    return marks[begin:end] + marks[count + begin : count + end]


def _marks(parts: Sequence[bytes]) -> bytes:
    checks = struct.pack(f">{len(parts)}I", *map(zlib.crc32, parts))
    return checks[2::4] + checks[3::4]


def differing(marks: bytes, others: bytes) -> Sequence[int]:
    """Return the places of the columns whose marks differ; none if there are not equally many."""
    count = len(marks) // 2
    if len(marks) != len(others):
        return ()
    places = range(count)
    return [place for place in places if marks[place::count] != others[place::count]]


def written(names: tuple[str, ...], values: Iterable[object]) -> list[object]:
    """Return the values of columns as they will be read again."""
    return [
        value if value is None else column(value) if type(value) is str else _plain(real, value)
        for real, value in zip(_reals(names), values, strict=True)
    ]


def read(names: tuple[str, ...], values: Iterable[object]) -> list[object]:
    """Return the values of columns as they were found, alike for every database."""
    return [
        value if isinstance(value, str) else _plain(real, value)
        for real, value in zip(_reals(names), values, strict=True)
    ]


def _plain(real: object, value: object) -> object:
    """Return truth as a number, and not-a-number as nothing: so databases read them."""
    if isinstance(value, float):
        # The sum makes a negative zero one that databases keep.
        return None if math.isnan(value) else value + 0.0
    if isinstance(value, int):
        return float(value) if real else int(value)
    return column(value)


@lru_cache(maxsize=64)
def _reals(names: tuple[str, ...]) -> tuple[bool, ...]:
    return tuple(name in _REALS for name in names)


@lru_cache(maxsize=64)
def trial_names(outcomes: int) -> tuple[str, ...]:
    """Return the columns of a trial with so many outcomes, in the order of its digest."""
    return (*CELL, *TRIAL, *SCORE * outcomes)


def content_of(entries: Iterable[Entry]) -> bytes:
    """Return what a link of trials holds: for each the key, the length of its marks, the digest and the marks."""
    return b"".join(
        _ENTRY.pack(cell, repetition, len(digest.marks), digest.whole) + digest.marks
        for (cell, repetition), digest in entries
    )


def entries_of(content: bytes) -> list[Entry] | None:
    """Return what a link of trials names; ``None`` if it cannot be read, as after an edit."""
    entries: list[Entry] = []
    place = 0
    while place < len(content):
        begun = place + _ENTRY.size
        if begun > len(content):
            return None
        cell, repetition, length, whole = _ENTRY.unpack_from(content, place)
        place = begun + length
        if place > len(content):
            return None
        entries.append(((cell, repetition), Digest(whole, content[begun:place])))
    return entries


def chained(former: bytes, position: object, kind: object, content: bytes) -> bytes:
    """Return the chain at a link.

    Args:
        former: The chain at the link before; nothing before the first.
        position: Of the link, from 0.
        kind: What it is of.
        content: What it holds.
    """
    head = f"{position}\n{kind}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(former + head + content).digest()


def next_link(connection: Connection, run: int, kind: str, content: bytes) -> Mapping[str, object] | None:
    """Return the row that goes on with a run's chain; ``None`` for a run that was begun without one.

    Args:
        connection: Of a transaction in which nobody else adds to the run.
        run: Its number.
        kind: What the link is of: ``manifest``, ``trials``, or when a segment began.
        content: What it is to hold.
    """
    query = "SELECT position, chain FROM link WHERE run = ? ORDER BY position DESC LIMIT 1"
    last = connection.execute(query, (run,)).fetchone()
    if last is None and kind != MANIFEST_LINK:
        return None
    former, chain = last or (-1, b"")
    position = former + 1
    return {
        "run": run,
        "position": position,
        "kind": kind,
        "content": content,
        "chain": chained(chain, position, kind, content),
    }


def _unknown(value: object) -> object:
    # An edit may have put bytes where none belong. A list of one has no line's end in it, and equals no value of ours.
    return [value.hex() if isinstance(value, bytes) else str(value)]


_ENTRY: Final = struct.Struct(">qqI32s")
_WRITE: Final = json.JSONEncoder(separators=(",\n", ":\n"), default=_unknown).encode
