"""Skills, as Claude Code reads them and as the open specification does."""

from collections.abc import Callable

import pytest

from passmuster.adapters.rosters.skill_reading import SHOWN_CHARACTERS

from .bench import Bench, fates, rules


@pytest.fixture
def bench(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("skills")


def test_a_skill_has_everything_that_its_file_says(bench: Bench) -> None:
    """Only SKILL.md counts; the model is shown the description and when to use it."""
    bench.agent(
        "skills/pdf/SKILL.md",
        "name: pdf\ndescription: Reads PDF files.\nlicense: MIT\nallowed-tools: Read Bash",
        body="Use the reader.",
    )
    bench.agent("skills/pdf/REFERENCE.md", "name: no\ndescription: no")

    roster = bench.load("skills")

    (agent,) = roster.agents
    assert (agent.name, agent.description, agent.instructions) == ("pdf", "Reads PDF files.", "Use the reader.")
    # Tools that it may use unasked are no limit to those that it may use.
    assert (agent.tools, agent.metadata) == (None, {"license": "MIT", "allowed-tools": "Read Bash"})
    assert [(file.strict.value, file.host.value, file.reason) for file in roster.files] == [("valid", "loaded", "")]
    assert roster.findings == ()


def test_the_users_skills_come_before_the_projects(bench: Bench) -> None:
    """The reverse of agents; the organisation's come before both, plugins' last and with a prefix."""
    for level in ("managed", "user", "project"):
        bench.agent(f"{level}/all/SKILL.md", f"name: all\ndescription: {level}")
    for level in ("user", "project"):
        bench.agent(f"{level}/two/SKILL.md", f"name: two\ndescription: {level}")
    for name in ("two", "three"):
        bench.agent(f"kit/skills/{name}/SKILL.md", f"name: {name}\ndescription: plugin")
    bench.agent("kit/examples/four/SKILL.md", "name: four\ndescription: in no folder of skills")

    roster = bench.load("project", managed="managed", user="user", plugins=["kit"])

    assert {agent.name: agent.description for agent in roster.agents} == {
        "all": "managed",
        "two": "user",
        "kit:two": "plugin",
        "kit:three": "plugin",
    }
    assert rules(roster) == []
    assert rules(bench.load("project", user="nowhere")) == ["absent-level"]


def test_nothing_is_required(bench: Bench) -> None:
    """A skill without fields is called by its folder and described by its first paragraph."""
    bench.put("skills/notes/SKILL.md", "# Notes\nTakes notes.\n\nMore.")
    bench.agent("skills/broken/SKILL.md", "name: x: y\n  z\n- ]", body="Mends it.\n\nMore.")

    roster = bench.load("skills")

    assert {agent.name: agent.description for agent in roster.agents} == {
        "broken": "Mends it.",
        "notes": "# Notes\nTakes notes.",
    }
    assert [file.host.value for file in roster.files] == ["placeholder", "placeholder"]
    assert all("makes up a description" in file.reason for file in roster.files)


def test_long_descriptions_are_cut(bench: Bench) -> None:
    """The model is shown 1,536 characters of the description and of when to use it, which is warned of."""
    bench.agent("skills/a/SKILL.md", f"name: a\ndescription: {'x' * 1_000}\nwhen_to_use: {'y' * 600}")

    roster = bench.load("skills")

    (agent,) = roster.agents
    assert len(agent.description) == SHOWN_CHARACTERS
    assert agent.description.endswith("y…")
    assert " - yyy" in agent.description
    assert "truncated-description" in rules(roster)


def test_skills_for_people_only_are_not_offered(bench: Bench) -> None:
    """They stand in the verdicts, and take their name from lower levels."""
    bench.agent("user/a/SKILL.md", "name: a\ndescription: b\ndisable-model-invocation: true")
    bench.agent("project/a/SKILL.md", "name: a\ndescription: b")
    bench.agent("project/b/SKILL.md", "name: b\ndescription: b")

    roster = bench.load("project", user="user")

    assert roster.names == ("b",)
    assert fates(roster) == [("a", "not offered"), ("a", "shadowed"), ("b", "loaded")]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ("description: b", "no name"),
        ("name: a", "no description"),
        ("name: B\ndescription: b", "more than small letters"),
        ("name: a--b\ndescription: b", "single hyphens"),
        ("name: b\ndescription: b", "not that of its folder"),
        (f"name: a\ndescription: {'x' * 1_025}", "1,025 characters"),
        (f"name: a\ndescription: b\ncompatibility: {'x' * 501}", "501 characters"),
        ("name: a\ndescription: b\nmetadata: {c: 1}", "no mapping of texts"),
        ("name: a\ndescription: b\nwhen_to_use: c", "'when_to_use' is not part"),
    ],
)
def test_the_open_specification_asks_for_more(bench: Bench, fields: str, says: str) -> None:
    """What it refuses is loaded by Claude Code, with a warning and in the verdict."""
    bench.agent("skills/a/SKILL.md", fields)

    roster = bench.load("skills")

    (verdict,) = roster.files
    assert verdict.host.is_loaded
    assert verdict.strict.value == "invalid"
    assert says in verdict.reason
    assert any(finding.rule == "skill-specification" and says in finding.message for finding in roster.findings)


def test_lenient_reading_is_told(bench: Bench) -> None:
    """A description with a colon is put in quotes, as with agents."""
    bench.agent("skills/a/SKILL.md", "name: a\ndescription: Use it: now")

    (verdict,) = bench.load("skills").files

    assert verdict.host.value == "loaded leniently"
    assert "open specification" in verdict.reason
