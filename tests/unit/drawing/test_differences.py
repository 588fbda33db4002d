"""Forest plots of differences."""

import pytest

from passmuster.drawing.differences import DifferenceRow, DifferencesChart

from .conftest import Estimated, Texts


def a_chart(*rows: DifferenceRow) -> DifferencesChart:
    return DifferencesChart(metric="Routing accuracy", subject="lexical", against="the accepted baseline", rows=rows)


def test_every_part_is_a_row_and_every_line_is_explained(texts: Texts, estimated: Estimated) -> None:
    """What stands out has a mark of its own, and both kinds of margins are named."""
    chart = a_chart(
        DifferenceRow(label="all cases", difference=estimated(-0.1, width=0.05, size=300), is_all=True, margin=0.05),
        DifferenceRow(label="tag: <b>", difference=estimated(0.1, size=60), group="tag", is_notable=True),
        DifferenceRow(label="tag: still", difference=estimated(0.0), group="tag", margin=0.1),
    )

    found = texts(chart)

    assert [text for text in found if "(n " in text] == ["all cases  (n 300)", "tag: <b>  (n 60)", "tag: still  (n 9)"]
    assert [text for text in found if text in {"−10.0", "+10.0 ◆", "±0"}] == ["−10.0", "+10.0 ◆", "±0"]
    whole = " ".join(found)
    assert "Routing accuracy fell by 10.0 points (−15.0 to −5.0)" in whole
    assert "intervals of 95 %" in whole
    assert "◆ stands out among all parts" in whole
    assert "a drop of 5 points, which the gate allows" in whole
    assert "Short dashes" in whole


@pytest.mark.parametrize(
    ("value", "width", "title"),
    [
        (0.02, 0.01, "rose by 2.0 points (+1.0 to +3.0)"),
        (-0.02, 0.05, "fell by 2.0 points on these cases; on others it may not (−7.0 to +3.0)"),
        (0.0, 0.05, "is as it was (−5.0 to +5.0 points)"),
        (-0.02, 0.0, "fell by 2.0 points (−2.0 to −2.0)"),
    ],
)
def test_the_title_says_no_more_than_is_known(estimated: Estimated, value: float, width: float, title: str) -> None:
    """Other cases may show nothing where the interval holds zero; one without width is sure."""
    row = DifferenceRow(label="all cases", difference=estimated(value, width=width), is_all=True)

    assert a_chart(row).words.title == f"Routing accuracy {title}"


def test_long_intervals_and_great_values_fit(texts: Texts, estimated: Estimated) -> None:
    """Weighted for a random sample, a difference may be beyond 100 points; an interval beyond the axis is cut."""
    rows = [DifferenceRow(label=f"part {index}", difference=estimated(0.01)) for index in range(8)]
    beyond = DifferenceRow(label="all cases", difference=estimated(-1.4, width=0.1), is_all=True)
    wide = DifferenceRow(label="wide", difference=estimated(0.0, width=3.0))

    found = texts(a_chart(beyond, *rows, wide))

    assert {"−140.0", "−150"} <= set(found)
