"""What moved."""

from dataclasses import replace
from typing import Any

from passmuster.adapters.reporters.movement_views import (
    MAXIMUM_TRANSITIONS,
    expected_text,
    movement,
    rates_text,
    roster_rows,
    takings,
    words_of,
)
from passmuster.adapters.reporters.wording import cases_left_out
from passmuster.domain.comparisons import CaseChange, ChangeKind, RosterChange
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
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

    assert sentences == ["thief stole 3 requests: 2 from two, 1 from one", "loser lost 1 request to taker"]


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


def test_edits_of_an_agent_are_told_one_by_one() -> None:
    """A renamed agent is neither added nor removed, and otherwise edited are those of which nothing else is known."""
    name = AgentName
    change = RosterChange(
        added=(name("b"), name("new")),
        removed=(name("a"), name("old")),
        description_edited=(name("c"),),
        otherwise_edited=(name("c"), name("d")),
        renamed=((name("old"), name("new")),),
        instructions_edited=(name("c"),),
    )

    assert dict(roster_rows(change)) == {
        "description edited": ("c",),
        "body edited": ("c",),
        "otherwise edited": ("d",),
        "renamed": ("old → new",),
        "added": ("b",),
        "removed": ("a",),
    }
    assert roster_rows(RosterChange()) == ()


def test_what_was_not_compared_and_left_out_is_counted(judged_report: Report) -> None:
    """The reason stands beside what moved, and cases that were left out have a column of their own."""
    view = movement(judged_report)

    assert view is not None
    assert view.incomparable == ("subject '<second>' chooses otherwise",)
    assert [kind.word for kind in view.kinds] == ["broken", "left out", "unchanged"]
    assert view.counts[0].counts == ("1", "1", "2")


def test_a_transition_tells_what_sets_its_case_apart(judged_report: Report) -> None:
    """Badges and the words that decided stand beside it; an output was decided by no words."""
    view = movement(judged_report)
    item = judged_report.cases[0]

    assert view is not None
    [transition] = view.groups[0].rows
    assert transition.badges == ("critical", "quarantine: <b>Ana</b> @all until 2027-02-01")
    assert transition.words == ("<b>test</b>", "fail")
    assert words_of(item, _change("hostile", "", "", aspect=Aspect.OUTPUT)) == ()


def test_cases_left_out_count_once() -> None:
    """A case that was left out for two subjects is one case."""
    changes = [
        _change("a", "", "", kind=ChangeKind.LEFT_OUT),
        _change("a", "", "", kind=ChangeKind.LEFT_OUT, subject=SubjectName("other")),
        _change("b", "x", "y"),
    ]

    assert cases_left_out(changes).replace("\N{NO-BREAK SPACE}", " ") == "1 case left out"
    assert cases_left_out(changes[2:]) == ""


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
