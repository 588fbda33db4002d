"""Runs as pandas frames: one row for each trial, and one for each subject and case."""

import pandas as pd

from passmuster.analysis.observing import observe, usual_choice
from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case, Expectation
from passmuster.domain.results import Run, Trial
from passmuster.domain.verdicts import NOBODY, CaseObservation, RoutingOutcome

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
    "rubric_score",
    "rubric_passed",
    "failures",
    "asked",
    "stratum",
    "split",
    "tags",
)


def trials_frame(run: Run) -> pd.DataFrame:
    """Return one row for each trial, with the columns of ``TRIAL_COLUMNS``.

    ``expected`` and ``chosen`` are names, or ``(nobody)``; ``right`` and ``top3`` are 1 or 0; ``failure`` is the kind
    of the first failure. What was not measured is missing (``None`` or ``NaN``), never zero.
    """
    cases = {case.identifier: case for case in run.cases}
    rows = [_trial_row(trial, cases[trial.key.case]) for trial in run.trials]
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


def cases_frame(run: Run) -> pd.DataFrame:
    """Return one row for each subject and case, with the columns of ``CASE_COLUMNS``.

    Rates are means over repetitions. ``chosen`` is the usual choice; ``asked`` counts the parts of answers that were
    wanted, ``failures`` those that failed in the harness.
    """
    cases = {case.identifier: case for case in run.cases}
    trials = trials_frame(run)
    measured = trials.dropna(subset=["top3"]).groupby(["subject", "case"], sort=False)["top3"]
    top = {str(key): float(value) for key, value in measured.mean().items()}
    rows = [_case_row(observation, cases[observation.case], top) for observation in observe(run).observations]
    return pd.DataFrame(rows, columns=list(CASE_COLUMNS))


def _trial_row(trial: Trial, case: Case) -> dict[str, object]:
    decision = trial.answer.routing if isinstance(trial.answer.routing, RoutingDecision) else None
    completion = trial.answer.completion if isinstance(trial.answer.completion, Completion) else None
    outcome = None if decision is None else routing_outcome(decision.chosen, case.expectation)
    rubric = None if case.rubric is None else rubric_result(case.rubric, trial.outcomes)
    parts = (trial.answer.routing, trial.answer.completion)
    return {
        "subject": trial.key.subject,
        "case": trial.key.case,
        "repetition": trial.key.repetition,
        "expected": case.expectation.preferred or NOBODY,
        "chosen": None if decision is None else decision.chosen or NOBODY,
        "outcome": outcome,
        "right": None if outcome is None else float(outcome.is_right),
        "top3": None if decision is None else _in_top(decision, case.expectation),
        "score": decision.ranking[0].score if decision and decision.ranking else None,
        "margin": None if decision is None else decision.margin,
        "rubric_score": None if rubric is None else rubric.score,
        "rubric_passed": None if rubric is None else float(rubric.passed),
        "origin": None if completion is None else completion.origin,
        "failure": next((part.kind for part in parts if isinstance(part, Failure)), None),
    }


def _in_top(decision: RoutingDecision, expectation: Expectation) -> float | None:
    if expectation.preferred is None or not decision.ranking:
        return None
    right = {expectation.preferred} | expectation.acceptable
    return float(any(ranked.agent in right for ranked in decision.ranking[:TOP]))


def _case_row(observation: CaseObservation, case: Case, top: dict[str, float]) -> dict[str, object]:
    outcomes = observation.outcomes
    forbidden = [outcome is RoutingOutcome.FORBIDDEN for outcome in outcomes]
    return {
        "subject": observation.subject,
        "case": observation.case,
        "expected": case.expectation.preferred or NOBODY,
        "chosen": usual_choice(observation.chosen) or None,
        "right": observation.routing_rate,
        "top3": top.get(str((observation.subject, observation.case))),
        "forbidden": sum(forbidden) / len(forbidden) if forbidden else None,
        "rubric_score": observation.rubric_score,
        "rubric_passed": observation.rubric_rate,
        "failures": observation.failures,
        "asked": len(outcomes) + len(observation.passed) + observation.failures,
        "stratum": str(case.stratum),
        "split": case.split,
        "tags": tuple(sorted(case.tags)),
    }
