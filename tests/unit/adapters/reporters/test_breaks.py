"""What broke, and whose description is to be looked at."""

from dataclasses import replace
from pathlib import Path

import pytest

from passmuster.adapters.reporters.breaks import KINDS, Break, breaks_of
from passmuster.adapters.reporters.places import Places
from passmuster.domain.comparisons import CaseChange, ChangeKind
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName, SourceLocation


@pytest.fixture
def broken(report: Report) -> CaseChange:
    """The one change of the report that broke a case."""
    assert report.comparison is not None
    [change] = report.comparison.of_kind(ChangeKind.BROKEN)
    return change


def found(report: Report, *changes: CaseChange) -> tuple[Break, ...]:
    assert report.comparison is not None
    agents = [
        replace(agent, source=SourceLocation(path=f"agents/{agent.name}.md", line=2)) for agent in report.roster.agents
    ]
    comparison = replace(report.comparison, cases=changes)
    changed = replace(report, comparison=comparison, roster=replace(report.roster, agents=tuple(agents)))
    return breaks_of(changed, Places(Path("/nowhere")))


def blamed(report: Report, change: CaseChange) -> tuple[str, str, str | None]:
    [item] = found(report, change)
    return item.kind, item.agent, None if item.place is None else item.place.path


def test_the_agent_that_took_the_request_is_to_be_looked_at(report: Report, broken: CaseChange) -> None:
    """A stolen request points at the thief's description, with who lost it and why in words."""
    [item] = found(report, broken)

    assert (item.kind, item.agent) == ("stolen-request", "code-reviewer")
    assert item.place == SourceLocation(path="agents/code-reviewer.md", line=2)
    assert item.title == "code-reviewer takes requests of debugger"
    assert item.sentence.startswith("hostile (lexical); debugger → code-reviewer; code-reviewer was edited and takes")
    assert "expected debugger or test-engineer" in item.sentence


def test_a_request_that_was_lost_points_at_who_lost_it(report: Report, broken: CaseChange) -> None:
    """And at who has it now where the loser is gone, since what is gone has no description."""
    lost = replace(broken, stolen_by=None, lost_to="code-reviewer")

    assert blamed(report, lost) == ("lost-request", "debugger", "agents/debugger.md")
    assert blamed(report, replace(lost, was="gone")) == (
        "lost-request",
        "code-reviewer",
        "agents/code-reviewer.md",
    )


def test_a_choice_that_a_third_agent_shifted_points_at_that_agent(report: Report, broken: CaseChange) -> None:
    """The description that was edited is the one to look at; without any, the agent that lost the request."""
    shifted = replace(broken, stolen_by=None, now="(nobody)", edited=())
    assert report.comparison is not None
    calm = replace(report.comparison, roster=replace(report.comparison.roster, description_edited=()))

    assert blamed(report, shifted) == ("broken-choice", "code-reviewer", "agents/code-reviewer.md")
    assert blamed(replace(report, comparison=calm), shifted) == ("broken-choice", "debugger", "agents/debugger.md")


def test_an_output_points_at_who_wrote_it(report: Report, broken: CaseChange) -> None:
    """The agent that wrote; or, where nobody did, the one that should have."""
    output = replace(broken, aspect=Aspect.OUTPUT, stolen_by=None, was="", now="")
    judged = next(item.case.identifier for item in report.cases if item.case.rubric is not None)

    assert blamed(report, replace(output, case=judged)) == ("broken-output", "debugger", "agents/debugger.md")
    assert blamed(report, output) == ("broken-output", "debugger", "agents/debugger.md")


def test_without_an_agent_file_the_case_is_the_place(report: Report, broken: CaseChange) -> None:
    """An agent without a file leaves the line on which the request is written."""
    [item] = breaks_of(report, Places(Path("/nowhere")))

    assert item.change == broken
    assert item.place == SourceLocation(path="cases.jsonl", line=1)


def test_the_gravest_come_first_and_quarantine_last(judged_report: Report, broken: CaseChange) -> None:
    """By kind, and what is outside the gate after everything else."""
    changes = (
        broken,
        replace(broken, case="judged", aspect=Aspect.OUTPUT, stolen_by=None),
        replace(broken, case="lost", stolen_by=None, lost_to=AgentName("code-reviewer")),
        replace(broken, case="nobody's"),
    )

    items = found(judged_report, *changes)

    assert [item.change.case for item in items] == ["nobody's", "lost", "judged", "hostile"]
    assert items[-1].quarantine is not None
    assert {item.kind for item in items} <= set(KINDS)


def test_a_first_run_breaks_nothing(first_report: Report) -> None:
    """Without a baseline there is nothing to break."""
    assert breaks_of(first_report, Places(Path("/nowhere"))) == ()
