"""The charts of a report as files for slides, and a list of what each of them shows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from passmuster.charting.kept import KeptCharts
from passmuster.charting.report_charts import charts_of
from passmuster.domain.reports import Report
from passmuster.drawing.rendering import Chart
from passmuster.placing import place
from passmuster.texts.visible import visible

FOLDER: Final = "charts"
LIST: Final = "charts.json"


class ChartsReporter:
    """Writes every chart as SVG and as PNG into ``charts``, and ``charts.json`` with their titles."""

    def __init__(self, *, kept: KeptCharts) -> None:
        """Take where drawn charts are kept."""
        self._kept = kept

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the charts.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        charts = charts_of(report)
        written: dict[str, bytes] = {}
        for name, chart in charts.items():
            written[f"{FOLDER}/{name}.svg"] = self._kept.svg(chart)
            written[f"{FOLDER}/{name}.png"] = self._kept.png(chart)
        listed = [_entry(name, chart) for name, chart in charts.items()]
        written[f"{FOLDER}/{LIST}"] = f"{json.dumps(listed, indent=2)}\n".encode("ascii")
        return place(written, destination)


def _entry(name: str, chart: Chart) -> dict[str, str]:
    words = chart.words
    return {"name": name, "title": visible(words.title), "under": visible(words.under), "note": visible(words.note)}
