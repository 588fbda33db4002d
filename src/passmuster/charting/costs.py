"""Cost against quality of the subjects of one run or several."""

from collections.abc import Mapping

from passmuster.analysis.cost_quality import costs_and_qualities
from passmuster.domain.reports import Report
from passmuster.drawing.costs import Candidate, CostsChart
from passmuster.texts.metrics import metric_label


def costs_chart(reports: Mapping[str, Report]) -> CostsChart | None:
    """Return the chart of some runs; ``None`` where nothing was measured.

    Args:
        reports: By what tells the runs apart, which is written beside a subject's name where there are several.
    """
    found = costs_and_qualities(list(reports.values()))
    candidates = [
        Candidate(
            name=f"{item.subject}, {run}" if len(reports) > 1 else item.subject, cost=item.cost, quality=item.quality
        )
        for run, items in zip(reports, found.runs, strict=True)
        for item in items
    ]
    if not candidates:
        return None
    suites = dict.fromkeys(report.manifest.suite for report in reports.values())
    return CostsChart(
        suite=", ".join(suites), unit=found.unit, metric=metric_label(found.metric).text, candidates=tuple(candidates)
    )
