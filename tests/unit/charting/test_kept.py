"""Charts that are kept."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from passmuster.charting import kept as module
from passmuster.charting.confusions import confusion_chart
from passmuster.charting.kept import KeptCharts
from passmuster.domain.reports import Report
from passmuster.drawing.confusion import ConfusionChart
from passmuster.drawing.rendering import Chart


@pytest.fixture
def chart(report: Report) -> ConfusionChart:
    """A chart."""
    made = confusion_chart(report.subjects[0])
    assert made is not None
    return made


@pytest.fixture
def strokes(monkeypatch: pytest.MonkeyPatch) -> list[Chart]:
    """Every chart that is drawn, which takes no time here."""
    drawn: list[Chart] = []

    def draw(chart: Chart) -> bytes:
        drawn.append(chart)
        return f"drawing {len(drawn)}".encode()

    monkeypatch.setattr(module, "svg_of", draw)
    return drawn


def test_an_equal_chart_is_drawn_once(strokes: list[Chart], chart: ConfusionChart, tmp_path: Path) -> None:
    """Another process finds it; another chart, and what draws otherwise, is drawn anew."""
    first = KeptCharts(tmp_path).svg(chart)

    assert KeptCharts(tmp_path).svg(chart) == first
    assert len(strokes) == 1
    other = ConfusionChart(subject="other", labels=chart.labels, counts=chart.counts)
    assert KeptCharts(tmp_path).svg(other) != first


def test_a_change_of_what_draws_is_seen(
    strokes: list[Chart], chart: ConfusionChart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of matplotlib, or an edit of ours, draws anew."""
    KeptCharts(tmp_path).svg(chart)
    monkeypatch.setattr(module, "_hand", lambda: "another hand")

    KeptCharts(tmp_path).svg(chart)

    assert len(strokes) == 2


def test_a_damaged_file_is_drawn_over(strokes: list[Chart], chart: ConfusionChart, tmp_path: Path) -> None:
    """Whatever lies there, a chart comes back, and the next one is kept again."""
    KeptCharts(tmp_path).svg(chart)
    (file,) = (tmp_path / "charts").iterdir()
    file.write_bytes(b"half of it")

    again = KeptCharts(tmp_path).svg(chart)

    assert KeptCharts(tmp_path).svg(chart) == again
    assert len(strokes) == 2


def test_a_place_that_cannot_be_written_keeps_nothing(
    strokes: list[Chart], chart: ConfusionChart, tmp_path: Path
) -> None:
    """That is no reason to have no chart; nor is it to have no place at all."""
    (tmp_path / "charts").write_text("mine", encoding="utf-8")

    assert KeptCharts(tmp_path).svg(chart)
    assert KeptCharts().svg(chart)

    assert len(strokes) == 2
    assert (tmp_path / "charts").read_text(encoding="utf-8") == "mine"


def test_old_charts_make_room(
    strokes: list[Chart], chart: ConfusionChart, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more than so many files are kept."""
    monkeypatch.setattr(module, "MOST_FILES", 3)

    for number in range(6):
        KeptCharts(tmp_path).svg(ConfusionChart(subject=str(number), labels=chart.labels, counts=chart.counts))

    assert len(strokes) == 6
    assert len(list((tmp_path / "charts").iterdir())) == 3


def test_whoever_finds_every_chart_does_not_load_matplotlib() -> None:
    """Neither the page nor the list of charts imports it before something is drawn."""
    program = (
        "import sys, passmuster.adapters.reporters.html, passmuster.adapters.reporters.charts, "
        "passmuster.charting.report_charts as _; sys.exit('matplotlib' in sys.modules)"
    )

    assert run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - our own program
