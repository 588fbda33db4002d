"""One row of numbers for each subject and case, from which all metrics and subsets come."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from passmuster.analysis.observing import asked_parts, observe, trials_by_case, usual_choice
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case, Expectation
from passmuster.domain.observations import NOBODY, CaseObservation, RoutingOutcome, Snapshot
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import CaseIdentifier, SubjectName

TOP = 3
"""How many places of a ranking count for ``top3``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One subject and case in numbers; what was not measured is ``None``, never zero.

    Attributes:
        subject: Who answered.
        case: What was asked.
        expected: The preferred agent, or ``(nobody)``.
        chosen: The usual choice, or ``(nobody)``.
        right: The share of right choices.
        top3: The share of rankings that have a right agent among the first three.
        forbidden: The share of forbidden choices.
        nobody: The share of repetitions in which nobody was chosen.
        rubric_score: The mean score of the output.
        rubric_passed: The share of outputs that passed.
        failures: The parts of answers that failed in the harness.
        asked: The parts of answers that were wanted.
        stratum: The case's.
        split: The case's.
        tags: The case's, in order.
        group: What the case shares with others; empty for a case that stands alone.
        control: Whether the case tests the set-up.
        weight: How many cases it stands for, where some were drawn to stand for others.
    """

    subject: SubjectName
    case: CaseIdentifier
    expected: str
    chosen: str | None
    right: float | None
    top3: float | None
    forbidden: float | None
    nobody: float | None
    rubric_score: float | None
    rubric_passed: float | None
    failures: int
    asked: int
    stratum: str
    split: str
    tags: tuple[str, ...]
    group: str
    control: bool
    weight: float


def case_rows(run: Run, snapshot: Snapshot | None = None) -> list[CaseRow]:
    """Return one row for each subject and case; rates are means over repetitions.

    Args:
        run: The run.
        snapshot: The run as observed, where that has been done already.
    """
    cases = {case.identifier: case for case in run.cases}
    trials = trials_by_case(run)
    return [
        _row(item, cases[item.case], trials.get((item.subject, item.case), ()))
        for item in (snapshot or observe(run)).observations
    ]


def in_top(decision: RoutingDecision, expectation: Expectation) -> float | None:
    """Return whether a right agent is among the first of a ranking, as 1 or 0; ``None`` where that means nothing."""
    if expectation.preferred is None or not decision.ranking:
        return None
    right = {expectation.preferred} | expectation.acceptable | expectation.twins
    return float(any(ranked.agent in right for ranked in decision.ranking[:TOP]))


def _row(observation: CaseObservation, case: Case, trials: Sequence[Trial]) -> CaseRow:
    decisions = [trial.answer.routing for trial in trials if isinstance(trial.answer.routing, RoutingDecision)]
    top = [in_top(decision, case.expectation) for decision in decisions]
    return CaseRow(
        subject=observation.subject,
        case=observation.case,
        expected=case.expectation.preferred or NOBODY,
        chosen=usual_choice(observation.chosen) or None,
        right=observation.routing_rate,
        top3=_mean([value for value in top if value is not None]),
        forbidden=_mean([outcome is RoutingOutcome.FORBIDDEN for outcome in observation.outcomes]),
        nobody=_mean([choice is None for choice in observation.chosen]),
        rubric_score=observation.rubric_score,
        rubric_passed=observation.rubric_rate,
        failures=observation.failures,
        asked=sum(asked_parts(trial) for trial in trials),
        stratum=str(case.stratum),
        split=case.split,
        tags=tuple(sorted(case.tags)),
        group=case.group,
        control=case.is_control,
        weight=1.0 / observation.inclusions[0] if observation.inclusions else 1.0,
    )


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
