"""What trials will take: how many there are, what of it is there already, and tokens, money and seconds as ranges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, reduce

from passmuster.analysis.expenses import (
    ANYTHING,
    FREE,
    NOTHING,
    Amount,
    Consumed,
    Range,
    by_size,
    expected,
    predicted,
)
from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked
from passmuster.domain.cases import Request
from passmuster.domain.results import TrialPlan
from passmuster.domain.values import CaseIdentifier


class Source(StrEnum):
    """What a figure rests on."""

    NOBODY_ASKED = "nobody is asked"
    EARLIER_RUNS = "earlier runs"
    SIZES = "the size of what is sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What some trials take.

    Attributes:
        trials: How many.
        outputs: How many of them ask for an output, too.
        replayed: How many of the outputs are played from what was written before, at no price.
        stale: How many of the outputs have only a stale recording, and cannot be had.
        amount: Tokens and money.
        seconds: From the first trial to the last.
    """

    trials: int = 0
    outputs: int = 0
    replayed: int = 0
    stale: int = 0
    amount: Amount = FREE
    seconds: Range = NOTHING

    def plus(self, other: "Bill") -> "Bill":
        """Return what both take."""
        return Bill(
            trials=self.trials + other.trials,
            outputs=self.outputs + other.outputs,
            replayed=self.replayed + other.replayed,
            stale=self.stale + other.stale,
            amount=self.amount.plus(other.amount),
            seconds=self.seconds.plus(other.seconds),
        )


@dataclass(frozen=True, kw_only=True)
class Billing:
    """Reckons what trials of one subject take.

    Attributes:
        planned: The subject.
        roster: The agents.
        runs: What earlier runs of the very same subject consumed.
        free: Which parts of its answers are had without asking anybody, at no price.
        workers: How many trials are under way at the same time.
        most_written: The most tokens of one output; ``None`` without a limit.
        expected: By part of an answer what one trial of each case will take, where its requests are known.
    """

    planned: PlannedSubject
    roster: Roster
    runs: Sequence[Consumed]
    free: Asked
    workers: int
    most_written: int | None
    expected: Mapping[Asked, Mapping[CaseIdentifier, Amount]] = field(default_factory=dict)

    @property
    def sources(self) -> Mapping[Asked, Source]:
        """What the figures on choices and on outputs rest on."""
        usages = {
            Asked.ROUTING: [run.choices for run in self.runs],
            Asked.COMPLETION: [run.outputs for run in self.runs],
        }
        return {part: self._source(part, expected(found, 1) is not None) for part, found in usages.items()}

    def bill(self, plans: Sequence[TrialPlan]) -> Bill:
        """Return what some trials of this subject take."""
        outputs = [plan for plan in plans if Asked.COMPLETION in plan.asked]
        playable = [plan for plan in outputs if not self._is_stale(plan)]
        is_replayed = Asked.COMPLETION in self.free or self._was_replayed
        amount = self._choices(plans)
        if playable:
            amount = amount.plus(self._outputs(playable))
        return Bill(
            trials=len(plans),
            outputs=len(outputs),
            replayed=len(playable) if is_replayed else 0,
            stale=len(outputs) - len(playable),
            amount=amount,
            seconds=self._seconds(len(plans) - len(playable), len(playable)),
        )

    def _source(self, part: Asked, is_known: bool) -> Source:  # noqa: FBT001 - called here alone
        if part in self.free:
            return Source.NOBODY_ASKED
        return Source.EARLIER_RUNS if is_known else Source.SIZES

    @cached_property
    def _was_replayed(self) -> bool:
        """Whether earlier runs played every output, and wrote none."""
        written = sum(len(run.outputs) for run in self.runs)
        return written > 0 and written == sum(run.replayed for run in self.runs)

    def _is_stale(self, plan: TrialPlan) -> bool:
        foreseen = self.planned.subject.foresee(
            plan.case.request, repetition=plan.key.repetition, assigned=plan.assigned, asked=plan.asked
        )
        return foreseen is not None

    def _choices(self, plans: Sequence[TrialPlan]) -> Amount:
        if Asked.ROUTING in self.free or not plans:
            return FREE
        known = expected([run.choices for run in self.runs], len(plans))
        if known is None:
            known = self._expected(Asked.ROUTING, plans)
        if known is not None:
            return known
        catalogue = sum(len(agent.name) + len(agent.description) for agent in self.roster.agents)
        sent = sum(catalogue + _size(plan.case.request) for plan in plans)
        return by_size(sent, sent, most_written=None)

    def _outputs(self, plans: Sequence[TrialPlan]) -> Amount:
        known = expected([run.outputs for run in self.runs], len(plans))
        if known is not None:
            # Of a part that asks nobody this is what judging took.
            return known
        if Asked.COMPLETION in self.free:
            return FREE
        reckoned = self._expected(Asked.COMPLETION, plans)
        if reckoned is not None:
            return reckoned
        lengths = {agent.name: len(agent.instructions) for agent in self.roster.agents}
        shortest, longest = min(lengths.values(), default=0), max(lengths.values(), default=0)
        asked = sum(_size(plan.case.request) for plan in plans)
        # Where the choice decides who writes, nobody knows yet whose instructions will be sent.
        fewest = sum(lengths.get(plan.assigned, 0) if plan.assigned else shortest for plan in plans)
        most = sum(lengths.get(plan.assigned, 0) if plan.assigned else longest for plan in plans)
        written = None if self.most_written is None else self.most_written * len(plans)
        return by_size(asked + fewest, asked + most, most_written=written)

    def _expected(self, part: Asked, plans: Sequence[TrialPlan]) -> Amount | None:
        """Return what some trials will take by the requests that they send; ``None`` if one of them is not known."""
        amounts = [self.expected.get(part, {}).get(plan.key.case) for plan in plans]
        known = [amount for amount in amounts if amount is not None]
        return reduce(Amount.plus, known) if known and len(known) == len(amounts) else None

    def _seconds(self, choices: int, outputs: int) -> Range:
        spent = _known([run.seconds_of_choices for run in self.runs], choices)
        spent = spent.plus(_known([run.seconds_of_outputs for run in self.runs], outputs))
        asked = Asked.ROUTING | (Asked.COMPLETION if outputs else Asked.ROUTING)
        # What asks nobody waits for nobody: it is done one after another, however many may be under way.
        workers = 1 if asked in self.free else max(1, min(self.workers, choices + outputs))
        return spent.shared(workers)


def _known(runs: Sequence[Sequence[float]], count: int) -> Range:
    if not count:
        return NOTHING
    return predicted(runs, count) or ANYTHING


def _size(request: Request) -> int:
    return len(request.text) + sum(len(message.content) for message in request.history)
