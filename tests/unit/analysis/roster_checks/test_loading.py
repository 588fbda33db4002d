"""Agents that vanish, and files that only look like agents."""

from dataclasses import replace

import pytest

from passmuster.analysis.roster_checks.loading import overlooked_agents, shadowed_agents, troubled_files
from passmuster.analysis.roster_checks.material import Material
from passmuster.domain.agents import HostVerdict, StrictVerdict

from .made_up_files import a_file, a_material


def judged(text: str, host: HostVerdict, strict: StrictVerdict) -> Material:
    """Make a roster of one file on which a host has this verdict."""
    material = a_material(text)
    files = tuple(replace(file, host=host, strict=strict, reason="so it is") for file in material.roster.files)
    return replace(material, roster=replace(material.roster, files=files))


@pytest.mark.parametrize(
    ("host", "rule"),
    [
        (HostVerdict.PLACEHOLDER, ["placeholder"]),
        (HostVerdict.REFUSED, ["not-loaded"]),
        (HostVerdict.LENIENT, ["not-strict-yaml"]),
        (HostVerdict.NOT_OFFERED, []),
        (HostVerdict.LOADED, []),
    ],
)
def test_a_verdict_is_a_finding_where_it_surprises(host: HostVerdict, rule: list[str]) -> None:
    """With the host's own reason."""
    found = list(troubled_files(judged(a_file(), host, StrictVerdict.INVALID)))

    assert [finding.rule for finding in found] == rule
    assert all("so it is" in finding.message for finding in found)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (f" {a_file()}", ["overlooked-agent"]),
        ("name: reviewer\ndescription: Reviews.\n", ["overlooked-agent"]),
        ("# Reviewer\n\nname: reviewer\ndescription: Reviews.\n", []),
        (f"# How to write agents\n\n```\n{a_file()}```\n", []),
        ("# Reviewer\n\n---\nname: reviewer\n---\n", []),
        ("# Reviewer\n", []),
    ],
)
def test_damaged_fences_are_told_from_documentation(text: str, rules: list[str]) -> None:
    """A document that shows front matter in a fence of code, or in a list of words, is none."""
    material = judged(text, HostVerdict.NOT_AN_AGENT, StrictVerdict.NO_FRONT_MATTER)

    assert [finding.rule for finding in overlooked_agents(material)] == rules


@pytest.mark.parametrize(("front", "rules"), [("tools: Read\n", ["nameless-agent"]), ("", [])])
def test_an_agent_without_a_name_is_told_from_documentation(front: str, rules: list[str]) -> None:
    """Tools are what documentation has no use for."""
    text = f"---\ndescription: Reviews.\n{front}---\nReview.\n"
    material = judged(text, HostVerdict.NOT_AN_AGENT, StrictVerdict.VALID)

    assert [finding.rule for finding in overlooked_agents(material)] == rules


def test_an_agent_that_gives_way_is_named() -> None:
    """By the name that it shares."""
    (finding,) = shadowed_agents(judged(a_file(), HostVerdict.SHADOWED, StrictVerdict.VALID))

    assert (finding.rule, "'agent-0'" in finding.message) == ("shadowed-agent", True)
