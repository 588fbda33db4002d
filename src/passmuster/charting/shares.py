"""The recall of agents, and metrics by part of the cases, as forests."""

from passmuster.domain.reports import SubjectReport
from passmuster.drawing.forest import ForestChart, Row
from passmuster.texts.metrics import metric_label, subset_text


def agents_chart(subject: SubjectReport) -> ForestChart | None:
    """Return the recall of every agent that a case prefers, the lowest first; ``None`` without any."""
    rows = [Row(label=row.agent, estimate=row.recall) for row in subject.agents if row.recall is not None]
    ranked = sorted(rows, key=lambda row: (row.estimate.value, row.label))
    return ForestChart(what="Recall by agent", subject=subject.record.name, rows=tuple(ranked)) if rows else None


def subsets_chart(subject: SubjectReport) -> ForestChart | None:
    """Return the metrics by stratum, split and tag, in the order of the report; ``None`` without any."""
    parts = [item for item in subject.metrics if item.subset != "all"]
    names = dict.fromkeys(item.name for item in subject.metrics if item.subset != "all")
    labels = [metric_label(name).text for name in names]
    rows = [
        Row(
            label=subset_text(item.subset) + (f", {metric_label(item.name).text}" if len(names) > 1 else ""),
            estimate=item.estimate,
            group=item.subset.partition("=")[0],
        )
        for item in parts
    ]
    what = f"{' and '.join(labels)} by part" if labels else ""
    return ForestChart(what=what, subject=subject.record.name, rows=tuple(rows)) if rows else None
