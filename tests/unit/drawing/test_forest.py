"""Shares with their intervals."""

import pytest

from passmuster.drawing.forest import MOST_ROWS, ForestChart, Row

from .conftest import Estimated, Texts


def test_of_many_the_lowest_are_drawn(texts: Texts, estimated: Estimated) -> None:
    """The title names the lowest, and what is left out is said."""
    rows = tuple(Row(label=f"agent-{index:03}", estimate=estimated((index * 7 % 250) / 250)) for index in range(250))

    found = texts(ForestChart(what="Recall by agent", subject="lexical", rows=rows))

    assert sum(text.startswith("agent-") for text in found) == MOST_ROWS
    assert found[-2:] == [
        "Recall by agent: 0\N{NO-BREAK SPACE}% at the lowest, agent-000",
        "lexical, with intervals of 95 %; the lowest 40 of 250",
    ]


@pytest.mark.parametrize("label", ["$x^2$ and $", "漢字", "<b>&\x1b[0m", "\ud800", "_hidden", "a" * 500, "%s {0}"])
def test_names_are_text_and_nothing_else(texts: Texts, estimated: Estimated, label: str) -> None:
    """Neither formulas nor markup nor characters that the font lacks break a chart."""
    found = texts(ForestChart(what=label, subject=label, rows=(Row(label=label, estimate=estimated(0.5)),)))

    assert any("n 9" in text for text in found)


def test_equal_shares_are_one_finding(estimated: Estimated) -> None:
    """Nobody is called the lowest where all are equal."""
    rows = tuple(Row(label=name, estimate=estimated(1.0)) for name in "ab")

    assert ForestChart(what="Recall", subject="s", rows=rows).words.title.endswith("everywhere")
