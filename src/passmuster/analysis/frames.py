"""Runs as pandas frames: one row for each trial, and one for each subject and case."""

from collections.abc import Sequence
from dataclasses import fields

import pandas as pd

from passmuster.analysis.case_rows import CaseRow, case_rows, in_top
from passmuster.analysis.observing import choice_score
from passmuster.analysis.outcomes import routing_outcome, rubric_result
from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.observations import NOBODY, Snapshot
from passmuster.domain.results import Run, Trial, Unscored
from passmuster.domain.values import Usage

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
    "started_at",
    "duration",
    "model",
    "input_tokens",
    "output_tokens",
    "cost",
)
CASE_COLUMNS = tuple(field.name for field in fields(CaseRow))


def trials_frame(run: Run) -> pd.DataFrame:
    """Return one row for each trial, with the columns of ``TRIAL_COLUMNS``.

    ``expected`` and ``chosen`` are names, or ``(nobody)``; ``right`` and ``top3`` are 1 or 0; ``failure`` is the kind
    of the first failure, be it the choice's, the output's or a criterion's; ``duration`` is in seconds, ``cost`` in
    United States dollars. What was not measured is missing (``None`` or ``NaN``), never zero.
    """
    cases = {case.identifier: case for case in run.cases}
    rows = [_trial_row(trial, cases[trial.key.case]) for trial in run.trials]
    return pd.DataFrame(rows, columns=list(TRIAL_COLUMNS))


def cases_frame(run: Run, snapshot: Snapshot | None = None) -> pd.DataFrame:
    """Return one row for each subject and case, with the columns of :class:`CaseRow`.

    Args:
        run: The run.
        snapshot: The run as observed, where that has been done already.
    """
    rows = [[getattr(row, name) for name in CASE_COLUMNS] for row in case_rows(run, snapshot)]
    return pd.DataFrame(rows, columns=list(CASE_COLUMNS))


def _trial_row(trial: Trial, case: Case) -> dict[str, object]:
    decision = trial.answer.routing if isinstance(trial.answer.routing, RoutingDecision) else None
    completion = trial.answer.completion if isinstance(trial.answer.completion, Completion) else None
    outcome = None if decision is None else routing_outcome(decision.chosen, case.expectation)
    rubric = None if case.rubric is None else rubric_result(case.rubric, trial.outcomes)
    unscored = [item.failure for item in trial.outcomes if isinstance(item, Unscored) and not item.is_left_out]
    parts = (trial.answer.routing, trial.answer.completion, *unscored)
    return {
        "subject": trial.key.subject,
        "case": trial.key.case,
        "repetition": trial.key.repetition,
        "expected": case.expectation.preferred or NOBODY,
        "chosen": None if decision is None else decision.chosen or NOBODY,
        "outcome": outcome,
        "right": None if outcome is None else float(outcome.is_right),
        "top3": None if decision is None else in_top(decision, case.expectation),
        "score": None if decision is None else choice_score(decision),
        "margin": None if decision is None else decision.margin,
        "rubric_score": None if rubric is None else rubric.score,
        "rubric_passed": None if rubric is None else float(rubric.passed),
        "origin": None if completion is None else completion.origin,
        "failure": next((part.kind for part in parts if isinstance(part, Failure)), None),
        "started_at": trial.started_at,
        "duration": trial.duration,
        "model": next((part.model for part in (completion, decision) if part is not None and part.model), None),
        **_consumption([part.usage for part in (decision, completion) if part is not None]),
    }


def _consumption(usages: Sequence[Usage]) -> dict[str, object]:
    """Return what choosing and writing took together; a cost only where every part of it is known."""
    costs = [usage.cost for usage in usages]
    known = [float(cost) for cost in costs if cost is not None]
    return {
        "input_tokens": sum(usage.input_tokens for usage in usages),
        "output_tokens": sum(usage.output_tokens for usage in usages),
        "cost": sum(known) if known and len(known) == len(costs) else None,
    }
