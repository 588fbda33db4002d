"""The trials of a large run, to be counted: some tens of bytes each, without the texts.

What many trials have in common, such as who was chosen and what every criterion said, is kept once. Texts, scores and
margins are left out; what they show of a case is in its observation, which was made when they were at hand.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Generic, TypeVar, overload

from passmuster.domain.answers import Answer, Completion, Failure, RankedAgent, RoutingDecision
from passmuster.domain.judging import CALIBRATION
from passmuster.domain.observations import CaseObservation
from passmuster.domain.results import Outcome, Score, Trial, TrialKey
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName, Usage

Key = tuple[SubjectName, CaseIdentifier]
Reread = Callable[[Collection[Key]], Iterator[Sequence[Trial]]]
"""Reads the trials of some subjects and cases again, as they are stored."""

ValueT = TypeVar("ValueT")

RANKS: Final = 3
"""Places of a ranking that are counted; scores are left out."""

_NOTHING: Final = Usage()


class _Shared(Generic[ValueT]):
    """Values by number; those that count alike have one number.

    Args:
        key: What of a value counts.
        reduce: Leaves out the rest.
    """

    def __init__(self, key: Callable[[ValueT], Hashable], reduce: Callable[[ValueT], ValueT]) -> None:
        self.values: list[ValueT] = []
        self._numbers: dict[Hashable, int] = {}
        self._key, self._reduce = key, reduce

    def number(self, value: ValueT) -> int:
        key = self._key(value)
        found = self._numbers.get(key)
        if found is None:
            # Most trials count like one before, so that few values are made anew.
            found = self._numbers[key] = len(self.values)
            self.values.append(self._reduce(value))
        return found


class CompactTrials(Sequence[Trial]):
    """All trials of a run. Each is made anew when it is asked for, so whoever walks through them holds one.

    Attributes:
        cells: The trials of each subject and case, in order.
        reread: Reads some of them in full.
    """

    def __init__(self, started_at: datetime, reread: Reread) -> None:
        """Begin with none.

        Args:
            started_at: When the run began, which stands for when each trial did.
            reread: Reads some of them in full.
        """
        self.cells: dict[Key, CellTrials] = {}
        self.reread = reread
        self.started_at = started_at
        self._answers = _Shared[Answer](_key_of_answer, _bare_answer)
        self._outcomes = _Shared[tuple[Outcome, ...]](_keys_of, _bare_outcomes)
        self._usages = _Shared[Usage](_itself, _itself)
        self._usages.number(_NOTHING)
        self._fingerprints = _Shared[Fingerprint](_itself, _itself)
        self._numbers = tuple(array("I") for _ in range(6))
        self._durations, self._inclusions = array("d"), array("d")
        self._ordered: list[CellTrials] = []

    def add(self, trials: Sequence[Trial], observation: CaseObservation | None) -> None:
        """Take in all trials of one subject and case.

        Args:
            trials: As stored, at least one.
            observation: What they show; ``None`` where the run has no such case.
        """
        start = len(self._durations)
        for trial in trials:
            row = (
                trial.key.repetition,
                self._fingerprints.number(trial.key.fingerprint),
                self._answers.number(trial.answer),
                self._usages.number(_usage(trial.answer.routing)),
                self._usages.number(_usage(trial.answer.completion)),
                self._outcomes.number(trial.outcomes),
            )
            for numbers, number in zip(self._numbers, row, strict=True):
                numbers.append(number)
            self._durations.append(trial.duration)
            self._inclusions.append(trial.inclusion)
        key = (trials[0].key.subject, trials[0].key.case)
        cell = CellTrials(self, key, start, len(self._durations), observation)
        self.cells[key] = cell
        self._ordered.append(cell)

    def __len__(self) -> int:
        """Count them."""
        return len(self._durations)

    def __iter__(self) -> Iterator[Trial]:
        """Yield every trial, in the order of a loaded run."""
        for cell in self._ordered:
            yield from cell

    @overload
    def __getitem__(self, place: int) -> Trial: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Trial]: ...

    def __getitem__(self, place: int | slice) -> Trial | Sequence[Trial]:
        """Return one trial, or some."""
        if isinstance(place, slice):
            return tuple(self[at] for at in range(*place.indices(len(self))))
        at = range(len(self))[place]
        cell = next(cell for cell in self._ordered if at < cell.end)
        return next(self.made(cell.key, at, at + 1))

    def made(self, key: Key, start: int, end: int) -> Iterator[Trial]:
        """Make the trials of some places; the key is their subject and case."""
        subject, case = key
        fingerprints, outcomes, began = self._fingerprints.values, self._outcomes.values, self.started_at
        numbers = zip(*(column[start:end] for column in self._numbers), strict=True)
        seconds = zip(self._durations[start:end], self._inclusions[start:end], strict=True)
        for (repetition, fingerprint, answer, used, wrote, judged), (duration, inclusion) in zip(
            numbers, seconds, strict=True
        ):
            yield Trial(
                key=TrialKey(case=case, subject=subject, repetition=repetition, fingerprint=fingerprints[fingerprint]),
                answer=self._answer(answer, used, wrote),
                outcomes=outcomes[judged],
                started_at=began,
                duration=duration,
                inclusion=inclusion,
            )

    @property
    def least_inclusion(self) -> float:
        """The smallest probability with which a case was asked; 1 without any."""
        return min(self._inclusions, default=1.0)

    def kinds(self) -> Iterator[tuple[Trial, int]]:
        """Yield one trial of each subject, answer and judgement, without what it consumed, and how many are like it.

        They come in the order in which each was first seen.
        """
        counts: Counter[tuple[SubjectName, int, int]] = Counter()
        _, _, answers, _, _, judged = self._numbers
        first: dict[tuple[SubjectName, int, int], tuple[Key, int]] = {}
        for cell in self._ordered:
            places = slice(cell.start, cell.end)
            for at, (answer, outcomes) in enumerate(zip(answers[places], judged[places], strict=True), cell.start):
                kind = (cell.key[0], answer, outcomes)
                counts[kind] += 1
                first.setdefault(kind, (cell.key, at))
        for kind, (key, at) in first.items():
            yield next(self.made(key, at, at + 1)), counts[kind]

    def _answer(self, number: int, used: int, wrote: int) -> Answer:
        answer, usages = self._answers.values[number], self._usages.values
        if not used and not wrote:
            return answer
        routing, completion = answer.routing, answer.completion
        if used and isinstance(routing, RoutingDecision):
            routing = _routing(routing, routing.ranking, usages[used])
        if wrote and isinstance(completion, Completion):
            completion = _completion(completion, usages[wrote])
        return Answer(routing=routing, completion=completion, writer=answer.writer)


class CellTrials(Sequence[Trial]):
    """The trials of one subject and case of a large run.

    Attributes:
        whole: All trials of the run.
        key: The subject and the case.
        start: The place in the run of the first of them.
        end: The place after the last of them.
        observation: What they show, their texts included; ``None`` where the run has no such case.
    """

    __slots__ = ("end", "key", "observation", "start", "whole")

    def __init__(
        self, whole: CompactTrials, key: Key, start: int, end: int, observation: CaseObservation | None
    ) -> None:
        """Stand for some places of a run."""
        self.whole, self.key, self.start, self.end, self.observation = whole, key, start, end, observation

    def __len__(self) -> int:
        """Count them."""
        return self.end - self.start

    def __iter__(self) -> Iterator[Trial]:
        """Yield each, in the order of repetitions."""
        return self.whole.made(self.key, self.start, self.end)

    @overload
    def __getitem__(self, place: int) -> Trial: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Trial]: ...

    def __getitem__(self, place: int | slice) -> Trial | Sequence[Trial]:
        """Return one trial, or some."""
        places = range(self.start, self.end)[place]
        if isinstance(places, range):
            return tuple(self[at - self.start] for at in places)
        return next(self.whole.made(self.key, places, places + 1))


def cells_of(trials: Sequence[Trial]) -> Mapping[Key, CellTrials] | None:
    """Return the trials of a large run by subject and case; ``None`` of one that is held as it is."""
    return trials.cells if isinstance(trials, CompactTrials) else None


def is_sampled(trials: Sequence[Trial]) -> bool:
    """Whether some case was asked by chance only."""
    if isinstance(trials, CompactTrials):
        return trials.least_inclusion < 1
    return any(trial.inclusion < 1 for trial in trials)


def kinds_of(trials: Sequence[Trial]) -> Iterator[tuple[Trial, int]]:
    """Yield trials with how many are like them, for whoever counts by subject, answer and judgement alone.

    Those of a large run are made once for each kind; any other run's count one each.
    """
    return trials.kinds() if isinstance(trials, CompactTrials) else ((trial, 1) for trial in trials)


def _usage(part: RoutingDecision | Completion | Failure | None) -> Usage:
    return part.usage if isinstance(part, RoutingDecision | Completion) else _NOTHING


def _itself(value: ValueT) -> ValueT:
    return value


def _bare_answer(answer: Answer) -> Answer:
    """Leave out what differs with every answer, and what it consumed."""
    routing, completion = answer.routing, answer.completion
    if isinstance(routing, RoutingDecision):
        ranking = tuple(RankedAgent(agent=ranked.agent, score=0.0) for ranked in routing.ranking[:RANKS])
        routing = _routing(routing, ranking, _NOTHING)
    if isinstance(completion, Completion):
        completion = _completion(completion, _NOTHING)
    return Answer(routing=routing, completion=completion, writer=answer.writer)


def _key_of_answer(answer: Answer) -> Hashable:
    """Return what :func:`_bare_answer` leaves, quicker than by making it."""
    routing: Hashable = answer.routing
    completion: Hashable = answer.completion
    if isinstance(routing, RoutingDecision):
        agents = tuple([ranked.agent for ranked in routing.ranking[:RANKS]])
        routing = (
            routing.chosen,
            agents,
            routing.further,
            routing.refused,
            routing.model,
            routing.version,
            routing.made_on,
        )
    if isinstance(completion, Completion):
        completion = (
            completion.finish_reason,
            completion.model,
            completion.origin,
            completion.author,
            completion.made_on,
        )
    return routing, completion, answer.writer


def _routing(part: RoutingDecision, ranking: tuple[RankedAgent, ...], usage: Usage) -> RoutingDecision:
    # Naming the fields takes a quarter of the time of dataclasses.replace, and every count of trials makes each anew.
    return RoutingDecision(
        chosen=part.chosen,
        ranking=ranking,
        further=part.further,
        refused=part.refused,
        model=part.model,
        version=part.version,
        made_on=part.made_on,
        usage=usage,
    )


def _completion(part: Completion, usage: Usage) -> Completion:
    return Completion(
        text="",
        finish_reason=part.finish_reason,
        model=part.model,
        origin=part.origin,
        author=part.author,
        usage=usage,
        made_on=part.made_on,
    )


def _bare_outcomes(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    return tuple(map(_bare_outcome, outcomes))


def _bare_outcome(outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Score):
        return outcome
    evidence = {CALIBRATION: outcome.evidence[CALIBRATION]} if CALIBRATION in outcome.evidence else {}
    return replace(outcome, reason="", evidence=evidence)


def _keys_of(outcomes: tuple[Outcome, ...]) -> Hashable:
    return tuple([_key_of(outcome) for outcome in outcomes])


def _key_of(outcome: Outcome) -> Hashable:
    """Return what :func:`_bare_outcome` leaves."""
    if not isinstance(outcome, Score):
        return outcome
    return (
        outcome.criterion,
        outcome.value,
        outcome.passed,
        repr(outcome.evidence[CALIBRATION]) if CALIBRATION in outcome.evidence else "",
        outcome.usage,
        outcome.means,
        outcome.is_advisory,
    )
