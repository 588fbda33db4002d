"""One agent file as the host reads it."""

from pathlib import Path

import pytest

from passmuster.adapters.rosters.agent_files import MAXIMUM_BYTES, AgentFile
from passmuster.adapters.rosters.agent_reading import read_agent_file
from passmuster.adapters.rosters.read_files import ReadFile, with_examples
from passmuster.domain.agents import AgentDefinition, HostVerdict


class Desk:
    """Writes one file and reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(
        self, front: str | bytes, *, body: str = "", plugin: str | None = None, name: str = "file.md", below: str = ""
    ) -> ReadFile:
        """Read a file; bytes, and text that has a fence or a heading of its own, are written as they are."""
        if isinstance(front, str):
            front = (front if front.startswith(("---", "#")) else f"---\n{front}\n---\n{body}\n").encode()
        path = self.folder / name
        path.write_bytes(front)
        subfolders = tuple(below.split("/")) if below else ()
        return read_agent_file(AgentFile(path=path, shown=name, plugin=plugin, subfolders=subfolders))

    def agent(self, front: str, *, body: str = "") -> AgentDefinition:
        """Read a file that has an agent."""
        read = self.read(front, body=body)
        assert read.agent is not None
        return with_examples(read, read.agent, {})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_agent_has_everything_that_its_file_says(desk: Desk) -> None:
    """Fields, body, examples and places come out of one file."""
    front = (
        "name: code-reviewer\ndescription: |\n  Judges.\n  <example>\n  user: Judge\n"
        "  assistant: the code-reviewer agent\n  </example>\n"
        "tools: Read, Agent(a, b), Grep\nmodel: opus\ncolor: red\nmaxTurns: 3"
    )

    agent = desk.agent(front, body="\nYou judge.\n\nMildly.\n")

    assert agent.name == "code-reviewer"
    assert agent.description.startswith("Judges.\n<example>\nuser")
    assert agent.instructions == "You judge.\n\nMildly."
    assert agent.tools == ("Read", "Agent(a, b)", "Grep")
    assert agent.model == "opus"
    assert agent.metadata == {"color": "red", "maxTurns": 3}
    assert [(example.user, example.agent, example.line) for example in agent.examples] == [("Judge", agent.name, 5)]
    assert str(agent.source) == "file.md:2"


@pytest.mark.parametrize(
    ("line", "tools"),
    [
        ("color: red", None),
        ("tools:", ()),
        ("tools: []", ()),
        ('tools: ""', ()),
        ("tools: '*'", ("*",)),
        ("tools: [Read, 1, [x], Grep ]", ("Read", "1", "Grep")),
        ("tools:\n  - Read\n  - Task(x, y)", ("Read", "Task(x, y)")),
        ("tools: Read,, Write ,", ("Read", "Write")),
        ("tools: a), b", ("a)", "b")),
        ("tools: Agent(x, y", ("Agent(x, y",)),
    ],
)
def test_tools_are_text_or_a_list(desk: Desk, line: str, tools: tuple[str, ...] | None) -> None:
    """An absent field means all tools, an empty one none."""
    assert desk.agent(f"name: a\ndescription: b\n{line}").tools == tools


@pytest.mark.parametrize(
    ("written", "shown"),
    [("yes", "yes"), ("123", "123"), ("2026-01-01", "2026-01-01"), ("true", "true"), ('" a "', "a")],
)
def test_names_are_text(desk: Desk, written: str, shown: str) -> None:
    """Names that YAML could take for something else are the words that stand there."""
    agent = desk.agent(f"name: {written}\ndescription: no\nmodel: 4")

    assert (agent.name, agent.description, agent.model) == (shown, "no", "4")


@pytest.mark.parametrize(
    ("front", "strict", "host", "reason", "line"),
    [
        ("name: b\ndescription: c", "valid", "loaded", "", None),
        ("name: b\ndescription: c: d", "invalid", "loaded leniently", "mapping values", 3),
        ("name: b\ndescription: c\n<example>\ncolor: red", "invalid", "refused", "not even leniently", 5),
        ("name: b\nname: c\ndescription: d", "invalid", "refused", "the key 'name'", 3),
        ("description: c", "valid", "not an agent", "no name", None),
        ("color: red\nname:\ndescription: c", "valid", "not an agent", "no name", 3),
        ("name: [b]\ndescription: c", "valid", "not an agent", "no name", 2),
        ("just words", "valid", "not an agent", "no name", None),
        ("description: c\nname: -b", "valid", "refused", "hyphen", 3),
        ("name: b:c\ndescription: c", "valid", "refused", "colon", 2),
        ("name: b", "valid", "refused", "no description", 2),
        ("name: b\ndescription: '  '", "valid", "refused", "no description", 3),
        ("name: b\ndescription: {c: d}", "valid", "refused", "no description", 3),
        ("name: b\ndescription: c\nhooks: []", "valid", "refused", "hooks", 4),
        ("name: b\ndescription: c\nhooks: {}", "valid", "loaded", "", None),
        ("# Title", "no front matter", "not an agent", "first line", 1),
        ("---\nname: b\n", "no front matter", "not an agent", "no closing fence", 1),
        (b"---\nname: b\ndescription: \xff\n---\n", "invalid", "loaded leniently", "0xff", 3),
        (b"---\nname: b\ndescription: c\n---\n\0", "invalid", "refused", "NUL", 5),
        (b"x" * (MAXIMUM_BYTES + 1), "invalid", "refused", "larger than", None),
        (f"name: b\ndescription: c\nx: &x [1, 2, 3, 4]\ny: [{'*x, ' * 3_000}]", "valid", "refused", "10,000", 2),
    ],
)
def test_every_file_has_two_verdicts(
    desk: Desk, front: str | bytes, strict: str, host: str, reason: str, line: int | None
) -> None:
    """What a strict parser says, what the host does, why, and which line decided."""
    read = desk.read(front)

    assert (read.verdict.strict.value, read.verdict.host.value) == (strict, host)
    assert read.verdict.location.line == line
    assert reason in read.verdict.reason
    assert bool(read.verdict.reason) == bool(reason)
    assert (read.agent is not None) == read.verdict.host.is_loaded
    assert bool(read.remedy) == (read.agent is None or "UTF-8" in read.verdict.reason)


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ('name: a\ndescription: Use it: now\nuser: "Help"\nassistant: "Yes"', 4),
        ("name: a\ndescription: Use it\\n<example>\\nContext", 3),
        ("name: a\nuser: me\ndescription: Use it <example></example>", None),
    ],
)
def test_a_description_that_runs_out_of_its_field_is_warned_of(desk: Desk, front: str, line: int | None) -> None:
    """Later lines that the host takes for fields, and an example without an end, are signs of a cut description."""
    findings = desk.read(front).findings

    assert [finding.rule for finding in findings] == ["truncated-description"] * (line is not None)
    assert [finding.location.line for finding in findings if finding.location] == [line] * (line is not None)


def test_tools_in_a_requoted_file_are_warned_of(desk: Desk) -> None:
    """The host's quotes turn a list of tools into one text."""
    read = desk.read("name: a\ndescription: Use it: now\ntools: [Read, Grep]")

    assert [finding.rule for finding in read.findings] == ["requoted-tools"]
    assert read.agent is not None
    assert read.agent.tools == ("[Read", "Grep]")


