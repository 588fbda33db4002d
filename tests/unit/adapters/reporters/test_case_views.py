"""What is told of one case of one subject."""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.case_badges import Quarantines
from passmuster.adapters.reporters.case_views import STATES, RowView, detail_view, gravity
from passmuster.adapters.reporters.trial_views import trial_views
from passmuster.analysis.observing import observe_case
from passmuster.domain.answers import Answer, RankedAgent, TermWeight
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.values import AgentName, CaseIdentifier, SubjectName
from passmuster.domain.verdicts import Quarantine
from passmuster.testing import factories

SUBJECT = SubjectName("lexical")


def _case_report(
    identifier: str, *, chosen: str | None = "debugger", text: str = "", judged: bool = False
) -> CaseReport:
    case = factories.a_case(identifier, rubric=factories.a_rubric() if judged else None)
    answer = Answer(routing=factories.a_decision(chosen))
    if text:
        answer = replace(answer, completion=factories.a_completion(text))
    outcomes = (factories.a_score(),) if judged else ()
    trial = factories.a_trial(identifier, answer=answer, outcomes=outcomes)
    return CaseReport(subject=SUBJECT, case=case, trials=(trial,), observation=observe_case(SUBJECT, case, [trial]))


def _changed(report: CaseReport, kind: ChangeKind) -> CaseReport:
    change = CaseChange(subject=SUBJECT, case=report.case.identifier, aspect=Aspect.ROUTING, kind=kind)
    return replace(report, changes=(change,))


def _row(report: CaseReport) -> RowView:
    return detail_view(report, Quarantines()).row


def test_what_is_grave_comes_first() -> None:
    """Broken before moved, moved before wrong, wrong before judged, and judged before all others."""
    plain = _case_report("plain")
    ordered = [
        _changed(plain, ChangeKind.BROKEN),
        _changed(plain, ChangeKind.MOVED),
        _case_report("wrong", chosen="code-reviewer"),
        _case_report("judged", judged=True),
        plain,
    ]

    found = [gravity(report) for report in ordered]

    assert found == sorted(set(found))
    assert gravity(_changed(plain, ChangeKind.ADDED)) == gravity(plain)


@pytest.mark.parametrize(
    ("chosen", "word", "states"),
    [
        (("debugger", "debugger"), "right", ()),
        (("debugger", "code-reviewer"), "flaky: 1 of 2 right", ("wrong", "flaky")),
        ((None, None), "wrong: nobody took it", ("wrong",)),
        (("test-engineer", "code-reviewer"), "forbidden", ("wrong",)),
    ],
)
def test_the_outcome_of_all_repetitions_is_told(
    chosen: tuple[str | None, ...], word: str, states: tuple[str, ...]
) -> None:
    """Mixed repetitions are flaky, and among wrong choices the gravest is named."""
    case = replace(factories.a_case(), expectation=factories.an_expectation("debugger", forbidden=["test-engineer"]))
    trials = [
        factories.a_trial(repetition=index, answer=Answer(routing=factories.a_decision(name)))
        for index, name in enumerate(chosen)
    ]
    report = CaseReport(
        subject=SUBJECT, case=case, trials=tuple(trials), observation=observe_case(SUBJECT, case, trials)
    )

    row = _row(report)

    assert row.mark.word == word
    assert row.states == states


def test_a_case_that_was_left_out_is_no_trouble() -> None:
    """It is told to be not run, neither wrong nor changed, and it is as grave as a calm one."""
    case = factories.a_case("left-out")
    left_out = _changed(
        CaseReport(subject=SUBJECT, case=case, trials=(), observation=observe_case(SUBJECT, case, [])),
        ChangeKind.LEFT_OUT,
    )

    row = _row(left_out)

    assert (row.mark.word, row.changes, row.states) == ("not run", (), ("not-run",))
    assert gravity(left_out) == gravity(_case_report("calm"))


def test_a_quarantined_case_can_be_filtered_and_tells_why() -> None:
    """Owner and day stand in its row, the reason inside it; a quarantine of another subject does not count."""
    reports = [_case_report("one"), _case_report("two")]
    quarantines = [
        Quarantine(case=CaseIdentifier("one"), owner="Ana", expires="2027-01-01", reason="flaky"),
        Quarantine(case=CaseIdentifier("two"), owner="Ben", expires="2027-01-01", subject=SubjectName("other")),
    ]

    one, two = (detail_view(report, Quarantines(quarantines)) for report in reports)

    assert one.row.badges == ("quarantine: Ana until 2027-01-01",)
    assert one.row.states == ("quarantined",)
    assert ("in quarantine, outside the gate", "Ana, until 2027-01-01: flaky") in one.facts
    assert (two.row.badges, two.row.states) == ((), ())


def test_every_state_is_known(judged_report: Report) -> None:
    """What a case can be filtered by is offered; nothing else is."""
    known = Quarantines(judged_report.quarantines)

    found = {state for item in judged_report.cases for state in detail_view(item, known).row.states}

    assert {"critical", "control", "quarantined", "not-run", "changed", "wrong"} <= found <= set(STATES)


def test_repetitions_that_look_alike_are_shown_once() -> None:
    """Three trials of which two are equal give two views."""
    case = factories.a_case()
    trials = [
        factories.a_trial(repetition=index, answer=Answer(routing=factories.a_decision(name)))
        for index, name in enumerate(("debugger", "code-reviewer", "debugger"))
    ]

    views = trial_views(trials, case)

    assert [view.heading for view in views] == ["Repetitions 1 and 3, which are alike", "Repetition 2"]


def test_the_agent_chosen_and_the_next_two_are_explained() -> None:
    """Terms are shown weightiest first for three agents, wherever the chosen one stands; the rest is summed."""
    terms = tuple(TermWeight(term=f"word-{index}", weight=index / 10) for index in range(1, 13))
    ranking = tuple(
        RankedAgent(agent=AgentName(f"agent-{index}"), score=9.0 - index, terms=terms) for index in range(8)
    )
    decision = factories.a_decision("agent-6", ranking=ranking)

    view = trial_views([factories.a_trial(answer=Answer(routing=decision))], factories.a_case())[0].decision

    assert view is not None
    assert [place.agent for place in view.ranking if place.terms] == ["agent-0", "agent-1", "agent-6"]
    assert view.ranking[0].terms[0].term == "word-12"
    assert view.ranking[0].terms[0].width == 20
    assert view.ranking[0].other_terms == "4 more: 1.00"


def test_identifiers_make_links_that_hold() -> None:
    """Spaces and marks in an identifier are quoted in its anchor."""
    report = _case_report("any")
    case = replace(report.case, identifier=CaseIdentifier('a "b"/c'))

    row = _row(replace(report, case=case))

    assert row.anchor == "view=case&case=a%20%22b%22%2Fc&subject=lexical"
    assert row.identifier == 'a "b"/c'
