"""All charts of a report, by the names of their files."""

import re
from typing import Final

from passmuster.charting.confusions import confusion_chart
from passmuster.charting.costs import costs_chart
from passmuster.charting.differences import difference_charts
from passmuster.charting.histories import history_chart
from passmuster.charting.shares import agents_chart, subsets_chart
from passmuster.domain.reports import Report, SubjectReport
from passmuster.drawing.rendering import Chart

_SLUG_LENGTH: Final = 40


CONFUSION: Final = "confusion"


def charts_of(report: Report) -> dict[str, Chart]:
    """Return every chart of a report that has something to show, in the order in which they are worth a look."""
    past, costs = history_chart(report.manifest.suite, report.past), costs_chart({"": report})
    found: dict[str, Chart] = {}
    for number, subject in enumerate(report.subjects, 1):
        own = subject_charts(report, subject)
        found |= {file_name(number, subject.record.name, name): chart for name, chart in own.items()}
    found |= {} if past is None else {"history": past}
    return found | ({} if costs is None else {"costs": costs})


def subject_charts(report: Report, subject: SubjectReport) -> dict[str, Chart]:
    """Return one subject's charts by what they show."""
    every: dict[str, Chart | None] = {
        CONFUSION: confusion_chart(subject),
        "agents": agents_chart(subject),
        "subsets": subsets_chart(subject),
    }
    every |= {difference_name(metric): chart for metric, chart in difference_charts(report, subject.record).items()}
    return {name: chart for name, chart in every.items() if chart is not None}


def difference_name(metric: str) -> str:
    """Return the name of the chart of a metric's differences."""
    return f"difference-of-{metric.replace('_', '-')}"


def file_name(number: int, subject: str, name: str) -> str:
    """Return the name of a chart's file, without an ending, made of a subject's name that people chose."""
    slug = re.sub(r"[^a-z0-9]+", "-", subject.lower())[:_SLUG_LENGTH].strip("-") or "subject"
    return f"{number}-{slug}-{name}"
