"""Where Claude Code finds agents, and which of them come before which."""

import json
from collections.abc import Callable

import pytest

from passmuster.domain.findings import Severity

from .bench import Bench, fates, rules


@pytest.fixture
def bench(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("claude_code")


def fields(name: str, description: str) -> str:
    return f"name: {name}\ndescription: {description}"


def test_each_level_gives_way_to_those_above(bench: Bench) -> None:
    """Managed, session, project, further folders, user, plugins: of one name the weightiest level's is loaded."""
    levels = {"managed": "managed", "user": "user", "project": "project", "added": "lower"}
    for folder, said in levels.items():
        bench.agent(f"{folder}/everywhere.md", fields("everywhere", said))
        bench.agent(f"{folder}/{folder}.md", fields(folder, said))
    for number, folder in enumerate(["project", "added", "user"]):
        for name in ["project", "added", "user"][: number + 1]:
            bench.agent(f"{folder}/from-{name}.md", fields(f"from-{name}", folder))
    bench.put("session.json", json.dumps({"project": {"description": "session", "prompt": "Be kind."}}))
    bench.agent("kit/agents/user.md", fields("user", "plugin"))

    roster = bench.load(
        "project",
        managed="managed",
        session="session.json",
        user="user",
        lower_levels=["added"],
        plugins=["kit"],
    )

    assert {agent.name: agent.description for agent in roster.agents} == {
        "everywhere": "managed",
        "managed": "managed",
        "project": "session",
        "added": "lower",
        "user": "user",
        "from-project": "project",
        "from-added": "added",
        "from-user": "user",
        "kit:user": "plugin",
    }
    assert roster.findings == ()
    shadowed = [file for file in roster.files if file.host.value == "shadowed"]
    assert {file.name for file in shadowed} == {"everywhere", "project", "from-project", "from-added"}
    assert all("comes before it" in file.reason for file in shadowed)


def test_the_folders_above_count_up_to_the_repository(bench: Bench) -> None:
    """Each .claude/agents from the project's folder to the root counts, the nearest first; those above do not."""
    for place, said in {"": "outside", "repository/": "root", "repository/packages/one/": "nearest"}.items():
        bench.agent(f"{place}.claude/agents/both.md", fields("both", said))
    bench.agent(".claude/agents/outside.md", fields("outside", "outside"))
    bench.agent("repository/.claude/agents/root.md", fields("root", "root"))
    nearest = "repository/packages/one/.claude/agents"

    alone = bench.load(nearest)
    roster = bench.load(nearest, repository="repository")

    assert alone.names == ("both",)
    assert {agent.name: agent.description for agent in roster.agents} == {"both": "nearest", "root": "root"}


def test_a_folder_of_another_name_has_none_above(bench: Bench) -> None:
    """Agents that lie elsewhere belong to no project's levels."""
    bench.agent(".claude/agents/a.md", fields("a", "above"))
    bench.agent("team/b.md", fields("b", "own"))

    assert bench.load("team", repository=".").names == ("b",)


def test_folders_of_one_machine_may_be_missing(bench: Bench) -> None:
    """The user's and the organisation's folder need not be there, which is noted; others must."""
    bench.agent("team/a.md", fields("a", "own"))

    roster = bench.load("team", user="nowhere", managed="nobody")

    assert roster.names == ("a",)
    assert [(finding.rule, finding.severity) for finding in roster.findings] == [("absent-level", Severity.NOTE)] * 2
    assert "does not exist" in bench.complaints("team", plugins=["nowhere"])[0]


def test_built_in_agents_are_marked_and_can_be_replaced(bench: Bench) -> None:
    """They can be expected by cases; a file of the user's with such a name comes instead."""
    bench.agent("team/a.md", fields("Explore", "my own"))

    plain, full = bench.load("team"), bench.load("team", built_ins=True)

    own = {agent.name: agent.metadata.get("built_in") for agent in full.agents}
    assert plain.names == ("Explore",)
    assert own["Explore"] is None
    assert own["general-purpose"] is True
    assert plain.fingerprint != full.fingerprint


def test_fields_that_plugins_lose_are_told(bench: Bench) -> None:
    """What the host passes over in plugins is warned of at its line, and only there."""
    text = fields("a", "b") + "\npermissionMode: plan\nhooks: {}\nmcpServers: []"
    bench.agent("kit/agents/a.md", text)
    bench.agent("team/a.md", text)

    found = bench.load("kit", layout="plugins").findings

    assert [(finding.rule, finding.location.line) for finding in found if finding.location] == [
        ("ignored-field", 4),
        ("ignored-field", 6),
        ("ignored-field", 5),
    ]
    assert bench.load("team").findings == ()


def test_agents_of_a_session_are_json(bench: Bench) -> None:
    """The body is `prompt`; the other fields are those of front matter."""
    bench.put(
        "session.json",
        """{
  "reviewer": {
    "description": "Reviews. <example>\\nuser: Look\\nassistant: the reviewer agent</example>",
    "prompt": "Be strict.",
    "tools": ["Read", "Grep"],
    "model": "opus",
    "maxTurns": 3
  }
}""",
    )
    bench.agent("team/a.md", fields("a", "own"))

    agent = bench.load("team", session="session.json").agents[1]

    assert (agent.instructions, agent.tools, agent.model) == ("Be strict.", ("Read", "Grep"), "opus")
    assert agent.metadata == {"maxTurns": 3}
    assert [(example.agent, example.line) for example in agent.examples] == [("reviewer", 3)]
    assert str(agent.source).endswith("session.json:2")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ('"a": 3', "no object"),
        ('"a": {"description": "b"}', "has no prompt"),
        ('"a": {"prompt": " "}', "no description and no prompt"),
        ('"-a": {"description": "b", "prompt": "c"}', "hyphen"),
        ('" ": {"description": "b", "prompt": "c"}', "is empty"),
        ('"a:b": {"description": "b", "prompt": "c"}', "colon"),
    ],
)
def test_entries_of_a_session_fare_each_on_its_own(bench: Bench, entry: str, reason: str) -> None:
    """A broken entry is refused with its line; the others load."""
    bench.put("session.json", f'{{"good": {{"description": "b", "prompt": "c"}},\n{entry}}}')
    bench.agent("team/own.md", fields("own", "own"))

    roster = bench.load("team", session="session.json")

    (refused,) = (file for file in roster.files if file.host.value == "refused")
    assert reason in refused.reason
    assert refused.location.line == 2
    assert roster.names == ("good", "own")


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"[]", "no JSON object"), (b"\xff", "not UTF-8"), (b"{", "not valid JSON"), (b"x" * (1024 * 1024 + 1), "larger")],
)
def test_a_session_that_cannot_be_read_is_an_error(bench: Bench, content: bytes, says: str) -> None:
    """Without it the roster would be another one."""
    bench.put("session.json", content)
    bench.agent("team/a.md", fields("a", "own"))

    (complaint,) = bench.complaints("team", session="session.json")

    assert says in complaint


def test_disallowed_tools_are_kept(bench: Bench) -> None:
    """They are what the host shows as exceptions."""
    bench.agent("team/a.md", fields("a", "own") + "\ndisallowedTools: Bash, Write\ntools: Read, Agent(x, y)")

    (agent,) = bench.load("team").agents

    assert agent.metadata == {"disallowedTools": "Bash, Write"}
    assert agent.tools == ("Read", "Agent(x, y)")
    assert rules(bench.load("team")) == []
    assert fates(bench.load("team")) == [("a", "loaded")]
