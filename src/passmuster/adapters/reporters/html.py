"""The report as one self-contained page, for a reviewer with a browser and nothing else.

The page asks for nothing from any network: its stylesheet, its script, its data and its charts are inside it, and a
content security policy, which names the hashes of the first two, allows nothing more
(https://www.w3.org/TR/CSP3/#grammardef-hash-source). What decides about a merge can be read without the script, which
adds everything about single cases.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from passmuster.adapters.reporters.glance_views import WORST_AGENTS
from passmuster.adapters.reporters.page.columns import page_data
from passmuster.adapters.reporters.page.joining import joined_script, joined_style
from passmuster.adapters.reporters.rule_views import SHOWN_REASONS
from passmuster.adapters.reporters.views import page_view
from passmuster.charting.kept import KeptCharts
from passmuster.charting.report_charts import CONFUSION, difference_name, file_name, subject_charts
from passmuster.domain.metric_names import SLICED
from passmuster.domain.reports import Report
from passmuster.placing import place

FILE_NAME = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSubject:
    """One subject's charts as SVG, by what they show; ``caption`` says what the marks of its matrix mean."""

    charts: Mapping[str, bytes]
    caption: str


class HtmlReporter:
    """Writes ``report.html``, and its charts again as files under ``charts/``."""

    def __init__(self, *, title: str | None = None, kept: KeptCharts) -> None:
        """Keep the heading, of which ``None`` takes the suite's name, and where drawn charts are kept."""
        self._title = title
        self._kept = kept

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the page and the charts.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        drawn = draw(report, self._kept)
        page = render(report, drawn, title=self._title).encode("utf-8")
        return place({FILE_NAME: page, **chart_files(report, drawn)}, destination)


def draw(report: Report, kept: KeptCharts) -> list[DrawnSubject]:
    """Draw the charts of every subject, or take those that are kept."""
    every = [subject_charts(report, subject) for subject in report.subjects]
    return [
        DrawnSubject(
            charts={name: kept.svg(chart) for name, chart in charts.items()},
            caption=charts[CONFUSION].words.note if CONFUSION in charts else "",
        )
        for charts in every
    ]


def chart_files(report: Report, drawn: Sequence[DrawnSubject]) -> dict[str, bytes]:
    """Return the charts by the names of their files."""
    return {
        f"charts/{file_name(number, subject.record.name, name)}.svg": chart
        for number, (subject, own) in enumerate(zip(report.subjects, drawn, strict=True), 1)
        for name, chart in own.charts.items()
    }


def render(report: Report, drawn: Sequence[DrawnSubject], *, title: str | None = None) -> str:
    """Return the page; equal reports give equal pages.

    Args:
        report: What to draw.
        drawn: The charts of every subject, in the report's order.
        title: Replaces the suite's name in the heading.
    """
    stylesheet, script = joined_style(), joined_script()
    return page_template().render(
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


@cache
def page_template() -> Template:
    """Return the page's template, which takes a fifth of a second to read; it is read once by a process."""
    environment = Environment(
        loader=PackageLoader("passmuster.adapters.reporters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja")


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


def _embedded(drawn: DrawnSubject) -> dict[str, object]:
    embedded = {name: _data(chart) for name, chart in drawn.charts.items()}
    return {
        CONFUSION: embedded.get(CONFUSION),
        "caption": drawn.caption,
        "agents": embedded.get("agents"),
        "subsets": embedded.get("subsets"),
        "differences": {metric: embedded.get(difference_name(metric)) for metric in SLICED},
    }


def _data(chart: bytes) -> str:
    return f"data:image/svg+xml;base64,{b64encode(chart).decode('ascii')}"
