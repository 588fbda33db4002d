"""Metrics of one run: overall, by subset, by agent, and the confusion matrix."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING

from passmuster.analysis.case_rows import CaseRow, case_rows
from passmuster.analysis.inference import mean_estimate
from passmuster.analysis.means import FEWEST
from passmuster.analysis.quantiles import BOOTSTRAP, CONFIDENCE
from passmuster.analysis.slicing import ALL
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE, SLICED
from passmuster.domain.observations import NOBODY, Estimate, Snapshot
from passmuster.domain.reports import AgentRow, ConfusionMatrix, Metric, SubjectReport
from passmuster.domain.results import Run

if TYPE_CHECKING:
    from passmuster.analysis.resampling import Numbers

RESAMPLES = 2000
"""Bootstrap resamples of the cases for metrics that are no means over cases."""

Column = Callable[[CaseRow], float | None]

Kind = tuple[str, str, float, float]
"""What of a case counts for macro F1: the agent expected, the one chosen, the share of right choices, the weight."""


def _over_delegated(row: CaseRow) -> float | None:
    return None if row.expected != NOBODY or row.right is None else 1.0 - row.right


def _under_delegated(row: CaseRow) -> float | None:
    return None if row.expected == NOBODY else row.nobody


METRICS: dict[str, Column] = {
    "routing_accuracy": lambda row: row.right,
    "top3_accuracy": lambda row: row.top3,
    "forbidden_rate": lambda row: row.forbidden,
    "over_delegation_rate": _over_delegated,
    "under_delegation_rate": _under_delegated,
    "abstention_rate": lambda row: row.nobody,
    "rubric_pass_rate": lambda row: row.rubric_passed,
    "rubric_score": lambda row: row.rubric_score,
}
"""Metrics that are means of one number for each case; a case without that number does not count.

``top3_accuracy``: a right agent is among the first three of the ranking, over cases that prefer an agent.
``over_delegation_rate``: somebody took a request that nobody should take. ``under_delegation_rate``: nobody took a
request that an agent should take. ``abstention_rate``: nobody was chosen, rightly or not.
"""


def subject_reports(run: Run, snapshot: Snapshot | None = None) -> tuple[SubjectReport, ...]:
    """Return every subject's metrics, agents and confusion matrix, in the order of the suite; controls do not count."""
    own: dict[str, list[CaseRow]] = {}
    for row in case_rows(run, snapshot):
        if not row.control:
            own.setdefault(row.subject, []).append(row)
    agents = [*run.roster.names]
    return tuple(
        SubjectReport(
            record=record,
            metrics=tuple(_metrics(rows, run.manifest.seed)),
            agents=agent_rows(rows, agents),
            confusion=confusion_matrix(rows, agents),
        )
        for record in run.manifest.subjects
        if (rows := own.get(record.name))
    )


def agent_rows(rows: Sequence[CaseRow], agents: Sequence[str]) -> tuple[AgentRow, ...]:
    """Return precision, recall and F1 of every agent, and of nobody; acceptable choices are right ones."""
    found = []
    routed = _routed(rows)
    by_expected, by_chosen = _grouped(routed, lambda row: row.expected), _grouped(routed, lambda row: row.chosen)
    design = _Design.of(routed)
    for agent in _labels(routed, agents):
        expected, chosen = by_expected.get(agent, []), by_chosen.get(agent, [])
        precision, recall = design.mean(chosen, _rightness), design.mean(expected, _rightness)
        found.append(
            AgentRow(
                agent=agent,
                expected=len(expected),
                chosen=len(chosen),
                precision=precision,
                recall=recall,
                f1=_f1(precision, recall),
            )
        )
    return tuple(found)


def confusion_matrix(rows: Sequence[CaseRow], agents: Sequence[str]) -> ConfusionMatrix:
    """Count the preferred agent (rows) against the usual choice (columns)."""
    routed = [row for row in rows if row.chosen is not None]
    labels = _labels(routed, agents)
    counts = Counter((row.expected, row.chosen) for row in routed)
    return ConfusionMatrix(
        labels=labels, counts=tuple(tuple(counts[expected, chosen] for chosen in labels) for expected in labels)
    )


def macro_f1(rows: Sequence[CaseRow], *, seed: int) -> Estimate | None:
    """Estimate the mean over agents (and nobody) of F1, with a bootstrap over the cases (BCa).

    Labels that no case prefers and no choice names are left out; a label with only one of the two counts 0.

    Args:
        rows: Of one subject.
        seed: Of the resampling, so that equal runs have equal intervals.
    """
    routed = _routed(rows)
    return macro_f1_of(
        Counter((row.expected, str(row.chosen), row.right or 0.0, row.weight) for row in routed), seed=seed
    )


