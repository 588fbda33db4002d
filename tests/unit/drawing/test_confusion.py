"""Confusion matrices, and the pairs in their place."""

import pytest

from passmuster.domain.observations import NOBODY
from passmuster.drawing.confusion import MOST_PAIRS, ConfusionChart

from .conftest import Texts


def a_chart(size: int, *, mixed: bool = True) -> ConfusionChart:
    """Make a matrix in which every agent loses to the next one as many cases as its number."""
    labels = (*(f"agent-{index:03}" for index in range(size)), NOBODY)
    counts = [[0] * len(labels) for _ in labels]
    for index in range(size):
        counts[index][index] = 300
        counts[index][index + 1] = index if mixed else 0
    return ConfusionChart(subject="lexical", labels=labels, counts=tuple(map(tuple, counts)))


def test_a_small_matrix_is_drawn_whole(texts: Texts) -> None:
    """Every label and every count of a few agents is written, and the title says who lost most."""
    found = texts(a_chart(5))

    assert found.count("agent-004") == 2
    assert found.count("300") == 5
    assert (
        "10 of 1,510\N{NO-BREAK SPACE}cases went elsewhere (0.7\N{NO-BREAK SPACE}%); agent-004 lost most to (nobody): 4"
        in " ".join(found)
    )


def test_of_very_many_agents_the_pairs_are_drawn(texts: Texts) -> None:
    """The most frequent mix-ups stand in order, with their shares, and the others are counted."""
    found = texts(a_chart(250))

    pairs = [text for text in found if "→" in text and text.startswith("agent-")]
    assert len(pairs) == MOST_PAIRS
    assert set(pairs[:2]) == {"agent-249 → (nobody)", "agent-248 → agent-249"}
    assert "249 of 549 (45.4\N{NO-BREAK SPACE}%)" in found
    assert any("250 agents: the pairs mixed up most, of 249" in text for text in found)
    rest = sum(range(250)) - sum(range(250 - MOST_PAIRS, 250))
    assert f"{rest:,}" in " ".join(found)


@pytest.mark.parametrize("size", [1, 60])
def test_nothing_mixed_up_is_said(texts: Texts, size: int) -> None:
    """Where every case went where it should, the title says that, and there is something to see."""
    found = " ".join(texts(a_chart(size, mixed=False)))

    assert f"Each of {300 * size:,}" in found
