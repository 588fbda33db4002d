"""A judged run as pandas frames: agents, scores of criteria, metrics, and what changed."""

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Final

import pandas as pd

from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import Report
from passmuster.domain.results import Score, Trial

SCORE_COLUMNS: Final = (
    "subject",
    "case",
    "repetition",
    "criterion",
    "value",
    "passed",
    "reason",
    "evidence",
    "is_advisory",
    "failure",
    "cost",
)
CHANGE_COLUMNS: Final = tuple(field.name for field in fields(CaseChange))
_BOUNDS: Final = ("lower", "upper")


def scores_frame(trials: Iterable[Trial]) -> pd.DataFrame:
    """Return one row for each criterion of each trial, with the columns of ``SCORE_COLUMNS``.

    A criterion that could not judge has no value, and the kind of its failure. ``evidence`` is JSON, since each kind of
    criterion has evidence of its own shape; reasons and evidence quote answers.
    """
    rows = [
        {
            "subject": trial.key.subject,
            "case": trial.key.case,
            "repetition": trial.key.repetition,
            "criterion": outcome.criterion,
            **_judged(outcome if isinstance(outcome, Score) else None),
            "failure": None if isinstance(outcome, Score) else outcome.failure.kind,
        }
        for trial in trials
        for outcome in trial.outcomes
    ]
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def agents_frame(report: Report) -> pd.DataFrame:
    """Return one row for each subject and agent: how often it was preferred and chosen, and its rates with bounds."""
    rows = [
        {
            "subject": subject.record.name,
            "agent": row.agent,
            "expected": row.expected,
            "chosen": row.chosen,
            **_bounded("precision", row.precision),
            **_bounded("recall", row.recall),
            "f1": row.f1,
        }
        for subject in report.subjects
        for row in subject.agents
    ]
    rates = [column for name in ("precision", "recall") for column in _bounded(name, None)]
    return pd.DataFrame(rows, columns=["subject", "agent", "expected", "chosen", *rates, "f1"])


def metrics_frame(report: Report) -> pd.DataFrame:
    """Return one row for each subject, metric and part of the cases, with bounds."""
    rows = [
        {
            "subject": subject.record.name,
            "metric": item.name,
            "subset": item.subset,
            **_bounded("value", item.estimate),
            "sample_size": item.estimate.sample_size,
        }
        for subject in report.subjects
        for item in subject.metrics
    ]
    return pd.DataFrame(rows, columns=["subject", "metric", "subset", *_bounded("value", None), "sample_size"])


def changes_frame(report: Report) -> pd.DataFrame:
    """Return one row for each case that is not as in the baseline, with the columns of ``CHANGE_COLUMNS``.

    Without a baseline there is no row.
    """
    changes = () if report.comparison is None else report.comparison.cases
    rows = [
        {name: _plain(getattr(change, name)) for name in CHANGE_COLUMNS}
        for change in changes
        if change.kind is not ChangeKind.UNCHANGED
    ]
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))


def _judged(score: Score | None) -> dict[str, object]:
    if score is None:
        return dict.fromkeys(("value", "passed", "reason", "evidence", "is_advisory", "cost"))
    cost = score.usage.cost
    return {
        "value": score.value,
        "passed": float(score.passed),
        "reason": score.reason,
        "evidence": json.dumps(score.evidence, ensure_ascii=False, sort_keys=True),
        "is_advisory": score.is_advisory,
        "cost": None if cost is None else float(cost),
    }


def _bounded(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    return {
        name: None if estimate is None else estimate.value,
        **{f"{name}_{bound}": None if estimate is None else getattr(estimate, bound) for bound in _BOUNDS},
    }


def _plain(value: object) -> object:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else value