def macro_f1_of(kinds: Mapping[Kind, int], *, seed: int, resamples: int = RESAMPLES) -> Estimate | None:
    """Estimate macro F1 as :func:`macro_f1` does, of how many cases there are of each kind."""
    size = sum(kinds.values())
    if not size:
        return None
    if len(kinds) == 1:
        return _of_equal_cases(next(iter(kinds)), size)
    import numpy as np  # noqa: PLC0415 - takes a tenth of a second, and equal cases need none of it

    from passmuster.analysis.resampling import bootstrap_statistic  # noqa: PLC0415 - see above

    labels = sorted({name for kind in kinds for name in kind[:2]})
    # Cases that are alike in all that counts are drawn together, which is the same draw with fewer numbers.
    alike = sorted(kinds.items())
    cells = [cell for cell, _ in alike]
    right = np.array([cell[2] for cell in cells], dtype=float)
    expected = np.array([[cell[0] == label for label in labels] for cell in cells], dtype=float)
    chosen = np.array([[cell[1] == label for label in labels] for cell in cells], dtype=float)
    standing_for = np.array([cell[3] for cell in cells], dtype=float)

    def statistic(weights: "Numbers") -> "Numbers":
        return _macro_f1(weights * standing_for, right, expected, chosen)

    found = bootstrap_statistic(statistic, [count for _, count in alike], seed=seed, resamples=resamples)
    # Labels that a resample leaves out draw its value away from the one seen, which the interval must hold.
    return replace(found, lower=min(found.lower, found.value), upper=max(found.upper, found.value))


def _of_equal_cases(kind: Kind, size: int) -> Estimate:
    """Return what drawing again would find: whatever is drawn of equal cases is the same; of one, nobody can tell."""
    expected, chosen, right, _ = kind
    value = right if expected == chosen else 0.0
    if size < FEWEST:
        return Estimate(
            value=value, lower=0.0, upper=1.0, confidence=CONFIDENCE, sample_size=size, method="none: one case"
        )
    return Estimate(
        value=value,
        lower=value,
        upper=value,
        confidence=CONFIDENCE,
        sample_size=size,
        method=BOOTSTRAP,
    )


def _macro_f1(
    weights: "Numbers",
    right: "Numbers",
    expected: "Numbers",
    chosen: "Numbers",
) -> "Numbers":
    import numpy as np  # noqa: PLC0415 - see above

    hits = right[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.nan_to_num((weights @ (expected * hits)) / (weights @ expected))
        precision = np.nan_to_num((weights @ (chosen * hits)) / (weights @ chosen))
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    present = (weights @ (expected + chosen)) > 0
    return np.asarray((f1 * present).sum(axis=1) / present.sum(axis=1), dtype=float)


def _metrics(rows: Sequence[CaseRow], seed: int) -> Iterator[Metric]:
    design = _Design.of(rows)
    for name, column in METRICS.items():
        estimate = design.mean(rows, column)
        if estimate is not None:
            yield Metric(name=name, subset=ALL, estimate=estimate)
    macro = macro_f1(rows, seed=seed)
    if macro is not None:
        yield Metric(name="macro_f1", subset=ALL, estimate=macro)
    yield Metric(name=HARNESS_FAILURE_RATE, subset=ALL, estimate=_failure_rate(rows))
    for subset, chosen in subsets(rows):
        for name in SLICED:
            estimate = design.mean(chosen, METRICS[name])
            if estimate is not None:
                yield Metric(name=name, subset=subset, estimate=estimate)


def subsets(rows: Sequence[CaseRow]) -> Iterator[tuple[str, Sequence[CaseRow]]]:
    """Yield each subset by stratum, split and tag, as ``dimension=value`` with its rows, in order."""
    for dimension in ("stratum", "split"):
        found = _grouped(rows, attrgetter(dimension))
        for value in sorted(found):
            yield f"{dimension}={value}", found[value]
    tagged: defaultdict[str, list[CaseRow]] = defaultdict(list)
    for row in rows:
        for tag in row.tags:
            tagged[tag].append(row)
    for tag in sorted(tagged):
        yield f"tag={tag}", tagged[tag]


def _failure_rate(rows: Sequence[CaseRow]) -> Estimate:
    asked = sum(row.asked for row in rows)
    failures = sum(row.failures for row in rows)
    rate = failures / asked if asked else 0.0
    return Estimate(value=rate, lower=rate, upper=rate, confidence=1.0, sample_size=asked, method="exact")


def _routed(rows: Sequence[CaseRow]) -> list[CaseRow]:
    return [row for row in rows if row.right is not None]


def _rightness(row: CaseRow) -> float | None:
    return row.right


def _grouped(rows: Sequence[CaseRow], key: Callable[[CaseRow], str | None]) -> dict[str, list[CaseRow]]:
    found: defaultdict[str, list[CaseRow]] = defaultdict(list)
    for row in rows:
        found[str(key(row))].append(row)
    return found


def _labels(rows: Sequence[CaseRow], agents: Sequence[str]) -> tuple[str, ...]:
    known = set(agents) | {row.expected for row in rows} | {str(row.chosen) for row in rows}
    return (*sorted(known - {NOBODY}), NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """How cases stand to one another.

    Attributes:
        is_grouped: Whether some of them share anything with others.
        is_weighted: Whether some of them stand for more than themselves.
    """

    is_grouped: bool
    is_weighted: bool

    @staticmethod
    def of(rows: Sequence[CaseRow]) -> "_Design":
        return _Design(is_grouped=any(row.group for row in rows), is_weighted=any(row.weight != 1.0 for row in rows))

    def mean(self, rows: Sequence[CaseRow], column: Column) -> Estimate | None:
        counted = [(row, value) for row in rows if (value := column(row)) is not None]
        if not counted:
            return None
        return mean_estimate(
            [value for _, value in counted],
            clusters=[row.group or f"={row.case}" for row, _ in counted] if self.is_grouped else None,
            weights=[row.weight for row, _ in counted] if self.is_weighted else None,
        )


def _f1(precision: Estimate | None, recall: Estimate | None) -> float | None:
    if precision is None or recall is None:
        return None
    total = precision.value + recall.value
    return 2 * precision.value * recall.value / total if total else 0.0
