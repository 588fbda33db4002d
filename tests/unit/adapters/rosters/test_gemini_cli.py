"""Gemini CLI's strict schema."""

from collections.abc import Callable

import pytest

from .bench import Bench, fates


@pytest.fixture
def bench(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("gemini_cli")


GOOD = "name: a\ndescription: b"


def test_an_agent_has_everything_that_its_file_says(bench: Bench) -> None:
    """All fields that the host knows are taken."""
    bench.agent(
        "agents/x.md",
        f"{GOOD}\nkind: local\ndisplay_name: A\ntools: [read_file, 'mcp_*']\nmodel: pro\ntemperature: 0.5\n"
        "max_turns: 3\ntimeout_mins: 2\nmcp_servers: {}\npolicy: {}",
    )

    (agent,) = bench.load("agents").agents

    assert (agent.name, agent.tools, agent.model) == ("a", ("read_file", "mcp_*"), "pro")
    assert set(agent.metadata) == {
        "kind",
        "display_name",
        "temperature",
        "max_turns",
        "timeout_mins",
        "mcp_servers",
        "policy",
    }


@pytest.mark.parametrize(
    ("fields", "says", "line"),
    [
        ("description: b", "has no name", None),
        ("name: Code Reviewer\ndescription: b", "small letters", 2),
        ("name: 3\ndescription: b", "must be a text", 2),
        ("name: a", "no description", None),
        (f"{GOOD}\ncolor: red", "the key 'color' is not known", 4),
        (f"{GOOD}\nmcpServers: {{}}", "the key 'mcpServers'", 4),
        (f"{GOOD}\ntools: read_file", "tools must be a list of texts", 4),
        (f"{GOOD}\ntools: [1]", "tools must be a list of texts", 4),
        (f"{GOOD}\nmax_turns: 0", "whole number above 0", 4),
        (f"{GOOD}\nmax_turns: true", "whole number above 0", 4),
        (f"{GOOD}\ntemperature: warm", "temperature must be a number", 4),
        (f"{GOOD}\nkind: other", "the kind 'other'", 4),
        (f"{GOOD}\nkind: remote", "no agent_card_url", None),
        ("name: a\ndescription: 3", "description must be a text", 3),
        ("name: a\ndescription: Use it: now", "strictly", 3),
    ],
)
def test_what_is_off_the_schema_refuses_the_file(bench: Bench, fields: str, says: str, line: int | None) -> None:
    """One wrong key or value is enough, and its line is told."""
    bench.agent("good.md", "name: good\ndescription: Good.")

    verdict = bench.verdict(fields)

    assert verdict.host.value == "refused"
    assert says in verdict.reason
    assert verdict.location.line == line


def test_remote_agents_need_no_description(bench: Bench) -> None:
    """They are described by their card, which is not fetched."""
    bench.agent("agents/a.md", "name: far\nkind: remote\nagent_card_url: 'card'")
    bench.agent("agents/b.md", "name: near\ndescription: b")

    assert fates(bench.load("agents")) == [("far", "placeholder"), ("near", "loaded")]


def test_some_files_are_passed_over(bench: Bench) -> None:
    """Names that begin with an underscore, and subfolders; a file without front matter is refused."""
    bench.agent("agents/_draft.md", GOOD)
    bench.agent("agents/a.md", GOOD)
    bench.agent("agents/deep/b.md", GOOD)
    bench.put("agents/README.md", "# Agents")

    assert [fate for _, fate in fates(bench.load("agents"))] == ["refused", "not an agent", "loaded", "not an agent"]


def test_built_in_agents_can_be_added(bench: Bench) -> None:
    """A case may expect them."""
    bench.agent("agents/a.md", GOOD)

    assert "codebase_investigator" in bench.load("agents", built_ins=True).names
