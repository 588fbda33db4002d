"""Names, models, values and descriptions that do not do what they were meant to."""

from dataclasses import replace

import pytest

from passmuster.analysis.roster_checks import descriptions, fields
from passmuster.analysis.roster_checks.material import Material
from passmuster.domain.agents import HostVerdict
from passmuster.domain.values import AgentName

from .made_up_files import a_file, a_material


@pytest.mark.parametrize(
    ("key", "meant"),
    [("allowed-tools", "tools"), ("desciption", "description"), ("Model", "model"), ("max_turns", "maxTurns")],
)
def test_field_that_looks_like_a_known_one_is_found(key: str, meant: str) -> None:
    """At its own line."""
    material = a_material(a_file(front=f"{key}: x\n"), metadata={key: "x"})

    (finding,) = fields.misspelt_fields(material)

    assert repr(meant) in finding.message
    assert finding.location is not None
    assert finding.location.line == 4


@pytest.mark.parametrize("key", ["category", "emoji", "author", "version", "argument-hint", "color", "tags", "license"])
def test_field_of_ones_own_is_left_alone(key: str) -> None:
    """The host ignores it, and so do we."""
    assert list(fields.misspelt_fields(a_material(metadata={key: "x"}))) == []


@pytest.mark.parametrize(
    "model",
    ["sonnet", "inherit", "claude-sonnet-4-5", "claude-opus-4-1-20250805", "opus[1m]", "us.anthropic.claude-x-1:0"],
)
def test_known_models_are_left_alone(model: str) -> None:
    """Aliases, full identifiers, also as cloud vendors write them, with a wide context or without."""
    assert list(fields.models(a_material(model=model))) == []


@pytest.mark.parametrize("model", ["Sonnet", "Claude Sonnet 4.5", "gpt-4o", "best"])
def test_unknown_models_are_found(model: str) -> None:
    """With what may be written."""
    (finding,) = fields.models(a_material(model=model))

    assert repr(model) in finding.message


@pytest.mark.parametrize(
    ("metadata", "count"),
    [
        ({"permissionMode": "plan", "effort": "high", "background": True, "maxTurns": 5, "memory": "project"}, 0),
        ({"permissionMode": "yolo"}, 1),
        ({"background": "yes", "maxTurns": "many"}, 2),
        ({"maxTurns": True}, 1),
        ({"effort": ["low"]}, 1),
    ],
)
def test_values_are_compared_with_the_hosts(metadata: dict[str, object], count: int) -> None:
    """A truth value is no number, and a list no word."""
    assert len(list(fields.values(a_material(metadata=metadata)))) == count


def test_names_are_compared_without_their_plugins() -> None:
    """The prefix is the plugin's."""
    assert list(fields.names(a_material(a_file()))) == []


@pytest.mark.parametrize(
    ("description", "rule"),
    [
        ("MUST BE USED PROACTIVELY.", "vague-description"),
        ("Use this agent when you need an expert assistant for your tasks.", "vague-description"),
        ("Reviews Rust", "short-description"),
        ("TODO: say when to use it for Rust reviews", "unfinished-text"),
        ("Reviews [insert language] code for races", "unfinished-text"),
        ("Description here", "unfinished-text"),
        ("Lorem ipsum dolor sit amet consectetur", "unfinished-text"),
    ],
)
def test_description_that_helps_nobody_is_found(description: str, rule: str) -> None:
    """Urging, naming, and what was to be filled in."""
    material = a_material(description=description)
    checks = (descriptions.vague_descriptions, descriptions.short_descriptions, descriptions.unfinished_texts)

    assert rule in [finding.rule for check in checks for finding in check(material)]


@pytest.mark.parametrize(
    "description",
    [
        "Finds TODO comments that nobody owns, and files issues for them.",
        "Reviews Rust for unsound code",
        "Writes descriptions here and there for products in shops",
        "Schreibt Datenbankmigrationen für PostgreSQL und prüft Indizes",
        "审查 Rust 代码中的 不安全 用法 和 数据 竞争",
        'Plans trips. <example>user: "TODO: pack"</example>',
    ],
)
def test_description_that_says_something_is_left_alone(description: str) -> None:
    """In any language; words of examples are the user's."""
    material = a_material(description=description)
    checks = (descriptions.vague_descriptions, descriptions.unfinished_texts)

    assert [finding for check in checks for finding in check(material)] == []


def test_made_up_description_is_nobodys_fault() -> None:
    """A plugin's placeholder is another finding."""
    material = a_material(description="Agent from plugin")
    (verdict,) = material.roster.files
    files = (replace(verdict, host=HostVerdict.PLACEHOLDER),)

    made_up = replace(material, roster=replace(material.roster, files=files))

    assert list(descriptions.short_descriptions(material)) != []
    assert list(descriptions.short_descriptions(made_up)) == []


def with_long_ones(count: int) -> Material:
    """Make a roster of eight, of which some have long descriptions."""
    material = a_material(*[a_file()] * 8)
    long = "Knows every oak of the forest. " * 80
    agents = [
        replace(agent, description=long) if number < count else agent
        for number, agent in enumerate(material.roster.agents)
    ]
    return replace(material, roster=replace(material.roster, agents=tuple(agents)))


def test_long_description_is_one_that_peers_do_not_have() -> None:
    """Where half of the roster writes as much, nobody is told."""
    assert len(list(descriptions.long_descriptions(with_long_ones(1)))) == 1
    assert list(descriptions.long_descriptions(with_long_ones(4))) == []


@pytest.mark.parametrize(("name", "proposal"), [("Löscher", "'loscher'"), ("日本", "'code-reviewer'")])
def test_a_name_in_other_letters_gets_a_proposal(name: str, proposal: str) -> None:
    """Without its accents where that is possible, and never an empty word."""
    material = a_material()
    agents = (replace(material.roster.agents[0], name=AgentName(name)),)

    (finding,) = fields.names(replace(material, roster=replace(material.roster, agents=agents)))

    assert proposal in finding.hint
