"""Annotations of a GitHub job."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.reporters.breaks import breaks_of
from passmuster.adapters.reporters.places import Places
from passmuster.adapters.reporters.workflow_commands import Annotation, annotations_of
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.reports import Report
from passmuster.domain.values import AgentName, CaseIdentifier, SourceLocation
from passmuster.domain.verdicts import GateOutcome
from passmuster.texts.visible import visible

PLACES = Places(Path("/nowhere"))
TEXTS = st.text(max_size=60) | st.text(alphabet="%:,\r\n=;0DA3C25 ", max_size=30)


def as_the_runner_reads(line: str) -> tuple[str, dict[str, str], str]:
    """Read a command as the runner does: up to the first space, up to the next two colons, and what is left."""
    match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line)
    assert match is not None
    properties = dict(part.split("=", 1) for part in match[2].split(","))
    marks = (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
    for mark, character in marks:
        properties = {name: value.replace(mark, character) for name, value in properties.items()}
    message = match[3]
    for mark, character in marks[2:]:
        message = message.replace(mark, character)
    return match[1], properties, message


@given(title=TEXTS, message=TEXTS, path=TEXTS)
def test_a_command_is_one_line_that_says_what_was_meant(title: str, message: str, path: str) -> None:
    """Whatever is in a name or a request, the runner reads one command, with the texts as they are made visible."""
    item = Annotation(level="error", title=title, message=message, place=SourceLocation(path=path, line=3))

    assert len(item.line.splitlines()) == 1
    level, properties, read = as_the_runner_reads(item.line)
    assert level == "error"
    assert properties == {"file": visible(path), "line": "3", "title": visible(title)}
    assert read == visible(message)


def test_breaks_of_one_agent_are_one_annotation(report: Report) -> None:
    """At the taker's line, with how many cases there are and the first five of them."""
    assert report.comparison is not None
    [broken] = report.comparison.of_kind(ChangeKind.BROKEN)
    many = tuple(replace(broken, case=CaseIdentifier(f"case-{number}")) for number in range(7))
    agents = [replace(agent, source=SourceLocation(path="a.md", line=3)) for agent in report.roster.agents]
    changed = replace(
        report,
        comparison=replace(report.comparison, cases=many),
        roster=replace(report.roster, agents=tuple(agents)),
    )

    verdict, theft = annotations_of(changed, breaks_of(changed, PLACES))

    assert (verdict.level, verdict.place) == ("error", None)
    assert "code-reviewer stole 1 from debugger" in verdict.message
    assert theft.title == "code-reviewer takes requests of debugger (lexical, 7\N{NO-BREAK SPACE}cases)"
    assert theft.place == SourceLocation(path="a.md", line=3)
    assert len(theft.message.splitlines()) == 6
    assert theft.message.endswith("and 2 more")


def test_a_step_shows_ten_of_each_level(report: Report) -> None:
    """What is more is counted in the tenth, so that nothing vanishes without a word."""
    assert report.comparison is not None
    [broken] = report.comparison.of_kind(ChangeKind.BROKEN)
    many = tuple(replace(broken, stolen_by=AgentName(f"thief-{number}")) for number in range(20))
    changed = replace(report, comparison=replace(report.comparison, cases=many))

    found = annotations_of(changed, breaks_of(changed, PLACES))

    assert [item.level for item in found] == ["error"] * 10
    assert found[-1].title == "passmuster: 12 more, in the report"


@pytest.mark.parametrize(
    ("outcome", "levels"),
    [
        (GateOutcome.PASSED, ["warning"]),
        (GateOutcome.EQUAL, ["warning"]),
        (GateOutcome.INCONCLUSIVE, ["warning", "warning"]),
        (GateOutcome.FAILED, ["error", "error"]),
    ],
)
def test_only_a_failed_gate_makes_errors(report: Report, outcome: GateOutcome, levels: list[str]) -> None:
    """A break that the rules let pass is a warning, and so is a verdict that cannot tell."""
    changed = replace(report, verdict=replace(report.verdict, outcome=outcome))

    assert [item.level for item in annotations_of(changed, breaks_of(changed, PLACES))] == levels


def test_what_is_in_quarantine_is_a_warning(judged_report: Report) -> None:
    """It is outside the gate, even where the gate fails."""
    _, quarantined = annotations_of(judged_report, breaks_of(judged_report, PLACES))

    assert quarantined.level == "warning"
    assert quarantined.title.endswith(", in quarantine)")
