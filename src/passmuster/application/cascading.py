"""Use case: what a cascade of two subjects' routers would have cost and gained, from runs that are stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import inf
from statistics import fmean

from passmuster.analysis.cascade_curves import Asked, Curve, HeldOut, Point, curve_of, held_out
from passmuster.analysis.inference import mean_estimate
from passmuster.analysis.outcomes import routing_outcome
from passmuster.application.reviewing import find_run
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError, UnacceptableRunError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Estimate
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName, Usage
from passmuster.ports import Store

SEARCHED = 40
"""Stored runs among which those of the two subjects are looked for."""


_NOTHING = Usage()


class Signal(StrEnum):
    """What tells how sure the first router is."""

    MARGIN = "margin"
    CONFIDENCE = "confidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the stored runs.

    Attributes:
        suite: The suite's name.
        first: The subject that would always be asked.
        second: The subject that would be asked where the first is unsure.
        signal: What tells how sure the first is; ``None`` takes what it tells, its margin rather than its confidence.
        loss: How much less accurate than the better subject alone the cascade may be, from 0 to 1.
        split: Only cases of this split; ``None`` for all.
        run: Both subjects' run; ``None`` for the latest of each.
    """

    suite: str
    first: SubjectName
    second: SubjectName
    signal: Signal | None = None
    loss: float = 0.01
    split: str | None = None
    run: RunIdentifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one choice of a subject took on average.

    Attributes:
        tokens: Tokens read and written.
        seconds: How long it took.
        cost: In United States dollars; ``None`` where no price is known.
    """

    tokens: float
    seconds: float
    cost: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeStudy:
    """What the stored runs tell about a cascade.

    Attributes:
        runs: The first subject's run, and the second's.
        signal: What told how sure the first is.
        cases: How many both have answered.
        left_out: How many only one of them has, since the other failed.
        first: The accuracy of the first subject alone.
        second: The accuracy of the second subject alone.
        prices: What a choice of each took.
        curve: Every bound.
        chosen: The bound to take.
        held_out: What such a bound is worth on cases that had no part in choosing it.
    """

    runs: tuple[RunIdentifier, RunIdentifier]
    signal: Signal
    cases: int
    left_out: int
    first: Estimate
    second: Estimate
    prices: tuple[Price, Price]
    curve: Curve
    chosen: Point
    held_out: HeldOut


def study_cascade(store: Store, question: Question) -> CascadeStudy:
    """Study what a cascade of two subjects would have cost and gained.

    Raises:
        InvalidConfigurationError: If the two are one, or the first tells neither margin nor confidence.
        RunNotFoundError: If a subject has no complete run of all cases.
        UnacceptableRunError: If the runs are of different agents, or share no case that both answered.
    """
    _refuse_one(question)
    runs = (_run_with(store, question, question.first), _run_with(store, question, question.second))
    if runs[0].manifest.roster != runs[1].manifest.roster:
        message = f"runs {runs[0].manifest.identifier!r} and {runs[1].manifest.identifier!r} are of different agents"
        raise UnacceptableRunError(message, hint="run both subjects again, with `passmuster run`")
    cases = _shared_cases(runs, question.split)
    first, second = (
        _decisions(run, subject) for run, subject in zip(runs, (question.first, question.second), strict=True)
    )
    signal = question.signal or _signal_of(first)
    asked = [
        _asked(cases[name], first[name], second[name], signal) for name in cases if name in first and name in second
    ]
    if not asked:
        part = "" if question.split is None else f" of the split {question.split!r}"
        message = f"there is no case{part} that both {question.first!r} and {question.second!r} have answered"
        raise UnacceptableRunError(message, hint="run both subjects over the same cases, with `passmuster run`")
    _refuse_silence(asked, question, signal)
    curve = curve_of(asked)
    clusters = [item.group or item.case for item in asked]
    return CascadeStudy(
        runs=(runs[0].manifest.identifier, runs[1].manifest.identifier),
        signal=signal,
        cases=len(asked),
        left_out=len(cases) - len(asked),
        first=mean_estimate([item.first for item in asked], clusters=clusters),
        second=mean_estimate([item.second for item in asked], clusters=clusters),
        prices=(_price(first.values()), _price(second.values())),
        curve=curve,
        chosen=curve.cheapest(question.loss),
        held_out=held_out(asked, question.loss),
    )


def _run_with(store: Store, question: Question, subject: SubjectName) -> Run:
    """Return the run to read a subject's choices from."""
    if question.run is not None:
        run = find_run(store, question.suite, question.run)
        if subject not in {record.name for record in run.manifest.subjects}:
            message = f"run {question.run!r} has no subject {subject!r}"
            raise RunNotFoundError(message, hint="name a run of both subjects, or none, which takes the latest of each")
        return run
    for manifest in store.history(question.suite, limit=SEARCHED):
        if subject in {record.name for record in manifest.subjects} and not manifest.selection:
            run = store.load(manifest.identifier)
            if run.is_complete:
                return run
    message = f"the store has no complete run of subject {subject!r} over all cases of suite {question.suite!r}"
    raise RunNotFoundError(message, hint="make one with `passmuster run`")


