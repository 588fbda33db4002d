"""Runs as pandas frames: one row for each trial, and one for each subject and case."""

from collections.abc import Sequence
from statistics import fmean

import pandas as pd

from passmuster.analysis.observing import asked_parts, choice_score, observe, trials_by_case, usual_choice
from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case, Expectation
from passmuster.domain.observations import NOBODY, CaseObservation, RoutingOutcome, Snapshot
from passmuster.domain.results import Run, Trial, Unscored

TOP = 3
"""How many places of a ranking count for ``top3``."""

TRIAL_COLUMNS = (
    "subject",
    "case",
    "repetition",
    "expected",
    "chosen",
    "outcome",
    "right",
    "top3",
    "score",
    "margin",
    "rubric_score",
    "rubric_passed",
    "origin",
    "failure",
)
CASE_COLUMNS = (
    "subject",
    "case",
    "expected",
    "chosen",
    "right",
    "top3",
    "forbidden",
    "nobody",
    "rubric_score",
    "rubric_passed",
    "failures",
    "asked",
    "stratum",
    "split",
    "tags",
    "group",
    "control",
    "weight",
)


def trials_frame(run: Run) -> pd.DataFrame:
    """Return one row for each trial, with the columns of ``TRIAL_COLUMNS``.

    ``expected`` and ``chosen`` are names, or ``(nobody)``; ``right`` and ``top3`` are 1 or 0; ``failure`` is the kind
    of the first failure, be it the choice's, the output's or a criterion's. What was not measured is missing (``None``
    or ``NaN``), never zero.
    """
    cases = {case.identifier: case for case in run.cases}
    rows = [_trial_row(trial, cases[trial.key.case]) for trial in run.trials]
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


def cases_frame(run: Run, snapshot: Snapshot | None = None) -> pd.DataFrame:
    """Return one row for each subject and case, with the columns of ``CASE_COLUMNS``.

    Rates are means over repetitions; ``nobody`` is the share of repetitions in which nobody was chosen. ``chosen`` is
    the usual choice; ``group`` is empty for a case that stands alone; ``asked`` counts the parts of answers that were
    wanted, ``failures`` those that failed in the harness; ``weight`` is how many cases it stands for, where some were
    drawn to stand for others.

    Args:
        run: The run.
        snapshot: The run as observed, where that has been done already.
    """
    cases = {case.identifier: case for case in run.cases}
    trials = trials_by_case(run)
    rows = [
        _case_row(item, cases[item.case], trials.get((item.subject, item.case), ()))
        for item in (snapshot or observe(run)).observations
    ]
    return pd.DataFrame(rows, columns=list(CASE_COLUMNS))


def _trial_row(trial: Trial, case: Case) -> dict[str, object]:
    decision = trial.answer.routing if isinstance(trial.answer.routing, RoutingDecision) else None
    completion = trial.answer.completion if isinstance(trial.answer.completion, Completion) else None
    outcome = None if decision is None else routing_outcome(decision.chosen, case.expectation)
    rubric = None if case.rubric is None else rubric_result(case.rubric, trial.outcomes)
    unscored = [item.failure for item in trial.outcomes if isinstance(item, Unscored)]
    parts = (trial.answer.routing, trial.answer.completion, *unscored)
    return {
        "subject": trial.key.subject,
        "case": trial.key.case,
        "repetition": trial.key.repetition,
        "expected": case.expectation.preferred or NOBODY,
        "chosen": None if decision is None else decision.chosen or NOBODY,
        "outcome": outcome,
        "right": None if outcome is None else float(outcome.is_right),
        "top3": None if decision is None else _in_top(decision, case.expectation),
        "score": None if decision is None else choice_score(decision),
        "margin": None if decision is None else decision.margin,
        "rubric_score": None if rubric is None else rubric.score,
        "rubric_passed": None if rubric is None else float(rubric.passed),
        "origin": None if completion is None else completion.origin,
        "failure": next((part.kind for part in parts if isinstance(part, Failure)), None),
    }


def _in_top(decision: RoutingDecision, expectation: Expectation) -> float | None:
    if expectation.preferred is None or not decision.ranking:
        return None
    right = {expectation.preferred} | expectation.acceptable | expectation.twins
    return float(any(ranked.agent in right for ranked in decision.ranking[:TOP]))


def _case_row(observation: CaseObservation, case: Case, trials: Sequence[Trial]) -> dict[str, object]:
    decisions = [trial.answer.routing for trial in trials if isinstance(trial.answer.routing, RoutingDecision)]
    top = [_in_top(decision, case.expectation) for decision in decisions]
    return {
        "subject": observation.subject,
        "case": observation.case,
        "expected": case.expectation.preferred or NOBODY,
        "chosen": usual_choice(observation.chosen) or None,
        "right": observation.routing_rate,
        "top3": _mean([value for value in top if value is not None]),
        "forbidden": _mean([outcome is RoutingOutcome.FORBIDDEN for outcome in observation.outcomes]),
        "nobody": _mean([choice is None for choice in observation.chosen]),
        "rubric_score": observation.rubric_score,
        "rubric_passed": observation.rubric_rate,
        "failures": observation.failures,
        "asked": sum(asked_parts(trial) for trial in trials),
        "stratum": str(case.stratum),
        "split": case.split,
        "tags": tuple(sorted(case.tags)),
        "group": case.group,
        "control": case.is_control,
        "weight": 1.0 / observation.inclusions[0] if observation.inclusions else 1.0,
    }


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
