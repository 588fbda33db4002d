"""What a reviewer sees first."""

from dataclasses import replace

import pytest

from passmuster.adapters.reporters.glance_views import glance
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer, Origin
from passmuster.domain.observations import Estimate
from passmuster.domain.reports import AgentRow, Report
from passmuster.domain.results import Run
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing import factories


def _run(choices: dict[str, list[str]], *, is_deterministic: bool = False) -> Run:
    trials = [
        factories.a_trial(case, repetition=index, answer=Answer(routing=factories.a_decision(name)))
        for case, names in choices.items()
        for index, name in enumerate(names)
    ]
    subject = factories.a_subject_record(is_deterministic=is_deterministic)
    cases = [factories.a_case(case) for case in choices]
    return factories.a_run(*trials, cases=cases, subjects=(subject,))


def _report(now: Run, before: Run | None = None) -> Report:
    return report_of(now, GatePolicy(rules=()), None if before is None else observe(before))


def _facts(report: Report) -> dict[str, str]:
    return {fact.label: fact.text.replace("\N{NO-BREAK SPACE}", " ") for fact in glance(report).trust}


def test_what_broke_is_said_first() -> None:
    """Broken, fixed and newly flaky cases are counted; broken ones make it bad."""
    right, wrong = ["debugger"] * 2, ["code-reviewer"] * 2
    before = _run({"a": right, "b": wrong, "c": right})
    now = _run({"a": wrong, "b": right, "c": ["debugger", "code-reviewer"]})

    found = glance(_report(now, before))

    # What became flaky broke as well: half of its choices are wrong now.
    assert found.worse == "2 broken, 1 fixed, 1 newly flaky"
    assert found.worse_tone == "bad"


def test_without_a_break_that_is_said() -> None:
    """A run that only fixes says that nothing broke; an equal one says that nothing differs."""
    wrong, right = _run({"a": ["code-reviewer"]}), _run({"a": ["debugger"]})

    assert glance(_report(right, wrong)).worse == "none broken, 1 fixed"
    assert glance(_report(right, right)).worse_tone == "good"
    assert "no accepted baseline" in glance(_report(right)).worse


def test_counts_of_subjects_are_not_added_up(report: Report) -> None:
    """Each of two subjects has its own counts."""
    found = glance(report)

    assert found.worse == "lexical: 1 broken; <second>: none broken"


@pytest.mark.parametrize(
    ("choices", "is_deterministic", "text"),
    [
        ({"a": ["debugger"]}, True, "none can be: answers do not vary"),
        ({"a": ["debugger"]}, False, "not known: each case was asked once"),
        ({"a": ["debugger", "debugger"]}, False, "none"),
        ({"a": ["debugger", "code-reviewer"], "b": ["debugger"] * 2}, False, "1 of 2 repeated (50.0 %)"),
    ],
)
def test_flakes_are_known_only_where_cases_were_repeated(
    choices: dict[str, list[str]],
    is_deterministic: bool,  # noqa: FBT001 - parameters of a test come by name
    text: str,
) -> None:
    """Without a repetition nobody knows, unless answers cannot vary."""
    assert _facts(_report(_run(choices, is_deterministic=is_deterministic)))["Flaky"] == text


def test_answers_that_nobody_made_now_are_told(report: Report) -> None:
    """Shares by origin, what was not asked, and failures of the harness are in the facts."""
    item = report.cases[1]
    fresh = replace(item.trials[0].answer, completion=factories.a_completion("x", origin=Origin.FRESH))
    mixed = replace(item, trials=(*item.trials, replace(item.trials[0], answer=fresh)))

    facts = _facts(replace(report, cases=(mixed,)))

    assert facts["Answers"] == "50.0 % fresh, 50.0 % authored"
    assert facts["Asked"] == "all 1 case, 2 trials"
    assert _facts(report)["Harness failures"] == "4 in 4 rows"


def test_the_worst_agents_are_named_with_their_intervals() -> None:
    """The lowest F1 comes first, a perfect one is not among them, and the link finds what went wrong."""
    recall = Estimate(value=0.5, lower=0.2, upper=0.8, confidence=0.95, sample_size=6, method="Wilson")
    rows = [
        AgentRow(agent=name, expected=6, chosen=5, precision=None, recall=recall, f1=f1)
        for name, f1 in (("a", 0.9), ("b", 0.4), ("c", 1.0), ("d", 0.6), ("e", 0.7))
    ]
    report = _report(_run({"a": ["debugger"]}))
    [subject] = report.subjects

    worst = glance(replace(report, subjects=(replace(subject, agents=tuple(rows)),))).worst

    assert [one.agent for one in worst] == ["b", "d", "e"]
    assert worst[0].recall.replace("\N{NO-BREAK SPACE}", " ") == "50.0 % (20.0 to 80.0 %)"
    assert worst[0].anchor == "view=cases&q=agent%3A%22b%22%20outcome%3Awrong"
