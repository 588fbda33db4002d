"""Which paired differences from a baseline are worth a look."""

from collections.abc import Iterable

from passmuster.domain.comparisons import Comparison, MetricChange
from passmuster.domain.values import SubjectName


def changed_metrics(comparison: Comparison, subject: SubjectName) -> dict[str, list[MetricChange]]:
    """Return a subject's paired differences by metric, without metrics of which no difference is anything but 0."""
    found: dict[str, list[MetricChange]] = {}
    for change in real_parts(comparison.metrics):
        if change.subject == subject:
            found.setdefault(change.metric, []).append(change)
    return {metric: changes for metric, changes in found.items() if any(item.difference.value for item in changes)}


def real_parts(changes: Iterable[MetricChange]) -> list[MetricChange]:
    """Leave out subsets that are all cases: they would say everything twice."""
    every = list(changes)
    sizes = {(item.subject, item.metric): item.difference.sample_size for item in every if item.subset == "all"}
    return [
        item
        for item in every
        if item.subset == "all" or item.difference.sample_size != sizes.get((item.subject, item.metric))
    ]
