"""One folder, two products: what Copilot and VS Code make of the same files."""

from collections.abc import Callable

import pytest

from .bench import Bench, fates, rules


@pytest.fixture
def copilot(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("copilot")


@pytest.fixture
def vscode(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("vscode")


def test_agents_are_called_by_their_files_or_by_their_names(copilot: Bench, vscode: Bench) -> None:
    """Copilot takes the file's name, VS Code the name that it shows."""
    copilot.agent("agents/reviewer.agent.md", "name: Code Reviewer\ndescription: Reviews.")
    copilot.agent("agents/writer.md", "description: Writes.")

    assert copilot.load("agents").names == ("reviewer", "writer")
    assert vscode.load("agents").names == ("Code Reviewer", "writer")


def test_tools_have_aliases(copilot: Bench) -> None:
    """Claude Code's names for tools are understood, in any case; a star is all of them."""
    copilot.agent("agents/a.md", "description: b\ntools: [Bash, shell, Read, GREP, 'server/*', mine]")
    copilot.agent("agents/b.md", "description: b\ntools: ['*']")
    copilot.agent("agents/c.md", "description: b\ntools: []")
    copilot.agent("agents/d.md", "description: b\ntools: Write, Task")

    tools = {agent.name: agent.tools for agent in copilot.load("agents").agents}

    assert tools == {
        "a": ("execute", "read", "search", "server/*", "mine"),
        "b": None,
        "c": (),
        "d": ("edit", "agent"),
    }


@pytest.mark.parametrize(
    ("fields", "fate", "says"),
    [
        ("name: a", "refused", "no description"),
        ("description: Use it: now", "refused", "strictly"),
        ("description: b\ntarget: vscode", "not offered", "its target is 'vscode'"),
        ("description: b\ntarget: github-copilot", "loaded", ""),
        ("description: b\ndisable-model-invocation: true", "not offered", "disable-model-invocation"),
        ("description: b\ninfer: false", "not offered", "infer"),
        ("description: b\ndisable-model-invocation: false\ninfer: false", "loaded", ""),
        ("description: b\nuser-invocable: false", "loaded", ""),
    ],
)
def test_copilot_has_its_conditions(copilot: Bench, fields: str, fate: str, says: str) -> None:
    """What keeps an agent from Copilot's model stands in the verdict."""
    copilot.agent("good.md", "description: Good.")

    verdict = copilot.verdict(fields)

    assert verdict.host.value == fate
    assert says in verdict.reason


def test_copilot_passes_over_what_is_no_agent(copilot: Bench) -> None:
    """A file without front matter is none, and subfolders are not looked at; both are told."""
    copilot.agent("agents/a.md", "description: b")
    copilot.put("agents/README.md", "# Agents")
    copilot.agent("agents/deep/b.md", "description: b")

    roster = copilot.load("agents")

    assert fates(roster) == [(None, "not an agent"), ("a", "loaded"), (None, "not an agent")]
    assert "subfolders" in roster.files[2].reason


def test_long_instructions_and_lost_fields_are_warned_of(copilot: Bench, vscode: Bench) -> None:
    """Copilot allows 30,000 characters, and each product passes over fields of the other."""
    copilot.agent("agents/a.md", "description: b\nhandoffs: []\nargument-hint: c\nmcp-servers: {}", body="x" * 30_001)

    assert rules(copilot.load("agents")) == ["long-instructions", "ignored-field", "ignored-field"]
    assert rules(vscode.load("agents")) == ["ignored-field"]


def test_the_organisations_agents_give_way(copilot: Bench) -> None:
    """The repository's level is the nearest."""
    copilot.agent("agents/a.md", "description: own")
    copilot.agent("organisation/a.agent.md", "description: theirs")

    assert [agent.description for agent in copilot.load("agents", lower_levels=["organisation"]).agents] == ["own"]


def test_two_endings_of_one_name_are_an_error(copilot: Bench) -> None:
    """Nobody says which of the two is taken."""
    copilot.agent("agents/a.md", "description: one")
    copilot.agent("agents/a.agent.md", "description: two")

    assert rules(copilot.load("agents")) == ["duplicate-agent"]


def test_vscode_reads_chat_modes_as_well(vscode: Bench) -> None:
    """The older folder beside belongs to the same level, unless it is left out."""
    vscode.agent("agents/a.agent.md", "description: b")
    vscode.agent("chatmodes/plan.chatmode.md", "description: c\nmodel: [Fast (copilot), Slow]")

    roster = vscode.load("agents")

    assert roster.names == ("a", "plan")
    assert roster.agents[1].model == "Fast (copilot)"
    assert vscode.load("agents", chat_modes=False).names == ("a",)
    assert vscode.load("chatmodes").names == ("plan",)


def test_vscode_needs_no_front_matter(vscode: Bench) -> None:
    """Any Markdown file is an agent; without a description nothing tells what it is for."""
    vscode.put("agents/README.md", "# Agents\n")
    vscode.agent("agents/a.md", "target: github-copilot")
    vscode.agent("agents/b.md", "description: b\ndisable-model-invocation: true")

    roster = vscode.load("agents")

    assert fates(roster) == [("README", "placeholder"), ("a", "not offered"), ("b", "not offered")]
    assert roster.agents[0].instructions == "# Agents"
