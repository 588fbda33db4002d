"""Charts as SVG."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from passmuster.adapters.reporters.charts import (
    ForestRow,
    chart_files,
    confusion_chart,
    forest_chart,
    subject_charts,
)
from passmuster.adapters.reporters.matrix_selection import MAXIMUM_LABELS, select_pairs
from passmuster.domain.observations import NOBODY, Estimate
from passmuster.domain.reports import ConfusionMatrix, Report


def _texts(chart: bytes) -> list[str]:
    tree = ET.fromstring(chart)  # noqa: S314 - made a moment ago by ourselves
    return ["".join(item.itertext()) for item in tree.iter("{http://www.w3.org/2000/svg}text")]


def _matrix(size: int) -> ConfusionMatrix:
    """Make a matrix in which every agent loses to the next one as many cases as its number."""
    labels = (*(f"agent-{index:03}" for index in range(size)), NOBODY)
    counts = [[0] * len(labels) for _ in labels]
    for index in range(size):
        counts[index][index] = 5
        counts[index][index + 1] = index
    return ConfusionMatrix(labels=labels, counts=tuple(map(tuple, counts)))


def _row(label: str, value: float) -> ForestRow:
    estimate = Estimate(value=value, lower=value / 2, upper=value, confidence=0.95, sample_size=9, method="Wilson")
    return ForestRow(label=label, estimate=estimate)


def test_equal_subjects_give_equal_charts(report: Report) -> None:
    """Neither time nor random identifiers get into a chart."""
    assert subject_charts(report.subjects[0]) == subject_charts(report.subjects[0])


def test_a_small_matrix_is_drawn_whole() -> None:
    """Every label and every count of a few agents is written in the chart as text."""
    chart = confusion_chart(select_pairs(_matrix(5)), "lexical")

    texts = _texts(chart)
    assert texts.count("agent-004") == 2
    assert texts.count("5") == 5


def test_a_great_matrix_is_cut_to_the_most_frequent_pairs() -> None:
    """Of 250 agents only those of the most frequent mix-ups are kept, and the rest is counted."""
    whole = _matrix(250)

    selection = select_pairs(whole)

    assert len(selection.labels) <= MAXIMUM_LABELS
    assert selection.labels[-1] == NOBODY
    assert selection.hidden_agents == 251 - len(selection.labels)
    shown = sum(map(sum, selection.counts)) - 5 * (len(selection.labels) - 1)
    assert selection.hidden_mixes == sum(range(250)) - shown
    assert "agent-249" in _texts(confusion_chart(selection, "lexical"))


def test_a_great_matrix_without_mix_ups_is_empty() -> None:
    """Where nothing is mixed up, there is nothing to choose by."""
    labels = (*(f"agent-{index:03}" for index in range(60)), NOBODY)
    whole = ConfusionMatrix(labels=labels, counts=((0,) * 61,) * 61)

    assert select_pairs(whole).labels == ()


def test_a_forest_of_many_agents_shows_the_lowest() -> None:
    """Only the lowest rows are drawn, in their own order, and the title says so."""
    rows = [_row(f"agent-{index:03}", (index * 7 % 250) / 250) for index in range(250)]

    chart = forest_chart(rows, "Recall")

    assert chart is not None
    texts = _texts(chart)
    assert sum(text.startswith("agent-") for text in texts) == 40
    assert any("lowest 40 of 250" in text for text in texts)


def test_nothing_to_draw_gives_no_chart() -> None:
    """An empty forest is no chart."""
    assert forest_chart([], "Recall") is None


@pytest.mark.parametrize("label", ["$x^2$ and $", "漢字", "<b>&\x1b[0m", "\ud800", "_hidden", "a" * 500])
def test_names_are_text_and_nothing_else(label: str) -> None:
    """Neither formulas nor markup nor characters that the font lacks break a chart."""
    chart = forest_chart([_row(label, 0.5)], label)

    assert chart is not None
    assert any("n 9" in text for text in _texts(chart))


def test_the_files_have_plain_names(report: Report) -> None:
    """Names of subjects are made fit for file systems and stay apart."""
    drawn = [subject_charts(subject) for subject in report.subjects]

    names = list(chart_files(report, drawn))

    assert names[:3] == [
        "charts/1-lexical-confusion.svg",
        "charts/1-lexical-agents.svg",
        "charts/1-lexical-subsets.svg",
    ]
    assert "charts/2-second-confusion.svg" in names


def test_the_module_does_not_load_matplotlib() -> None:
    """Commands that draw nothing do not pay for it."""
    program = "import sys, passmuster.adapters.reporters.html as _; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: S603 - our own program
