"""What moved."""

from dataclasses import replace
from typing import Any

from passmuster.adapters.reporters.movement_views import (
    MAXIMUM_TRANSITIONS,
    expected_text,
    movement,
    rates_text,
    takings,
)
from passmuster.domain.reports import Report
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import Aspect, CaseChange, ChangeKind
from passmuster.testing import factories


def _change(case: str, was: str, now: str, **changes: Any) -> CaseChange:  # noqa: ANN401 - fields of several types
    change = CaseChange(
        subject=SubjectName("lexical"),
        case=CaseIdentifier(case),
        aspect=Aspect.ROUTING,
        kind=ChangeKind.BROKEN,
        was=was,
        now=now,
    )
    return replace(change, **changes) if changes else change


def test_thieves_and_losers_are_named_with_their_counts() -> None:
    """The greatest comes first, and its counterparts by their share."""
    changes = [
        _change("a", "one", "thief", stolen_by="thief"),
        _change("b", "two", "thief", stolen_by="thief"),
        _change("c", "two", "thief", stolen_by="thief"),
        _change("d", "loser", "taker", lost_to="taker"),
    ]

    sentences = [item.sentence.replace("\N{NO-BREAK SPACE}", " ") for item in takings(changes)]

    assert sentences == ["thief stole 3 requests: 2 from two, 1 from one", "loser lost 1 request: 1 to taker"]


def test_many_counterparts_are_cut() -> None:
    """Of many agents on the other side the first six are named and the rest counted."""
    changes = [_change(f"case-{index}", f"agent-{index}", "thief", stolen_by="thief") for index in range(9)]

    assert takings(changes)[0].named.endswith("1 from agent-5 and 3\N{NO-BREAK SPACE}others")


def test_transitions_are_grouped_with_most_breaks_first(report: Report) -> None:
    """Groups are pairs of agents; the one with most breaks leads."""
    assert report.comparison is not None
    changes = (
        _change("a", "x", "y", kind=ChangeKind.FIXED),
        _change("b", "x", "y", kind=ChangeKind.MOVED),
        _change("c", "p", "q"),
        _change("d", "p", "p", kind=ChangeKind.UNCHANGED),
        _change("e", "", "", kind=ChangeKind.BROKEN, aspect=Aspect.OUTPUT),
    )

    view = movement(replace(report, comparison=replace(report.comparison, cases=changes)))

    assert view is not None
    assert [(group.title, group.was, group.now, group.tally) for group in view.groups] == [
        ("Output", "", "", "1 broken"),
        ("Choice", "p", "q", "1 broken"),
        ("Choice", "x", "y", "1 fixed, 1 moved"),
    ]


def test_endless_transitions_are_counted(report: Report) -> None:
    """Beyond the limit transitions are left out and their number kept."""
    assert report.comparison is not None
    changes = tuple(_change(f"case-{index}", "p", "q") for index in range(MAXIMUM_TRANSITIONS + 5))

    view = movement(replace(report, comparison=replace(report.comparison, cases=changes)))

    assert view is not None
    assert sum(len(group.rows) for group in view.groups) == MAXIMUM_TRANSITIONS
    assert view.left_out == 5


def test_there_is_no_movement_without_a_baseline(first_report: Report) -> None:
    """A first run moves nothing."""
    assert movement(first_report) is None


def test_rates_are_told_only_where_repetitions_disagree() -> None:
    """A plain break needs no rates."""
    assert rates_text(_change("a", "x", "y", baseline_rate=1.0, candidate_rate=0.0)) == ""
    assert "66.7" in rates_text(_change("a", "x", "y", baseline_rate=2 / 3, candidate_rate=0.0))


def test_everybody_who_may_take_a_case_is_named() -> None:
    """The preferred agent comes first, then the acceptable ones in order."""
    case = replace(factories.a_case(), expectation=factories.an_expectation(None, acceptable=["b", "a"]))

    assert expected_text(case) == "(nobody) or a or b"
