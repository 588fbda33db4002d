"""A roster as files: what is written is what the product's own rules read back."""

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.adapters.products.roster_files import (
    claude_code_files,
    gemini_cli_files,
    no_files,
    opencode_files,
)
from passmuster.adapters.rosters.claude_code import COMPONENT
from passmuster.components import BuildContext
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.errors import InvalidRosterError
from passmuster.testing.factories import a_roster, an_agent

ODD = 'Use it: "always" — *now* # yes\n\t\\n literally, 🐢 \u2028 \x85 {a: [b'


def front_of(text: str) -> dict[str, object]:
    _, front, _ = text.split("---\n", 2)
    found = yaml.safe_load(front)
    assert isinstance(found, dict)
    return found


def loaded(files: dict[str, str], folder: Path) -> Roster:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("utf-8", "replace"))
    place = folder / "workspace" / ".claude" / "agents"
    return COMPONENT.build(COMPONENT.options(location=str(place)), BuildContext(folder=folder)).load(place)


def test_claude_code_reads_back_what_was_written(tmp_path: Path) -> None:
    """Name, description to the last character, tools, model, further fields, and the body."""
    agent = an_agent(
        "debugger", ODD, tools=("Read", "Agent(x, y)"), model="opus", metadata={"color": "red", "maxTurns": 3}
    )
    roster = a_roster(agent, an_agent("Code Reviewer", tools=()), host="claude_code")

    read = loaded(dict(claude_code_files(roster).files), tmp_path)

    assert read.names == ("Code Reviewer", "debugger")
    again = read.agent(agent.name)
    assert again is not None
    assert (again.description, again.tools, again.model) == (ODD, ("Read", "Agent(x, y)"), "opus")
    assert again.metadata == {"color": "red", "maxTurns": 3}
    assert again.instructions.strip() == agent.instructions
    assert read.agents[0].tools == ()


@settings(deadline=None)
@given(description=st.text(st.characters(exclude_categories=()), min_size=1, max_size=40))
def test_any_description_is_written_so_that_yaml_reads_it(description: str) -> None:
    """Control characters, quotes, colons and halves of characters."""
    [text] = claude_code_files(a_roster(an_agent("a", description))).files.values()

    text.encode("utf-8")
    assert front_of(text)["description"] == description


def test_names_never_become_paths() -> None:
    """Claude Code knows an agent by what stands in its file."""
    files = claude_code_files(a_roster("../../escape", "/etc/passwd", "a\0b")).files

    assert set(files) == {f"workspace/.claude/agents/{number:04}.md" for number in (1, 2, 3)}


def test_agents_of_plugins_are_plugins_again() -> None:
    """With the plugin's name and its subfolders."""
    written = claude_code_files(a_roster("dev:researcher", "dev:web:crawler", "debugger"))

    assert written.plugins == ("plugins/dev",)
    assert json.loads(written.files["plugins/dev/.claude-plugin/plugin.json"]) == {"name": "dev"}
    assert front_of(written.files["plugins/dev/agents/0002.md"])["name"] == "researcher"
    assert front_of(written.files["plugins/dev/agents/web/0003.md"])["name"] == "crawler"
    assert written.replaced == (".claude/agents",)


def test_a_plugin_that_leads_elsewhere_is_refused() -> None:
    """Its name becomes that of a folder."""
    with pytest.raises(InvalidRosterError, match=re.escape("'..:x'")) as caught:
        claude_code_files(a_roster("..:x", "fine:x", "a/b:y", "a::b"))

    assert [finding.rule for finding in caught.value.findings] == ["unfit-name"] * 3


def test_agents_of_the_product_are_not_written() -> None:
    """It brings them itself."""
    roster = a_roster("debugger", an_agent("Explore", metadata={"built_in": True}))

    assert len(claude_code_files(roster).files) == 1


def test_agents_of_another_product_lose_what_means_nothing_here() -> None:
    """Names of tools and models."""
    agent = an_agent("debugger", tools=("bash",), model="provider/x", metadata={"mode": "all"})

    [text] = claude_code_files(a_roster(agent, host="opencode")).files.values()

    assert set(front_of(text)) == {"name", "description"}


def test_skills_are_written_as_skills() -> None:
    """A roster of skills is what Claude Code loads as such."""
    written = claude_code_files(a_roster("tidy-up", host="skills"))

    assert list(written.files) == ["workspace/.claude/skills/tidy-up/SKILL.md"]
    assert written.replaced == (".claude/skills",)


def test_gemini_cli_gets_only_fields_that_it_knows() -> None:
    """One more, and it would refuse the file."""
    agent = an_agent("debugger", ODD, tools=("read_file",), model="pro", metadata={"color": "red", "max_turns": 3})

    own = gemini_cli_files(a_roster(agent, host="gemini_cli")).files
    other = gemini_cli_files(a_roster(agent, host="claude_code")).files

    assert set(own) == {"workspace/.gemini/agents/debugger.md"}
    front = front_of(own["workspace/.gemini/agents/debugger.md"])
    assert set(front) == {"name", "description", "tools", "model", "max_turns"}
    assert front["description"] == ODD
    assert set(front_of(other["workspace/.gemini/agents/debugger.md"])) == {"name", "description"}


def test_opencode_names_an_agent_by_its_file() -> None:
    """And is told that it may be delegated to; its own fields stay."""
    agent = an_agent("debugger", model="p/x", metadata={"permission": {"bash": "deny"}, "mode": "all"})

    own = front_of(opencode_files(a_roster(agent, host="opencode")).files["workspace/.opencode/agents/debugger.md"])
    other = front_of(opencode_files(a_roster(agent)).files["workspace/.opencode/agents/debugger.md"])

    assert own == {"description": agent.description, "mode": "all", "permission": {"bash": "deny"}, "model": "p/x"}
    assert other == {"description": agent.description, "mode": "subagent"}


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "a:b", "a\0"])
def test_names_that_no_file_can_have_are_refused(name: str) -> None:
    """Where the name is the file's, or the product's rules are strict."""
    roster = Roster(name="x", agents=(AgentDefinition(name=an_agent(name).name, description="d", instructions=""),))

    for write in (opencode_files, gemini_cli_files):
        with pytest.raises(InvalidRosterError, match="cannot have an agent named"):
            write(roster)


def test_nothing_is_written_where_agents_are_told_otherwise() -> None:
    """Codex gets them in its question."""
    assert no_files(a_roster()).files == {}
