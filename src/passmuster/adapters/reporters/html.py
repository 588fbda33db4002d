"""The report as one self-contained page, for a reviewer with a browser and nothing else.

The page asks for nothing from any network: its stylesheet, its script, its data and its charts are inside it, and a
content security policy, which names the hashes of the first two, allows nothing more
(https://www.w3.org/TR/CSP3/#grammardef-hash-source). What decides about a merge can be read without the script, which
adds everything about single cases.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from passmuster.adapters.reporters.charts import SubjectCharts, chart_files, subject_charts
from passmuster.adapters.reporters.difference_charts import difference_charts
from passmuster.adapters.reporters.glance_views import WORST_AGENTS
from passmuster.adapters.reporters.page.columns import page_data
from passmuster.adapters.reporters.page.joining import joined_script, joined_style
from passmuster.adapters.reporters.rule_views import SHOWN_REASONS
from passmuster.adapters.reporters.views import page_view
from passmuster.domain.reports import Report
from passmuster.placing import place

FILE_NAME = "report.html"


class HtmlReporter:
    """Writes ``report.html``, and its charts again as files under ``charts/``."""

    def __init__(self, *, title: str | None = None) -> None:
        """Keep the heading; ``None`` takes the suite's name."""
        self._title = title

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the page and the charts.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        drawn = draw(report)
        page = render(report, drawn, title=self._title).encode("utf-8")
        return place({FILE_NAME: page, **chart_files(report, drawn)}, destination)


def draw(report: Report) -> list[SubjectCharts]:
    """Draw the charts of every subject."""
    return [
        replace(subject_charts(subject), differences=difference_charts(report, subject.record))
        for subject in report.subjects
    ]


def render(report: Report, drawn: Sequence[SubjectCharts], *, title: str | None = None) -> str:
    """Return the page; equal reports give equal pages.

    Args:
        report: What to draw.
        drawn: The charts of every subject, in the report's order.
        title: Replaces the suite's name in the heading.
    """
    environment = Environment(
        loader=PackageLoader("passmuster.adapters.reporters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    stylesheet, script = joined_style(), joined_script()
    return environment.get_template("report.html.jinja").render(
        page=page_view(report, title=title),
        data=page_data(report),
        charts=[_embedded(charts) for charts in drawn],
        worst=WORST_AGENTS,
        shown_reasons=SHOWN_REASONS,
        policy=_policy(stylesheet, script),
        # Both come with the package, and the template puts them in as they are; neither holds a closing tag, which a
        # test makes sure of.
        stylesheet=stylesheet,
        script=script,
    )


def _policy(stylesheet: str, script: str) -> str:
    rules = {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": _source(stylesheet),
        "script-src": _source(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{b64encode(digest).decode('ascii')}'"


def _embedded(charts: SubjectCharts) -> dict[str, object]:
    return {
        "confusion": _data(charts.confusion),
        "agents": _data(charts.agents),
        "subsets": _data(charts.subsets),
        "differences": {metric: _data(chart) for metric, chart in charts.differences.items()},
    }


def _data(chart: bytes | None) -> str | None:
    if chart is None:
        return None
    return f"data:image/svg+xml;base64,{b64encode(chart).decode('ascii')}"
