"""Histories as charts."""

import pytest

from passmuster.drawing.history import HistoryChart, Line, Step

from .conftest import Texts


def a_line(name: str = "lexical: routing accuracy", length: int = 20, *, steps: bool = True) -> Line:
    values = tuple(0.8 if place < length // 2 else 0.6 for place in range(length))
    return Line(
        name=name,
        places=tuple(range(length)),
        values=values,
        lower=tuple(value - 0.05 for value in values),
        upper=tuple(value + 0.05 for value in values),
        cases=30,
        steps=(Step(index=length // 2, cause="the roster changed"),) if steps else (),
    )


def a_chart(*lines: Line, length: int = 20, **more: int | tuple[int, ...]) -> HistoryChart:
    days = tuple(f"2026-01-{place + 1:02}" for place in range(length))
    return HistoryChart(suite="team", days=days, lines=lines, **more)  # type: ignore[arg-type]  # the tests' own words


def test_the_latest_change_is_the_title(texts: Texts) -> None:
    """With its size, its day and its cause; each strip says where it stands, and what the marks mean is written."""
    found = texts(a_chart(a_line(), a_line("lexical: recall of x", steps=False), left_out=3, accepted=(10,)))

    whole = " ".join(found)
    assert "lexical: routing accuracy fell by 20.0 points on 2026-01-11: the roster changed" in whole
    assert " −20.0" in found
    assert "lexical: recall of x, 30\N{NO-BREAK SPACE}cases: 60.0\N{NO-BREAK SPACE}%" in found
    assert "3 more not shown" in whole
    assert "◆ a break was first seen" in whole
    assert "2026-01-01" in found


@pytest.mark.parametrize(
    ("lines", "length", "title"),
    [
        ((), 0, "Nothing was measured"),
        (
            (a_line(length=1, steps=False),),
            1,
            "1\N{NO-BREAK SPACE}run: too few to tell a change; lexical: routing accuracy at 60.0\N{NO-BREAK SPACE}%",
        ),
        (
            (a_line(length=20, steps=False),),
            20,
            "No level changed; lexical: routing accuracy at 60.0\N{NO-BREAK SPACE}%",
        ),
    ],
)
def test_next_to_nothing_can_be_drawn(texts: Texts, lines: tuple[Line, ...], length: int, title: str) -> None:
    """No runs, a single one, or none that changed anything."""
    assert title in " ".join(texts(a_chart(*lines, length=length)))
