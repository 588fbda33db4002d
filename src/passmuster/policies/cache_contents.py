"""What is in the file of kept answers: how much, how old, what can go, and what was changed since."""

import difflib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from passmuster.domain.values import Fingerprint, JsonObject
from passmuster.policies import answer_file
from passmuster.policies.answer_text import conversation_text, instructions_of, read_conversation, settings_of
from passmuster.policies.caching import Question

LOOKED_AT: Final = 300
"""Kept answers among which the nearest is looked for, of those that have one thing in common with the question."""

SHOWN_LINES: Final = 12
"""Lines of a difference that are told."""

_SIZE: Final = "length(answer) + length(conversation) + length(settings) + 128"
_ROW: Final = "identity, said, instructions, settings, repetition, made, conversation, key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is kept of one backend.

    Attributes:
        identity: The fingerprint of everything that changes its answers.
        told: What it is.
        answers: How many are kept.
        size: Their bytes, about.
        oldest: When the oldest was made.
        newest: When the newest was made.
        used: When one was used last.
    """

    identity: Fingerprint
    told: JsonObject
    answers: int
    size: int
    oldest: datetime
    newest: datetime
    used: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A part of the key that is another one than that of the nearest kept answer.

    Attributes:
        part: ``backend``, ``instructions``, ``conversation``, ``settings``, ``repetition`` or ``age``.
        told: What differs, in lines.
    """

    part: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why there is an answer, or why not.

    Attributes:
        made: When the answer was made, or that of the nearest question; ``None`` if nothing near is kept.
        differences: What differs from the nearest; empty where the answer itself is kept.
    """

    made: datetime | None
    differences: tuple[Difference, ...]


def shelves(connection: sqlite3.Connection) -> tuple[Shelf, ...]:
    """Return what is kept of each backend, the largest first."""
    query = (
        f"SELECT answer.identity, told, count(*), sum({_SIZE}), min(made), max(made), max(used) "  # noqa: S608 - constants
        "FROM answer LEFT JOIN backend USING (identity) GROUP BY answer.identity ORDER BY 4 DESC, 1"
    )
    return tuple(
        Shelf(
            identity=Fingerprint(identity),
            told={} if told is None else json.loads(told),
            answers=answers,
            size=size,
            oldest=_moment(oldest),
            newest=_moment(newest),
            used=_moment(used),
        )
        for identity, told, answers, size, oldest, newest, used in connection.execute(query)
    )


def prune(connection: sqlite3.Connection, *, before: datetime | None = None, size: int | None = None) -> int:
    """Take answers out, those that were not used for longest first, and return how many.

    Args:
        connection: The file.
        before: Answers made before this moment go.
        size: As many more go as are needed, so that the rest has so many bytes at the most.
    """
    connection.execute("BEGIN IMMEDIATE")
    gone = 0
    if before is not None:
        gone += connection.execute("DELETE FROM answer WHERE made < ?", (before.timestamp(),)).rowcount
    if size is not None:
        query = (
            "DELETE FROM answer WHERE key IN (SELECT key FROM "  # noqa: S608 - constants
            f"(SELECT key, sum({_SIZE}) OVER (ORDER BY used DESC, made DESC, key) AS filled FROM answer) "
            "WHERE filled > ?)"
        )
        gone += connection.execute(query, (size,)).rowcount
    _sweep(connection)
    connection.execute("COMMIT")
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:
        # Somebody is reading or writing; the room in the file is used again later.
        pass
    return gone


def _sweep(connection: sqlite3.Connection) -> None:
    """Take out what no answer leads to any more."""
    connection.execute("DELETE FROM instructions WHERE address NOT IN (SELECT instructions FROM answer)")
    connection.execute("DELETE FROM backend WHERE identity NOT IN (SELECT identity FROM answer)")
    rows = connection.execute("SELECT lines FROM instructions")
    wanted = {address for (lines,) in rows for address in answer_file.addresses_in(lines)}
    present = {address for (address,) in connection.execute("SELECT address FROM line")}
    connection.executemany("DELETE FROM line WHERE address = ?", [(address,) for address in sorted(present - wanted)])


def explain(
    connection: sqlite3.Connection, question: Question, told: Mapping[str, object], *, oldest: datetime
) -> Explanation:
    """Say whether an answer is kept, and otherwise what differs from the nearest question that has one.

    Args:
        connection: The file.
        question: What would be asked.
        told: What the backend is that would be asked.
        oldest: Answers made before do not count.
    """
    said = answer_file.said_address(conversation_text(question.request))
    system = answer_file.instructions_address(instructions_of(question.request))
    rows = {
        row[-1]: row
        for condition, value in (
            ("key = ?", question.key),
            ("said = ?", said),
            ("instructions = ?", system),
            ("identity = ?", question.identity),
        )
        for row in connection.execute(
            f"SELECT {_ROW} FROM answer WHERE {condition} ORDER BY made DESC LIMIT {LOOKED_AT}",  # noqa: S608 - constants
            (value,),
        )
    }
    if not rows:
        return Explanation(made=None, differences=())
    nearest = _nearest(list(rows.values()), question, said, system)
    made = _moment(nearest[5])
    if nearest[-1] == question.key and made >= oldest:
        return Explanation(made=made, differences=())
    differences = tuple(_differences(connection, nearest, question, told))
    if nearest[-1] == question.key:
        told_age = f"it was made on {made:%Y-%m-%d %H:%M}, and counts only from {oldest:%Y-%m-%d %H:%M} on"
        differences = (Difference(part="age", told=(told_age,)),)
    return Explanation(made=made, differences=differences)


Row = tuple[str, bytes, bytes, str, int, float, bytes, bytes]


def _nearest(rows: Sequence[Row], question: Question, said: bytes, system: bytes) -> Row:
    request = question.request
    settings = json.dumps(settings_of(request), sort_keys=True, ensure_ascii=False)
    words = conversation_text(request)

    def distance(row: Row) -> tuple[int, float, float]:
        differs = (
            row[0] != question.identity,
            row[1] != said,
            row[2] != system,
            row[3] != settings,
            row[4] != request.repetition,
        )
        likeness = 1.0 if row[1] == said else difflib.SequenceMatcher(None, words, _conversation(row)).quick_ratio()
        return sum(differs), -likeness, -row[5]

    return min(rows, key=distance)


def _differences(
    connection: sqlite3.Connection, row: Row, question: Question, told: Mapping[str, object]
) -> Iterator[Difference]:
    request = question.request
    if row[0] != question.identity:
        found = connection.execute("SELECT told FROM backend WHERE identity = ?", (row[0],)).fetchone()
        then = {} if found is None else json.loads(found[0])
        yield Difference(part="backend", told=tuple(_changes(_flat(then), _flat(told))) or ("it is another one",))
    settings = tuple(_changes(json.loads(row[3]), settings_of(request)))
    if settings:
        yield Difference(part="settings", told=settings)
    now = instructions_of(request)
    if row[2] != answer_file.instructions_address(now):
        before = answer_file.kept_instructions(connection, row[2])
        yield Difference(part="instructions", told=_lines("" if before is None else before, now))
    if row[1] != answer_file.said_address(conversation_text(request)):
        yield Difference(
            part="conversation", told=_lines(_spoken(_conversation(row)), _spoken(conversation_text(request)))
        )
    if row[4] != request.repetition:
        yield Difference(part="repetition", told=(f"{row[4]} → {request.repetition}, counted from 0",))


def _flat(told: Mapping[str, object]) -> dict[str, object]:
    """Return what a backend is with its options beside the rest; its name changes no answer."""
    options = told.get("options")
    rest = {name: value for name, value in told.items() if name not in {"options", "name"}}
    return rest | (dict(options) if isinstance(options, Mapping) else {})


def _changes(before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        was, is_now = before.get(name), now.get(name)
        if was != is_now:
            yield f"{name}: {_shown(was)} → {_shown(is_now)}"


def _shown(value: object) -> str:
    text = "not said" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"  # noqa: PLR2004 - as much as stands in a line


def _lines(before: str, now: str) -> tuple[str, ...]:
    """Return the lines that differ, as `diff` marks them."""
    lines = list(difflib.unified_diff(before.splitlines(), now.splitlines(), n=0, lineterm=""))[2:]
    shown = [line for line in lines if not line.startswith("@@")]
    more = [f"… and {len(shown) - SHOWN_LINES} more lines"] if len(shown) > SHOWN_LINES else []
    return (*shown[:SHOWN_LINES], *more) or ("only line ends differ",)


def _conversation(row: Row) -> str:
    try:
        return answer_file.unpacked(row[6])
    except ValueError:
        return "[]"


def _spoken(conversation: str) -> str:
    return "\n".join(f"{role}: {content}" for role, content in read_conversation(conversation))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
