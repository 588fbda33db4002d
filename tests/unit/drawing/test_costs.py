"""Cost against quality."""

import pytest

from passmuster.drawing.costs import Candidate, CostsChart

from .conftest import Estimated, Texts


def a_chart(estimated: Estimated, *measured: tuple[str, float, float]) -> CostsChart:
    candidates = [
        Candidate(name=name, cost=estimated(cost, width=cost / 5), quality=estimated(quality, width=0.01))
        for name, cost, quality in measured
    ]
    return CostsChart(
        suite="team", unit="US dollars for a request", metric="Routing accuracy", candidates=tuple(candidates)
    )


def test_only_what_nothing_outdoes_is_marked(texts: Texts, estimated: Estimated) -> None:
    """A subject that another is cheaper and better than is no candidate; the title weighs the two ends."""
    chart = a_chart(
        estimated, ("small", 0.001, 0.6), ("middle", 0.002, 0.8), ("worse", 0.003, 0.7), ("great", 0.01, 0.9)
    )

    found = texts(chart)

    assert [item.name for item in chart.undominated] == ["small", "middle", "great"]
    assert "great takes 10.0 times as much as small and is 30.0 points better" in " ".join(found)
    assert {"small", "middle", "worse", "great", "US dollars for a request", "Routing accuracy"} <= set(found)


@pytest.mark.parametrize(
    ("measured", "title"),
    [
        ([("alone", 0.0, 0.5)], "alone: 50.0"),
        ([("free", 0.0, 0.5), ("dear", 0.1, 0.9)], "dear takes more than free and is 40.0 points better"),
        ([("free", 0.0, 0.9), ("dear", 0.1, 0.5)], "free is the best, and none is cheaper"),
        ([("one", 0.1, 0.5), ("other", 0.2, 0.51)], "is 1.0 points better, perhaps by chance"),
    ],
)
def test_the_title_says_the_finding(
    texts: Texts, estimated: Estimated, measured: list[tuple[str, float, float]], title: str
) -> None:
    """Also where a cost is nothing, where there is no choice to make, and where chance may be all of it."""
    assert title in " ".join(texts(a_chart(estimated, *measured)))


def test_a_wide_range_is_logarithmic_and_a_crowd_is_named_at_its_edge(texts: Texts, estimated: Estimated) -> None:
    """Costs from a hundredth of a cent on fit; of 250 subjects only those that none outdoes have names."""
    crowd = [(f"crowd-{index}", 0.0001 * 1.02**index, 0.4) for index in range(1, 250)]

    found = texts(a_chart(estimated, ("best", 0.0001, 0.5), *crowd, ("dear", 0.1, 0.9)))

    assert any("logarithmic" in text for text in found)
    assert "0.001" in found
    assert {"best", "dear"} <= set(found)
    assert not [text for text in found if text.startswith("crowd-")]
