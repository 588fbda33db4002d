"""Trials as rows and blobs, and back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from sqlalchemy import FromClause, RowMapping

from passmuster.adapters.stores.blobs import Blob, pack, unpack
from passmuster.adapters.stores.codec import COMPLETION, DECISION, FAILURE, JUDGEMENT, UNSCORED, Codec
from passmuster.adapters.stores.tables import BLOB, SCORE, TRIAL
from passmuster.domain.answers import Answer, Completion, Failure, RoutingDecision
from passmuster.domain.results import Outcome, Score, Trial, TrialKey

DECISIONS: Final = BLOB.alias("decisions")
COMPLETIONS: Final = BLOB.alias("completions")

LARGEST_INTEGER: Final = 2**63 - 1
"""What a column of whole numbers holds at most; counts in columns are cut off there."""

ValueT = TypeVar("ValueT")
AnswerT = TypeVar("AnswerT", RoutingDecision, Completion)
Part = RoutingDecision | Completion | Failure
Values = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedTrial:
    """A trial as it goes into the tables, but for the numbers of its run and cell.

    Attributes:
        key: The trial's key.
        is_finished: Whether a later delivery must leave it alone.
        columns: Of the table of trials.
        outcomes: The columns of the table of scores, one mapping each, in order.
        blobs: What both refer to.
    """

    key: TrialKey
    is_finished: bool
    columns: Values
    outcomes: tuple[Values, ...]
    blobs: tuple[Blob, ...]


def pack_trial(trial: Trial) -> PackedTrial:
    """Pack a trial."""
    answer = trial.answer
    routing, completion = _pack_part(answer.routing), _pack_part(answer.completion)
    details = [_pack_outcome(outcome) for outcome in trial.outcomes]
    columns = {
        "repetition": trial.key.repetition,
        "is_finished": trial.is_finished,
        "started_at": trial.started_at,
        "duration": trial.duration,
        "inclusion": trial.inclusion,
        "writer": answer.writer,
        "routing_status": _status(answer.routing),
        "routing_latency": _latency(answer.routing),
        "routing": routing.address if routing else None,
        "completion_status": _status(answer.completion),
        "completion_latency": _latency(answer.completion),
        "completion": completion.address if completion else None,
        **_choice(answer.routing),
        **_consumption(answer),
    }
    rows = [
        {**_judgement(outcome), "position": position, "detail": detail.address}
        for position, (outcome, detail) in enumerate(zip(trial.outcomes, details, strict=True))
    ]
    return PackedTrial(
        key=trial.key,
        is_finished=trial.is_finished,
        columns=columns,
        outcomes=tuple(rows),
        blobs=tuple(blob for blob in (routing, completion, *details) if blob),
    )


def _pack_part(part: Part | None) -> Blob | None:
    # The latency differs each time and is a column, so that equal answers share a blob.
    match part:
        case None:
            return None
        case RoutingDecision():
            return pack(DECISION.write(replace(part, latency=0.0)))
        case Completion():
            return pack(COMPLETION.write(replace(part, latency=0.0)))
        case Failure():
            return pack(FAILURE.write(part))


def _status(part: Part | None) -> str | None:
    if part is None:
        return None
    return "failed" if isinstance(part, Failure) else "answered"


def _latency(part: Part | None) -> float | None:
    return None if part is None or isinstance(part, Failure) else part.latency


def _choice(routing: RoutingDecision | Failure | None) -> Values:
    if not isinstance(routing, RoutingDecision):
        return {"chosen": None, "score": None, "margin": None}
    scores = {ranked.agent: ranked.score for ranked in reversed(routing.ranking)}
    best = routing.ranking[0].score if routing.ranking else None
    score = best if routing.chosen is None else scores.get(routing.chosen)
    return {"chosen": routing.chosen, "score": score, "margin": routing.margin}


def _consumption(answer: Answer) -> Values:
    parts = (answer.routing, answer.completion)
    usages = [part.usage for part in parts if isinstance(part, RoutingDecision | Completion)]
    costs = [float(usage.cost) for usage in usages if usage.cost is not None]
    return {
        "input_tokens": min(sum(usage.input_tokens for usage in usages), LARGEST_INTEGER),
        "output_tokens": min(sum(usage.output_tokens for usage in usages), LARGEST_INTEGER),
        # One unknown price makes the sum unknown: unknown is not free.
        "cost": sum(costs) if costs and len(costs) == len(usages) else None,
    }


def _pack_outcome(outcome: Outcome) -> Blob:
    return pack(JUDGEMENT.write(outcome) if isinstance(outcome, Score) else UNSCORED.write(outcome))


def _judgement(outcome: Outcome) -> Values:
    if isinstance(outcome, Score):
        return {"criterion": outcome.criterion, "value": outcome.value, "passed": outcome.passed}
    return {"criterion": outcome.criterion, "value": None, "passed": None}


class SharedReader(Generic[ValueT]):
    """Reads blobs of one type; equal blobs are read once, and their value is shared."""

    def __init__(self, codec: Codec[ValueT]) -> None:
        self._codec = codec
        self._values: dict[bytes, ValueT] = {}

    def read(self, blob: Blob) -> ValueT:
        """Return the value that a blob holds.

        Raises:
            StoreError: If it holds none.
        """
        found = self._values.get(blob.address)
        if found is None:
            found = self._values[blob.address] = self._codec.read(unpack(blob))
        return found


class TrialReader:
    """Makes trials of rows: ``DECISIONS`` and ``COMPLETIONS`` are the blobs that a row of trials is joined with."""

    def __init__(self) -> None:
        self._decisions = SharedReader(DECISION)
        self._completions = SharedReader(COMPLETION)
        self._failures = SharedReader(FAILURE)
        self._scores = SharedReader(JUDGEMENT)
        self._unscored = SharedReader(UNSCORED)

    def trial(self, row: RowMapping, key: TrialKey, outcomes: Sequence[Outcome]) -> Trial:
        """Return the trial of a row."""
        answer = Answer(
            routing=self._part(row, "routing", self._decisions, DECISIONS),
            completion=self._part(row, "completion", self._completions, COMPLETIONS),
            writer=row[TRIAL.c.writer],
        )
        return Trial(
            key=key,
            answer=answer,
            outcomes=tuple(outcomes),
            started_at=row[TRIAL.c.started_at],
            duration=_number(row[TRIAL.c.duration]),
            inclusion=row[TRIAL.c.inclusion],
        )

    def outcome(self, row: RowMapping) -> Outcome:
        """Return the outcome of a row of scores joined with its blob."""
        reader = self._unscored if row[SCORE.c.value] is None else self._scores
        return reader.read(blob_of(row, BLOB))

    def _part(
        self, row: RowMapping, name: str, answers: SharedReader[AnswerT], blobs: FromClause
    ) -> AnswerT | Failure | None:
        status = row[TRIAL.c[f"{name}_status"]]
        if status is None:
            return None
        blob = blob_of(row, blobs)
        if status == "failed":
            return self._failures.read(blob)
        return replace(answers.read(blob), latency=_number(row[TRIAL.c[f"{name}_latency"]]))


def blob_of(row: RowMapping, table: FromClause) -> Blob:
    """Return the blob in a row that was joined with the table of blobs, or with an alias of it."""
    column = table.c
    return Blob(address=row[column.address], codec=row[column.codec], size=row[column.size], data=row[column.data])


def _number(value: float | None) -> float:
    # SQLite keeps not-a-number as null.
    return math.nan if value is None else value
