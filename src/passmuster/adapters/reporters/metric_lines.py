"""One line for each metric of each subject: what it is now, how it differs, and how many cases make the difference."""

from collections import Counter
from dataclasses import dataclass

from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.metric_names import ROUTING_ACCURACY, ROUTING_COST, RUBRIC_PASS_RATE
from passmuster.domain.observations import Aspect, Estimate
from passmuster.domain.reports import Report
from passmuster.domain.values import SubjectName
from passmuster.texts.metrics import METRICS, metric_label
from passmuster.texts.numbers import (
    ABSENT,
    count,
    decimal,
    percent,
    percent_interval,
    points,
    points_interval,
)
from passmuster.texts.visible import visible

_ASPECTS = {ROUTING_ACCURACY: Aspect.ROUTING, RUBRIC_PASS_RATE: Aspect.OUTPUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLine:
    """One metric of one subject.

    Attributes:
        label: Its name for people.
        note: Whether lower is better.
        subject: Whose.
        now: Mean, interval and number of cases.
        change: The difference from the baseline in points with its interval; a dash where it is not known.
        improved: How many cases became right; a dash where the metric counts no cases.
        regressed: How many became wrong.
        is_main: Whether the metric is compared, or one of the two that a suite is about.
    """

    label: str
    note: str
    subject: str
    now: str
    change: str
    improved: str
    regressed: str
    is_main: bool


def metric_lines(report: Report) -> tuple[MetricLine, ...]:
    """Lay out every metric over all cases, a line for each subject that has it."""
    comparison = report.comparison
    metrics = () if comparison is None else comparison.metrics
    differences = {(item.subject, item.metric): item.difference for item in metrics if item.subset == "all"}
    cases = () if comparison is None else comparison.cases
    counts = Counter((change.subject, change.aspect, change.kind) for change in cases)

    def counted(subject: SubjectName, metric: str, kind: ChangeKind) -> str:
        aspect = _ASPECTS.get(metric)
        return ABSENT if aspect is None or not cases else count(counts[subject, aspect, kind])

    return tuple(
        MetricLine(
            label=visible(metric_label(name).text),
            note="lower is better" if metric_label(name).lower_is_better else "",
            subject=visible(subject.record.name),
            now=_now(name, estimate),
            change=_change(name, differences.get((subject.record.name, name))),
            improved=counted(subject.record.name, name, ChangeKind.FIXED),
            regressed=counted(subject.record.name, name, ChangeKind.BROKEN),
            is_main=name in _ASPECTS or (subject.record.name, name) in differences,
        )
        for name in _names(report)
        for subject in report.subjects
        if (estimate := subject.metric(name)) is not None
    )


def _names(report: Report) -> list[str]:
    """Return the metrics over all cases: known ones first, in the order of their table."""
    found = {item.name for subject in report.subjects for item in subject.metrics if item.subset == "all"}
    return [*(known for known in METRICS if known in found), *sorted(found - METRICS.keys())]


def _now(name: str, estimate: Estimate) -> str:
    interval = "" if estimate.method == "exact" else f"{percent_interval(estimate)}, "
    value = decimal(estimate.value) if name == ROUTING_COST else percent(estimate.value)
    return f"{value} ({'' if name == ROUTING_COST else interval}n {count(estimate.sample_size)})"


def _change(name: str, difference: Estimate | None) -> str:
    if difference is None:
        return ABSENT
    if name == ROUTING_COST:
        return decimal(difference.value)
    interval = "" if difference.lower == difference.upper else f" ({points_interval(difference)})"
    return f"{points(difference.value)}{interval}"