def _shared_cases(runs: tuple[Run, Run], split: str | None) -> Mapping[CaseIdentifier, Case]:
    """Return the cases that both runs asked in the same words, in the first one's order; controls are in no metric."""
    known = {case.identifier: case.fingerprint for case in runs[1].cases}
    return {
        case.identifier: case
        for case in runs[0].cases
        if known.get(case.identifier) == case.fingerprint and not case.is_control and split in {None, case.split}
    }


def _decisions(run: Run, subject: SubjectName) -> Mapping[CaseIdentifier, Sequence[RoutingDecision]]:
    found: defaultdict[CaseIdentifier, list[RoutingDecision]] = defaultdict(list)
    for trial in sorted(run.trials, key=lambda trial: trial.key.repetition):
        if trial.key.subject == subject and isinstance(trial.answer.routing, RoutingDecision):
            found[trial.key.case].append(trial.answer.routing)
    return found


def _signal_of(decisions: Mapping[CaseIdentifier, Sequence[RoutingDecision]]) -> Signal:
    given = [decision for several in decisions.values() for decision in several]
    has_margins = any(decision.margin is not None for decision in given)
    return Signal.MARGIN if has_margins or not any(one.confidence is not None for one in given) else Signal.CONFIDENCE


def _asked(case: Case, first: Sequence[RoutingDecision], second: Sequence[RoutingDecision], signal: Signal) -> Asked:
    return Asked(
        case=case.identifier,
        group=case.group,
        surety=fmean(_surety(decision, signal) for decision in first),
        first=_rightness(case, first),
        second=_rightness(case, second),
    )


def _surety(decision: RoutingDecision, signal: Signal) -> float:
    """Return how sure a choice was; one of nobody, or one that does not tell, is as the cascade has it: unsure."""
    value = decision.margin if signal is Signal.MARGIN else decision.confidence
    return -inf if value is None or decision.chosen is None else value


def _rightness(case: Case, decisions: Sequence[RoutingDecision]) -> float:
    return fmean(routing_outcome(decision.chosen, case.expectation).is_right for decision in decisions)


def _refuse_one(question: Question) -> None:
    if question.first == question.second:
        finding = Finding(
            rule="same-subject",
            severity=Severity.ERROR,
            message=f"subject {question.first!r} is both the first and the second",
            hint="name two subjects of the suite",
        )
        raise InvalidConfigurationError([finding])


def _refuse_silence(asked: Sequence[Asked], question: Question, signal: Signal) -> None:
    if all(item.surety == -inf for item in asked):
        finding = Finding(
            rule="no-signal",
            severity=Severity.ERROR,
            message=f"subject {question.first!r} tells no {signal}, so there is nothing to set a bound to",
            hint="take a first subject whose router has scores, such as lexical",
        )
        raise InvalidConfigurationError([finding])


def _price(decisions: Iterable[Sequence[RoutingDecision]]) -> Price:
    """Return the mean price of a choice; where one was paid for and has no price, none is known."""
    given = [decision for several in decisions for decision in several]
    costs = [decision.usage.cost for decision in given if decision.usage != _NOTHING]
    known = [cost for cost in costs if cost is not None]
    return Price(
        tokens=fmean(decision.usage.input_tokens + decision.usage.output_tokens for decision in given),
        seconds=fmean(decision.latency for decision in given),
        cost=sum(known, Decimal(0)) / len(given) if known and len(known) == len(costs) else None,
    )
