"""What differs from the baseline, metric by metric, with the drops that the gate allows."""

from collections.abc import Iterator, Sequence
from typing import Final

from passmuster.analysis.changed_metrics import changed_metrics
from passmuster.domain.comparisons import MetricChange
from passmuster.domain.metric_names import SLICED
from passmuster.domain.reports import Report
from passmuster.domain.results import SubjectRecord
from passmuster.domain.verdicts import GateFinding
from passmuster.drawing.differences import DifferenceRow, DifferencesChart
from passmuster.texts.metrics import metric_label, subset_text

MOST_ROWS: Final = 30
"""So many rows are drawn: all cases, what stands out, then parts with most cases."""

_DIMENSIONS: Final = ("all", "stratum", "split", "agent", "tag")
"""In the order of the rows; agents and tags with most cases come first."""


def difference_charts(report: Report, subject: SubjectRecord) -> dict[str, DifferencesChart]:
    """Return a subject's differences by metric; there is none where nothing differs."""
    comparison = report.comparison
    if comparison is None:
        return {}
    return {
        metric: _chart(report, subject, metric, changes)
        for metric, changes in changed_metrics(comparison, subject.name).items()
        if metric in SLICED
    }


def _chart(report: Report, subject: SubjectRecord, metric: str, changes: Sequence[MetricChange]) -> DifferencesChart:
    # Without noise a row of nothing says nothing.
    drawn = [item for item in changes if item.subset == "all" or item.difference.value or not subject.is_deterministic]
    ranked = sorted(drawn, key=_place)
    kept = sorted(ranked, key=lambda item: not (item.subset == "all" or item.is_notable))[:MOST_ROWS]
    margins = dict(_margins(report.verdict.findings, subject, metric))
    return DifferencesChart(
        metric=metric_label(metric).text,
        subject=subject.name,
        against="the baseline" if report.comparison is None else report.comparison.against,
        rows=tuple(_row(item, margins.get(item.subset)) for item in sorted(kept, key=_place)),
        left_out=len(drawn) - len(kept),
    )


def _place(item: MetricChange) -> tuple[int, int, str]:
    dimension = item.subset.partition("=")[0]
    number = _DIMENSIONS.index(dimension) if dimension in _DIMENSIONS else len(_DIMENSIONS)
    return number, -item.difference.sample_size if dimension in {"agent", "tag"} else 0, item.subset


def _row(change: MetricChange, margin: float | None) -> DifferenceRow:
    return DifferenceRow(
        label=subset_text(change.subset),
        difference=change.difference,
        group=change.subset.partition("=")[0],
        is_all=change.subset == "all",
        is_notable=change.is_notable,
        margin=margin,
    )


def _margins(findings: Sequence[GateFinding], subject: SubjectRecord, metric: str) -> Iterator[tuple[str, float]]:
    for finding in findings:
        rule = finding.rule
        if finding.subject == subject.name and rule.metric == metric and rule.maximum_drop is not None:
            yield finding.subset or rule.subset or "all", rule.maximum_drop
