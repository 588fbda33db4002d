"""The picture of a history."""

from xml.etree import ElementTree as ET

import pytest

from passmuster.analysis.causes import Cause, Difference
from passmuster.analysis.change_points import ChangePoint
from passmuster.analysis.histories import LevelChange, Series
from passmuster.analysis.past_runs import CaseResult, PastRun
from passmuster.application.history import Explained, History
from passmuster.cli.drawing import draw_history
from passmuster.domain.comparisons import RosterChange
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import UNKNOWN, CaseIdentifier, Fingerprint, SubjectName
from passmuster.drawing.history import MOST_STRIPS
from passmuster.testing.factories import a_manifest

CASE = CaseIdentifier("one")
RUN = PastRun(
    manifest=a_manifest(),
    snapshot=Snapshot(suite="example", agents=(), subjects=(), observations=()),
    results={
        SubjectName("model"): {
            CASE: CaseResult(
                fingerprint=Fingerprint("f"),
                rubric=UNKNOWN,
                expected="debugger",
                chosen="debugger",
                right=0.6,
                passed=None,
                failures=0,
                asked=1,
            )
        }
    },
)


def a_series(metric: str = "routing_accuracy", agent: str = "", length: int = 20) -> Series:
    return Series(
        subject=SubjectName("model"),
        metric=metric,
        agent=agent,
        places=tuple(range(length)),
        values=tuple(0.8 if place < length // 2 else 0.6 for place in range(length)),
        cases=30,
        shared=(CASE,),
    )


def a_history(*series: Series, changed: int = 0, length: int = 20) -> History:
    changes = tuple(
        Explained(
            change=LevelChange(
                series=one,
                point=ChangePoint(index=10, before=0.8, after=0.6, probability=0.001),
                before=9,
                after=10,
            ),
            cause=Cause(difference=Difference(roster=RosterChange()), before=9, after=10, distance=0),
            commits=(),
            is_known=False,
        )
        for one in series[:changed]
    )
    return History(runs=(RUN,) * length, incomplete=0, partial=0, compared=0, series=series, changes=changes)


def texts(picture: bytes) -> list[str]:
    return [element.text for element in ET.fromstring(picture).iter() if element.text and element.text.strip()]  # noqa: S314 - our own picture


def test_levels_changes_and_days_are_drawn() -> None:
    """With the size of the change beside its line."""
    drawn = texts(draw_history(a_history(a_series(), changed=1), "example"))

    assert "model: routing accuracy, 30\N{NO-BREAK SPACE}cases: 60.0\N{NO-BREAK SPACE}%" in drawn
    assert any(text.startswith("model: routing accuracy fell by 20.0 points on 2026-01-02") for text in drawn)
    assert " −20.0" in drawn
    assert "2026-01-02" in drawn


def test_what_does_not_fit_is_counted() -> None:
    """Agents are drawn only where they changed, and no more than a page takes."""
    agents = [a_series("recall", f"agent-{number}") for number in range(MOST_STRIPS + 3)]
    quiet = " ".join(texts(draw_history(a_history(a_series(), *agents), "example")))
    loud = texts(draw_history(a_history(*agents, changed=len(agents)), "example"))

    assert "; 15 more not shown" in quiet
    assert "; 3 more not shown" in " ".join(loud)
    assert sum("cases: 60.0" in text for text in loud) == MOST_STRIPS


@pytest.mark.parametrize("series", [(), (a_series(length=1),), (a_series("recall", "debugger"),)])
def test_next_to_nothing_can_be_drawn(series: tuple[Series, ...]) -> None:
    """No runs, a single one, or one agent that was asked for."""
    history = a_history(*series, length=max((len(one.places) for one in series), default=0))

    assert draw_history(history, "example") == draw_history(history, "example")


def test_untrusted_names_are_drawn_as_they_stand() -> None:
    """Neither as a formula nor as markup, nor with control characters, and not without end."""
    drawn = " ".join(texts(draw_history(a_history(a_series("recall", "$x^2$ <b> \x1b" + "y" * 99)), "$s$")))

    assert "model: recall of $x^2$ <b> ⟨" in drawn
    assert "y" * 99 not in drawn
    assert "$s$: 20" in drawn
