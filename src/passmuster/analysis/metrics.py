"""Metrics of one run: overall, by subset, by agent, and the confusion matrix."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from passmuster.analysis.frames import cases_frame
from passmuster.analysis.inference import mean_estimate
from passmuster.analysis.means import FEWEST
from passmuster.analysis.quantiles import CONFIDENCE
from passmuster.analysis.resampling import Numbers, bootstrap_statistic
from passmuster.analysis.slicing import ALL
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE, SLICED
from passmuster.domain.observations import NOBODY, Estimate, Snapshot
from passmuster.domain.reports import AgentRow, ConfusionMatrix, Metric, SubjectReport
from passmuster.domain.results import Run

RESAMPLES = 2000
"""Bootstrap resamples of the cases for metrics that are no means over cases."""

Column = Callable[[pd.DataFrame], pd.Series]


def _over_delegated(frame: pd.DataFrame) -> pd.Series:
    asked = frame[(frame["expected"] == NOBODY) & frame["right"].notna()]
    return 1.0 - asked["right"]


def _under_delegated(frame: pd.DataFrame) -> pd.Series:
    return frame[frame["expected"] != NOBODY]["nobody"]


METRICS: dict[str, Column] = {
    "routing_accuracy": lambda frame: frame["right"],
    "top3_accuracy": lambda frame: frame["top3"],
    "forbidden_rate": lambda frame: frame["forbidden"],
    "over_delegation_rate": _over_delegated,
    "under_delegation_rate": _under_delegated,
    "abstention_rate": lambda frame: frame["nobody"],
    "rubric_pass_rate": lambda frame: frame["rubric_passed"],
    "rubric_score": lambda frame: frame["rubric_score"],
}
"""Metrics that are means of one number for each case; a case without that number does not count.

``top3_accuracy``: a right agent is among the first three of the ranking, over cases that prefer an agent.
``over_delegation_rate``: somebody took a request that nobody should take. ``under_delegation_rate``: nobody took a
request that an agent should take. ``abstention_rate``: nobody was chosen, rightly or not.
"""


def subject_reports(run: Run, snapshot: Snapshot | None = None) -> tuple[SubjectReport, ...]:
    """Return every subject's metrics, agents and confusion matrix, in the order of the suite; controls do not count."""
    frame = cases_frame(run, snapshot)
    agents = [*run.roster.names]
    return tuple(
        SubjectReport(
            record=record,
            metrics=tuple(_metrics(rows, run.manifest.seed)),
            agents=agent_rows(rows, agents),
            confusion=confusion_matrix(rows, agents),
        )
        for record in run.manifest.subjects
        if not (rows := frame[(frame["subject"] == record.name) & ~frame["control"]]).empty
    )


def agent_rows(frame: pd.DataFrame, agents: Sequence[str]) -> tuple[AgentRow, ...]:
    """Return precision, recall and F1 of every agent, and of nobody; acceptable choices are right ones."""
    rows = []
    routed = frame[frame["right"].notna()]
    nothing = routed["right"].iloc[:0]
    by_expected = dict(iter(routed.groupby("expected")["right"]))
    by_chosen = dict(iter(routed.groupby("chosen")["right"]))
    design = _Design.of(routed)
    for agent in _labels(routed, agents):
        expected = by_expected.get(agent, nothing)
        chosen = by_chosen.get(agent, nothing)
        precision, recall = design.mean(chosen), design.mean(expected)
        rows.append(
            AgentRow(
                agent=agent,
                expected=len(expected),
                chosen=len(chosen),
                precision=precision,
                recall=recall,
                f1=_f1(precision, recall),
            )
        )
    return tuple(rows)


def confusion_matrix(frame: pd.DataFrame, agents: Sequence[str]) -> ConfusionMatrix:
    """Count the preferred agent (rows) against the usual choice (columns)."""
    routed = frame[frame["chosen"].notna()]
    labels = _labels(routed, agents)
    table = pd.crosstab(routed["expected"], routed["chosen"]).reindex(
        index=list(labels), columns=list(labels), fill_value=0
    )
    counts = tuple(tuple(int(count) for count in row) for row in table.to_numpy())
    return ConfusionMatrix(labels=labels, counts=counts)


