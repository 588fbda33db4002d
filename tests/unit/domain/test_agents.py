"""Agents and rosters: names, order, and what counts as a change."""

from dataclasses import replace
from typing import Any

import pytest

from passmuster.domain.agents import HostVerdict
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.testing.factories import a_roster, an_agent


def test_a_roster_is_in_order_of_name_whatever_order_it_was_given() -> None:
    """The order of files does not reach anything that is computed from a roster."""
    one, other = a_roster("b", "a"), a_roster("a", "b")

    assert one.names == ("a", "b")
    assert one == other
    assert one.fingerprint == other.fingerprint


def test_two_agents_of_one_name_are_refused() -> None:
    """A loader that lets duplicates through is found out at once."""
    with pytest.raises(ValueError, match=r"roster 'example' has two agents named 'a'"):
        a_roster("b", "a", "a")


def test_an_agent_is_found_by_its_name() -> None:
    """Looking up an agent gives it, or nothing."""
    roster = a_roster("a", "b")

    assert roster.agent(AgentName("b")) == an_agent("b")
    assert roster.agent(AgentName("c")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"instructions": "Be terse."},
        {"tools": ()},
        {"tools": ("Read",)},
        {"model": "example"},
        {"metadata": {"maxTurns": 3}},
    ],
)
def test_what_changes_the_agent_and_not_the_choice_changes_one_fingerprint_only(changes: dict[str, Any]) -> None:
    """Choosers read name and description; the rest of the definition is the agent's own matter."""
    agent = an_agent("a")

    edited = replace(agent, **changes)

    assert edited.fingerprint != agent.fingerprint
    assert edited.description_fingerprint == agent.description_fingerprint


def test_an_edited_description_changes_both_fingerprints() -> None:
    """The description is read by choosers, and is part of the definition."""
    agent = an_agent("a")

    edited = replace(agent, description="Use for something else.")

    assert edited.fingerprint != agent.fingerprint
    assert edited.description_fingerprint != agent.description_fingerprint


def test_where_an_agent_lies_is_no_part_of_it() -> None:
    """A renamed file is no edit."""
    agent = an_agent("a")

    moved = replace(agent, source=SourceLocation(path="elsewhere/a.md", line=1))

    assert moved.fingerprint == agent.fingerprint


def test_only_error_findings_make_a_roster_unusable() -> None:
    """Warnings and notes are printed, and stop nothing."""
    findings = tuple(Finding(rule="rule", severity=severity, message=severity.value) for severity in Severity)

    errors = a_roster(findings=findings).errors()

    assert [finding.message for finding in errors] == ["error"]


def test_an_agent_comes_out_of_three_of_the_hosts_verdicts() -> None:
    """A placeholder is loaded, though nobody can choose it sensibly."""
    loaded = {verdict for verdict in HostVerdict if verdict.is_loaded}

    assert loaded == {HostVerdict.LOADED, HostVerdict.LENIENT, HostVerdict.PLACEHOLDER}
