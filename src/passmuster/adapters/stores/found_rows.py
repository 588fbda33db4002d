"""The rows of a run as a check reads them: the columns that were put in, and the texts that they refer to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from passmuster.adapters.stores.chains import CELL, SCORE, TRIAL, Digest
from passmuster.adapters.stores.databases import Row
from passmuster.adapters.stores.put_in import Expected
from passmuster.adapters.stores.tables import words

TRIALS: Final = f"""
    SELECT trial.cell, trial.repetition, trial.run, cell.case_identifier, cell.subject, cell.fingerprint,
        {", ".join(f"trial.{name}" for name in TRIAL)},
        decision.codec, decision.size, decision.data, completion.codec, completion.size, completion.data
    FROM trial LEFT JOIN cell ON cell.number = trial.cell
        LEFT JOIN blob AS decision ON decision.address = trial.routing
        LEFT JOIN blob AS completion ON completion.address = trial.completion
    WHERE {{which}} ORDER BY trial.cell, trial.repetition"""  # noqa: S608 - names of our own
"""Every trial, also those whose cell or texts are gone; with a place for which."""

SCORES: Final = f"""
    SELECT score.cell, score.repetition, score.run, {", ".join(f"score.{name}" for name in SCORE)},
        blob.codec, blob.size, blob.data
    FROM score LEFT JOIN blob ON blob.address = score.detail
    WHERE {{which}} ORDER BY score.cell, score.repetition, score.position"""  # noqa: S608 - names of our own
"""Every outcome, also those whose trial or text is gone; with the same place."""

OWN: Final = len(CELL) + len(TRIAL)
"""Columns of a trial, without its outcomes; the last two of them refer to texts."""

KEY_SIZE: Final = 3
"""Columns that come before those of a digest in each of both."""

BLOB_SIZE: Final = 3
"""Columns of a text at the end."""

Key = tuple[Any, Any]
"""A cell and a repetition, or what an edit put there."""


@dataclass(frozen=True, slots=True)
class Place:
    """What there is of one cell and repetition.

    Attributes:
        key: Which.
        trial: The row of the trial; ``None`` if there is none.
        scores: The rows of its outcomes.
        link: The position of the link that names it; -1 if none does.
        entry: What was put in; ``None`` if no link says.
    """

    key: Key
    trial: Row | None
    scores: Sequence[Row]
    link: int
    entry: Digest | None


def places(trials: Iterator[Row], scores: Iterator[Row], entries: Iterator[Expected]) -> Iterator[Place]:
    """Yield what there is of each cell and repetition, all in their order, holding one at a time."""
    streams = (_keyed(trials, 0), _keyed(scores, 1), _keyed(entries, 2))
    for _, found in groupby(merge(*streams, key=itemgetter(0)), key=itemgetter(0)):
        parts: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
        for _, kind, row in found:
            parts[kind].append(row)
        own, outcomes, entry = parts
        key = (own or outcomes or entry)[0][:2]
        link, digest = (entry[0][2], entry[0][3]) if entry else (-1, None)
        yield Place(tuple(key), own[0] if own else None, outcomes, link, digest)


def described(key: Key, names: Sequence[object], **more: object) -> Mapping[str, object]:
    """Return how a trial is told: its place in the table, and the case and the subject that people know it by."""
    labels = zip(("case", "subject"), names[:2], strict=False)
    known = {label: words(name) for label, name in labels if isinstance(name, str)}
    return {"cell": key[0], "repetition": key[1], **more, **known}


def _keyed(rows: Iterator[Any], kind: int) -> Iterator[tuple[object, int, Any]]:
    for row in rows:
        yield (_order(row[0]), _order(row[1])), kind, row


def _order(value: object) -> tuple[int, Any]:
    # SQLite keeps what an edit puts there, numbers before texts before bytes.
    if isinstance(value, int | float):
        return (1, value)
    return (2, value) if isinstance(value, str) else (3, value)