def macro_f1(frame: pd.DataFrame, *, seed: int) -> Estimate | None:
    """Estimate the mean over agents (and nobody) of F1, with a bootstrap over the cases (BCa).

    Labels that no case prefers and no choice names are left out; a label with only one of the two counts 0.

    Args:
        frame: The rows of one subject from ``cases_frame``.
        seed: Of the resampling, so that equal runs have equal intervals.
    """
    routed = frame[frame["right"].notna()]
    if routed.empty:
        return None
    labels = sorted(set(routed["expected"]) | set(routed["chosen"]))
    # Cases that are alike in all that counts are drawn together, which is the same draw with fewer numbers.
    alike = routed.groupby(["expected", "chosen", "right", "weight"], sort=True).size()
    cells = alike.index.to_frame(index=False)
    right = cells["right"].to_numpy(dtype=float)
    expected = np.array([cells["expected"] == label for label in labels], dtype=float).T
    chosen = np.array([cells["chosen"] == label for label in labels], dtype=float).T
    standing_for = cells["weight"].to_numpy(dtype=float)

    def statistic(weights: Numbers) -> Numbers:
        return _macro_f1(weights * standing_for, right, expected, chosen)

    if len(routed) < FEWEST:
        value = float(statistic(np.ones((1, 1)))[0])
        return Estimate(
            value=value, lower=0.0, upper=1.0, confidence=CONFIDENCE, sample_size=1, method="none: one case"
        )
    found = bootstrap_statistic(statistic, alike.to_list(), seed=seed, resamples=RESAMPLES)
    # Labels that a resample leaves out draw its value away from the one seen, which the interval must hold.
    return replace(found, lower=min(found.lower, found.value), upper=max(found.upper, found.value))


def _macro_f1(
    weights: Numbers,
    right: Numbers,
    expected: Numbers,
    chosen: Numbers,
) -> Numbers:
    hits = right[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.nan_to_num((weights @ (expected * hits)) / (weights @ expected))
        precision = np.nan_to_num((weights @ (chosen * hits)) / (weights @ chosen))
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    present = (weights @ (expected + chosen)) > 0
    return np.asarray((f1 * present).sum(axis=1) / present.sum(axis=1), dtype=float)


def _metrics(frame: pd.DataFrame, seed: int) -> Iterator[Metric]:
    design = _Design.of(frame)
    for name, column in METRICS.items():
        estimate = design.mean(column(frame).dropna())
        if estimate is not None:
            yield Metric(name=name, subset=ALL, estimate=estimate)
    macro = macro_f1(frame, seed=seed)
    if macro is not None:
        yield Metric(name="macro_f1", subset=ALL, estimate=macro)
    yield Metric(name=HARNESS_FAILURE_RATE, subset=ALL, estimate=_failure_rate(frame))
    for subset, rows in subsets(frame):
        for name in SLICED:
            estimate = design.mean(METRICS[name](rows).dropna())
            if estimate is not None:
                yield Metric(name=name, subset=subset, estimate=estimate)


def subsets(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each subset by stratum, split and tag, as ``dimension=value`` with its rows, in order."""
    for dimension in ("stratum", "split"):
        for value in sorted(set(frame[dimension])):
            yield f"{dimension}={value}", frame[frame[dimension] == value]
    for tag in sorted({tag for tags in frame["tags"] for tag in tags}):
        yield f"tag={tag}", frame[[tag in tags for tags in frame["tags"]]]


def _failure_rate(frame: pd.DataFrame) -> Estimate:
    asked = int(frame["asked"].sum())
    failures = int(frame["failures"].sum())
    rate = failures / asked if asked else 0.0
    return Estimate(value=rate, lower=rate, upper=rate, confidence=1.0, sample_size=asked, method="exact")


def _labels(frame: pd.DataFrame, agents: Sequence[str]) -> tuple[str, ...]:
    known = set(agents) | set(frame["expected"]) | set(frame["chosen"])
    return (*sorted(known - {NOBODY}), NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """How the cases of a frame stand to one another.

    Attributes:
        groups: What each case shares with others, one that stands alone with itself only; ``None`` if all stand alone.
        weights: How many cases each stands for; ``None`` if each stands for itself.
    """

    groups: pd.Series | None
    weights: pd.Series | None

    @staticmethod
    def of(frame: pd.DataFrame) -> "_Design":
        group, weight = frame["group"], frame["weight"]
        return _Design(
            groups=group.where(group != "", "=" + frame["case"]) if group.any() else None,
            weights=weight if (weight != 1.0).any() else None,
        )

    def mean(self, values: pd.Series) -> Estimate | None:
        if values.empty:
            return None
        return mean_estimate(
            [float(value) for value in values],
            clusters=None if self.groups is None else self.groups.loc[values.index].tolist(),
            weights=None if self.weights is None else self.weights.loc[values.index].tolist(),
        )


def _f1(precision: Estimate | None, recall: Estimate | None) -> float | None:
    if precision is None or recall is None:
        return None
    total = precision.value + recall.value
    return 2 * precision.value * recall.value / total if total else 0.0
