"""Which cases are drawn in full."""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.case_views import BYTE_BUDGET, FULL_ROWS, STATES, case_lists
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


def test_few_cases_are_all_drawn_in_full() -> None:
    """Up to the limit every case can be opened."""
    cases = [_case_report(f"case-{index}") for index in range(5)]

    found = case_lists(cases)["lexical"]

    assert [item.row.identifier for item in found.details] == [f"case-{index}" for index in range(5)]
    assert found.rows == ()


def test_of_many_cases_those_that_matter_are_drawn_in_full() -> None:
    """Changed, wrong and judged cases can be opened, the others are rows, and the page says so."""
    cases = [_case_report(f"case-{index:04}") for index in range(FULL_ROWS)]
    cases[7] = _case_report("wrong", chosen="code-reviewer")
    cases[8] = _case_report("judged", judged=True)
    cases[9] = _changed(_case_report("moved"), ChangeKind.MOVED)
    cases[10] = _changed(_case_report("new"), ChangeKind.ADDED)
    cases.append(_changed(_case_report("broken"), ChangeKind.BROKEN))

    found = case_lists(cases)["lexical"]

    assert [item.row.identifier for item in found.details] == ["wrong", "judged", "moved", "broken"]
    assert len(found.rows) == FULL_ROWS - 3
    assert "more than 2,000 rows" in found.note


def test_texts_beyond_the_budget_are_left_out() -> None:
    """However long the answers are, the page keeps its size: cases that do not fit become rows."""
    size = 15_000
    number = BYTE_BUDGET // (size * 5) + 20
    cases = [_case_report(f"case-{index}", text="<" * size, judged=True) for index in range(number)]
    cases.append(_changed(_case_report("broken", text="<" * size, judged=True), ChangeKind.BROKEN))

    found = case_lists(cases)["lexical"]

    assert found.details[-1].row.identifier == "broken"
    assert 0 < len(found.rows) < number
    assert len(found.details) * size * 5 <= BYTE_BUDGET
    assert "report.json" in found.note


@pytest.mark.parametrize(
    ("chosen", "word", "states"),
    [
        (("debugger", "debugger"), "right", ()),
        (("debugger", "code-reviewer"), "flaky: 1 of 2 right", ("wrong",)),
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

    row = case_lists([report])["lexical"].details[0].row

    assert row.mark.word == word
    assert row.states == states


def test_a_case_that_was_left_out_is_no_trouble() -> None:
    """It is told to be not run, neither wrong nor changed, and on a full page it makes room for others."""
    case = factories.a_case("left-out")
    left_out = _changed(
        CaseReport(subject=SUBJECT, case=case, trials=(), observation=observe_case(SUBJECT, case, [])),
        ChangeKind.LEFT_OUT,
    )
    many = [_case_report(f"case-{index:04}") for index in range(FULL_ROWS)]

    row = case_lists([left_out])["lexical"].details[0].row
    crowded = case_lists([*many, left_out])["lexical"]

    assert (row.mark.word, row.changes, row.states) == ("not run", (), ("not-run",))
    assert crowded.details == ()


def test_a_quarantined_case_can_be_filtered_and_tells_why() -> None:
    """Owner and day stand in its row, the reason inside it; a quarantine of another subject does not count."""
    reports = [_case_report("one"), _case_report("two")]
    quarantines = [
        Quarantine(case=CaseIdentifier("one"), owner="Ana", expires="2027-01-01", reason="flaky"),
        Quarantine(case=CaseIdentifier("two"), owner="Ben", expires="2027-01-01", subject=SubjectName("other")),
    ]

    one, two = case_lists(reports, quarantines)["lexical"].details

    assert one.row.badges == ("quarantine: Ana until 2027-01-01",)
    assert one.row.states == ("quarantined",)
    assert ("in quarantine, outside the gate", "Ana, until 2027-01-01: flaky") in one.facts
    assert (two.row.badges, two.row.states) == ((), ())


def test_every_state_is_known(judged_report: Report) -> None:
    """What a case can be filtered by is offered; nothing else is."""
    lists = case_lists(judged_report.cases, judged_report.quarantines)

    found = {state for item in lists.values() for detail in item.details for state in detail.row.states}

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

    row = case_lists([replace(report, case=case)])["lexical"].details[0].row

    assert row.anchor == "lexical/a%20%22b%22%2Fc"
    assert row.identifier == 'a "b"/c'