@pytest.mark.parametrize(
    ("front", "name", "description", "host"),
    [
        ("name: b\ndescription: c", "kit:b", "c", HostVerdict.LOADED),
        ("name: b\ndescription: c\nhooks: []", "kit:b", "c", HostVerdict.LOADED),
        ("description: c", "kit:file", "c", HostVerdict.LOADED),
        ("name: a:b\ndescription: c", "kit:file", "c", HostVerdict.LOADED),
        ("name: b\ndescription: c: d", "kit:b", "c: d", HostVerdict.LENIENT),
        ("name: b", "kit:b", "Agent from kit plugin", HostVerdict.PLACEHOLDER),
        ("name: b\ndescription: c\n<example>", "kit:file", "Agent from kit plugin", HostVerdict.PLACEHOLDER),
        ("# Words", "kit:file", "Agent from kit plugin", HostVerdict.PLACEHOLDER),
    ],
)
def test_files_of_plugins_never_vanish(desk: Desk, front: str, name: str, description: str, host: HostVerdict) -> None:
    """What a plugin's file lacks is made up from its own name and the plugin's."""
    read = desk.read(front, plugin="kit")

    assert read.agent is not None
    assert (read.agent.name, read.agent.description) == (name, description)
    assert read.verdict.host is host
    assert bool(read.verdict.reason) == (host is not HostVerdict.LOADED)


def test_subfolders_of_a_plugin_are_parts_of_the_name(desk: Desk) -> None:
    """They stand between the plugin and the agent."""
    assert desk.read("name: b\ndescription: c", plugin="kit", below="x/y").verdict.name == "kit:x:y:b"


@pytest.mark.parametrize(
    ("name", "front"),
    [("README.md", "# How to"), ("b.md", f"name: b\ndescription: c\nx: &x [1, 2, 3, 4]\ny: [{'*x, ' * 3_000}]")],
)
def test_some_files_of_plugins_are_no_agents(desk: Desk, name: str, front: str) -> None:
    """Documentation without front matter is not made an agent, nor is what expands without measure."""
    read = desk.read(front, plugin="kit", name=name)

    assert read.agent is None
    assert read.verdict.reason
