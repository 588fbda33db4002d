"""Trials as rows and blobs, and back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar

from passmuster.adapters.stores.blobs import Blob, pack, unpack
from passmuster.adapters.stores.chains import SCORE, TRIAL, Digest, digest_of, trial_names, written
from passmuster.adapters.stores.codec import COMPLETION, DECISION, FAILURE, JUDGEMENT, UNSCORED, Codec
from passmuster.adapters.stores.tables import column, words
from passmuster.domain.answers import Answer, Completion, Failure, RoutingDecision
from passmuster.domain.results import Outcome, Score, Trial, TrialKey
from passmuster.domain.values import AgentName, CaseIdentifier, Fingerprint, SubjectName

LARGEST_INTEGER: Final = 2**63 - 1
"""What a column of whole numbers holds at most; counts in columns are cut off there."""

REMEMBERED: Final = 4_096
"""Values of one type that a reader shares between those that are equal; a run may have more of them than fit."""

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
        digest: Of all of it.
    """

    key: TrialKey
    is_finished: bool
    columns: Values
    outcomes: tuple[Values, ...]
    blobs: tuple[Blob, ...]
    digest: Digest


def pack_trial(trial: Trial) -> PackedTrial:
    """Pack a trial."""
    answer = trial.answer
    routing, completion = _pack_part(answer.routing), _pack_part(answer.completion)
    details = [_pack_outcome(outcome) for outcome in trial.outcomes]
    columns = {
        "repetition": trial.key.repetition,
        "is_finished": trial.is_finished,
        "started_at": column(trial.started_at),
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
    blobs = tuple(blob for blob in (routing, completion, *details) if blob)
    return PackedTrial(
        key=trial.key,
        is_finished=trial.is_finished,
        columns=columns,
        outcomes=tuple(rows),
        blobs=blobs,
        digest=_digest(trial.key, columns, rows, {blob.address: blob.digest.hex() for blob in blobs}),
    )


_TRIAL: Final = itemgetter(*TRIAL)
_SCORE: Final = itemgetter(*SCORE)


def _digest(key: TrialKey, columns: Values, outcomes: Sequence[Values], digests: Mapping[object, str]) -> Digest:
    # Addresses come last in both tables.
    *own, routing, completion = _TRIAL(columns)
    values = [key.case, key.subject, key.fingerprint, *own, digests.get(routing), digests.get(completion)]
    for outcome in outcomes:
        *own, detail = _SCORE(outcome)
        values += (*own, digests[detail])
    return digest_of(written(trial_names(len(outcomes)), values))


def _pack_part(part: Part | None) -> Blob | None:
    # The latency differs each time and is a column, so that equal answers share a blob.
    match part:
        case None:
            return None
        case RoutingDecision():
            return pack(DECISION.write(replace(part, latency=0.0) if part.latency else part))
        case Completion():
            return pack(COMPLETION.write(replace(part, latency=0.0) if part.latency else part))
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

    def read(self, address: bytes, codec: str, size: int, data: bytes) -> ValueT:
        """Return the value of a blob, given in parts: most of them need not be put together.

        Raises:
            StoreError: If it holds none.
        """
        found = self._values.get(address)
        if found is None:
            blob = Blob(address=address, codec=codec, size=size, data=data)
            found = self._codec.read(unpack(blob))
            if len(self._values) >= REMEMBERED:
                del self._values[next(iter(self._values))]
            self._values[address] = found
        return found


class TrialReader:
    """Makes trials of rows, whose columns are told by their place: to look for each by name takes longer than to read.

    Args:
        known: Texts of which one copy is enough, such as the names of the run's cases.
    """

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._texts = {text: text for text in known}
        self._decisions = SharedReader(DECISION)
        self._completions = SharedReader(COMPLETION)
        self._failures = SharedReader(FAILURE)
        self._scores = SharedReader(JUDGEMENT)
        self._unscored = SharedReader(UNSCORED)

    def trial(self, row: Sequence[Any], outcomes: Sequence[Outcome]) -> Trial:
        """Return the trial of a row of ``TRIALS``."""
        _, case, subject, fingerprint, repetition, started_at, duration, inclusion, writer = row[:PARTS_BEGIN]
        routing, completion = row[PARTS_BEGIN : PARTS_BEGIN + PART_SIZE], row[PARTS_BEGIN + PART_SIZE :]
        return Trial(
            key=TrialKey(
                case=CaseIdentifier(self._text(case)),
                subject=SubjectName(self._text(subject)),
                repetition=repetition,
                fingerprint=Fingerprint(words(fingerprint)),
            ),
            answer=Answer(
                routing=self._part(self._decisions, *routing),
                completion=self._part(self._completions, *completion),
                writer=None if writer is None else AgentName(self._text(writer)),
            ),
            outcomes=tuple(outcomes),
            started_at=datetime.fromisoformat(started_at),
            duration=_number(duration),
            inclusion=inclusion,
        )

    def outcome(self, row: Sequence[Any]) -> Outcome:
        """Return the outcome of a row of ``OUTCOMES``."""
        value, blob = row[2], row[3:]
        return self._unscored.read(*blob) if value is None else self._scores.read(*blob)

    def _text(self, kept: str) -> str:
        text = words(kept)
        return self._texts.setdefault(text, text)

    def _part(
        self,
        answers: SharedReader[AnswerT],
        status: str | None,
        latency: float | None,
        *blob: Any,  # noqa: ANN401 - columns
    ) -> AnswerT | Failure | None:
        if status is None:
            return None
        if status == "failed":
            return self._failures.read(*blob)
        answer, took = answers.read(*blob), _number(latency)
        return answer if answer.latency == took else replace(answer, latency=took)


def _number(value: float | None) -> float:
    # SQLite keeps not-a-number as null.
    return math.nan if value is None else value


def blob_columns(table: str) -> str:
    """Return the columns that :meth:`SharedReader.read` takes, of the table of blobs under a name."""
    return f"{table}.address, {table}.codec, {table}.size, {table}.data"


TRIALS: Final = f"""
    SELECT trial.cell, cell.case_identifier, cell.subject, cell.fingerprint, trial.repetition, trial.started_at,
        trial.duration, trial.inclusion, trial.writer,
        trial.routing_status, trial.routing_latency, {blob_columns("decision")},
        trial.completion_status, trial.completion_latency, {blob_columns("completion")}
    FROM trial JOIN cell ON cell.number = trial.cell
        LEFT JOIN blob AS decision ON decision.address = trial.routing
        LEFT JOIN blob AS completion ON completion.address = trial.completion
    WHERE trial.run = ?{{only}} ORDER BY trial.cell, trial.repetition"""  # noqa: S608 - names of our own
"""What trials are read from: the cell, the key, the trial, and both parts of the answer; with a place for ``only``."""

PARTS_BEGIN: Final = 9
"""Where the first part of the answer begins in a row of ``TRIALS``."""

PART_SIZE: Final = 6
"""How many columns a part of the answer has there."""

OUTCOMES: Final = f"""
    SELECT score.cell, score.repetition, score.value, {blob_columns("blob")}
    FROM score JOIN blob ON blob.address = score.detail
    WHERE score.run = ?{{only}} ORDER BY score.cell, score.repetition, score.position"""  # noqa: S608 - names of our own
"""What outcomes are read from, in the order of the trials, with the same place."""
