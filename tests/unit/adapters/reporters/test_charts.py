"""Charts as files for slides."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from passmuster.adapters.reporters.charts import ChartsReporter
from passmuster.adapters.reporters.matrix_selection import MAXIMUM_LABELS, select_pairs
from passmuster.charting.kept import KeptCharts
from passmuster.domain.observations import NOBODY
from passmuster.domain.reports import ConfusionMatrix, Report


def test_every_chart_is_there_in_both_forms(judged_report: Report, tmp_path: Path) -> None:
    """SVG that is well formed whatever the names hold, PNG, and a list of what each shows, to put words beside it."""
    written = ChartsReporter(kept=KeptCharts()).write(judged_report, tmp_path)

    listed = json.loads((tmp_path / "charts" / "charts.json").read_text(encoding="ascii"))
    names = [entry["name"] for entry in listed]
    assert {path.name for path in written} == {
        "charts.json",
        *(f"{name}.{end}" for name in names for end in ("svg", "png")),
    }
    assert {"1-lexical-confusion", "1-lexical-difference-of-routing-accuracy", "2-second-confusion", "costs"} <= set(
        names
    )
    assert all(entry["title"] for entry in listed)
    for name in names:
        assert ET.parse(tmp_path / "charts" / f"{name}.svg").getroot().tag.endswith("svg")  # noqa: S314 - our own
        assert (tmp_path / "charts" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def _matrix(size: int) -> ConfusionMatrix:
    """Make a matrix in which every agent loses to the next one as many cases as its number."""
    labels = (*(f"agent-{index:03}" for index in range(size)), NOBODY)
    counts = [[0] * len(labels) for _ in labels]
    for index in range(size):
        counts[index][index] = 5
        counts[index][index + 1] = index
    return ConfusionMatrix(labels=labels, counts=tuple(map(tuple, counts)))


def test_a_great_table_is_cut_to_the_most_frequent_pairs() -> None:
    """Of 250 agents only those of the most frequent mix-ups are kept, and the rest is counted."""
    selection = select_pairs(_matrix(250))

    assert len(selection.labels) <= MAXIMUM_LABELS
    assert selection.labels[-1] == NOBODY
    assert selection.hidden_agents == 251 - len(selection.labels)
    shown = sum(map(sum, selection.counts)) - 5 * (len(selection.labels) - 1)
    assert selection.hidden_mixes == sum(range(250)) - shown


def test_a_great_table_without_mix_ups_is_empty() -> None:
    """Where nothing is mixed up, there is nothing to choose by."""
    labels = (*(f"agent-{index:03}" for index in range(60)), NOBODY)

    assert select_pairs(ConfusionMatrix(labels=labels, counts=((0,) * 61,) * 61)).labels == ()
