"""Agents and files that are spoken of and are not there; examples of others; comments that ignore."""

from dataclasses import replace

import pytest

from passmuster.analysis.roster_checks.examples import misleading_examples
from passmuster.analysis.roster_checks.material import AgentText
from passmuster.analysis.roster_checks.references import missing_files, unknown_agents
from passmuster.analysis.roster_checks.rules import complaint
from passmuster.analysis.roster_checks.suppressions import apply, suppressions_of
from passmuster.domain.agents import AgentExample
from passmuster.domain.values import AgentName

from .made_up_files import a_file, a_material


@pytest.mark.parametrize(
    ("sentence", "count"),
    [
        ("Then call the `test-writer` agent.", 1),
        ("Hand over to @test-writer subagent.", 1),
        ('subagent_type: "test-writer"', 1),
        ("Hand over to the `agent-0` agent.", 0),
        ("Use the `general-purpose` agent.", 0),
        ("It is a multi-agent system with a **multi-step** agent pattern.", 0),
        ("A state-of-the-art agent.", 0),
        ("```\ncall the `test-writer` agent\n```", 0),
    ],
)
def test_agent_that_is_not_there_is_found(sentence: str, count: int) -> None:
    """Only what is marked as a name, with a hyphen in it."""
    assert len(list(unknown_agents(a_material(a_file(sentence))))) == count


@pytest.mark.parametrize(
    ("link", "count"),
    [
        ("[rules](rules/python.md)", 1),
        ("[rules](../rules.md#races) and [again](../rules.md)", 1),
        ("[there](there.md)", 0),
        ("[site](https://example.invalid/x.md)", 0),
        ("[top](#top)", 0),
        ("[stand-in](path/to/file.md)", 0),
        ("![picture](x.png)", 0),
        ("`[code](x.md)`", 0),
        ("[home](~/x.md) [root](/x.md) [variable]($X/x.md)", 0),
    ],
)
def test_link_to_nowhere_is_found(link: str, count: int) -> None:
    """Links below the agent's folder only; each target once."""
    material = replace(a_material(a_file(link)), is_there=lambda path: path == "there.md")

    assert len(list(missing_files(material))) == count


def example_calling(agent: str | None) -> AgentExample:
    return AgentExample(
        context="", user="Is it safe?", assistant="", commentary="", agent=AgentName(agent) if agent else None, line=3
    )


@pytest.mark.parametrize(
    ("called", "rule"),
    [
        ("agent-1", "example-names-another"),
        ("agent-7", "example-names-nobody"),
        ("agent-0", None),
        ("plugin:agent-0", None),
        ("general-purpose", None),
        (None, None),
    ],
)
def test_example_of_another_agent_is_found(called: str | None, rule: str | None) -> None:
    """One of the roster, or one that is not there; the host's own agents are known."""
    material = a_material(a_file(), a_file())
    first, second = material.roster.agents
    roster = replace(material.roster, agents=(replace(first, examples=(example_calling(called),)), second))

    found = list(misleading_examples(replace(material, roster=roster)))

    assert [finding.rule for finding in found] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# passmuster: ignore secret – it is a sample", ["secret"], "it is a sample"),
        (
            "#passmuster:ignore secret, personal-path - both are samples",
            ["secret", "personal-path"],
            "both are samples",
        ),
        ("# passmuster: ignore secret because it is a sample", ["secret"], "it is a sample"),
        ("# passmuster: ignore secret", ["secret"], ""),
        ("# passmuster: ignore", [""], ""),
        ("  # passmuster: ignore secret – within a block it is text", [], ""),
        ("# passmuster is a tool", [], ""),
    ],
)
def test_comment_is_read(comment: str, rules: list[str], reason: str) -> None:
    """Rules and reason; only at the beginning of a line, where no YAML can take it for text."""
    found = list(suppressions_of(AgentText(path="0.md", text=a_file(front=f"{comment}\n"))))

    assert [item.rule for item in found] == rules
    assert {item.reason for item in found} <= {reason}


def test_comment_in_the_body_is_text() -> None:
    """The agent would read it."""
    text = AgentText(path="0.md", text=a_file("# passmuster: ignore secret – no"))

    assert list(suppressions_of(text)) == []


def test_finding_is_ignored_in_its_own_file_only() -> None:
    """And kept with its reason; a comment that frees from nothing is idle, unless its rule was not looked at."""
    comment = "# passmuster: ignore secret – a sample\n# passmuster: ignore unknown-color – ours\n"
    texts = {
        "0.md": AgentText(path="0.md", text=a_file(front=comment)),
        "1.md": AgentText(path="1.md", text=a_file()),
    }
    findings = [complaint("secret", texts[path].at(5), "x", "y") for path in texts]

    kept, gone = apply(findings, texts, lambda _rule: True)
    lazily, _ = apply(findings, texts, lambda rule: rule != "unknown-color")

    assert [(item.finding, item.reason) for item in gone] == [(findings[0], "a sample")]
    assert [finding.rule for finding in kept] == ["secret", "unused-suppression"]
    assert [finding.rule for finding in lazily] == ["secret"]
