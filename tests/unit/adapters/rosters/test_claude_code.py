"""Rosters of Claude Code."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.adapters.rosters.claude_code import COMPONENT, ClaudeCodeRosterLoader
from passmuster.components import BuildContext
from passmuster.domain.agents import HostVerdict, Roster
from passmuster.domain.errors import InvalidRosterError
from passmuster.domain.findings import Severity

if TYPE_CHECKING:
    from passmuster.ports import RosterLoader

FIELDS = (
    "name: ",
    "description: ",
    "tools: ",
    "hooks: []",
    "user: hi",
    "---\n",
    "<example>",
    "&a ",
    "*a",
    "!!t ",
    "\ufeff",
)
SNIPPETS = st.lists(st.sampled_from([*FIELDS, *"a1~é-#:'\"[]\\n\n\0 \ufeff", "\r\n", "b: c"]), max_size=30).map("".join)


def put(folder: Path, path: str, front: str | bytes) -> None:
    """Write an agent file; bytes are written as they are."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(front if isinstance(front, bytes) else f"---\n{front}\n---\nBe kind.\n".encode())


def put_agents(folder: Path, *names: str) -> None:
    for name in names:
        put(folder, f"{name}.md", f"name: {name}\ndescription: Takes {name}.")


def load(location: Path, **options: object) -> Roster:
    return COMPONENT.build(COMPONENT.options.model_validate(options), BuildContext(folder=location)).load(location)


def rules(roster: Roster) -> list[str]:
    return [finding.rule for finding in roster.findings]


def complaints_about(location: Path, **options: object) -> list[str]:
    with pytest.raises(InvalidRosterError) as caught:
        load(location, **options)
    return [str(finding) for finding in caught.value.findings]


def test_agents_of_all_subfolders_make_one_roster(tmp_path: Path) -> None:
    """Agents come by name with their examples, and every file has a verdict in the order of the paths."""
    put(tmp_path, "deep/x.md", "name: zoe\ndescription: Use <example>\\nuser: Hi\\nassistant: the amy agent</example>")
    put(tmp_path, "y.md", "name: amy\ndescription: Takes all.")
    (tmp_path / "README.md").write_text("# Team")

    roster = load(tmp_path)

    assert roster.names == ("amy", "zoe")
    assert [file.host.value for file in roster.files] == ["not an agent", "loaded leniently", "loaded"]
    assert [(example.user, example.agent) for example in roster.agents[1].examples] == [("Hi", "amy")]
    assert roster.name == tmp_path.name
    assert roster.findings == ()


def test_where_a_roster_lies_does_not_matter(tmp_path: Path) -> None:
    """Equal files elsewhere, under other names, make an equal fingerprint."""
    put_agents(tmp_path / "one", "a", "b")
    put(tmp_path / "two", "sub/x.md", "name: b\ndescription: Takes b.")
    put(tmp_path / "two", "y.md", "name: a\ndescription: Takes a.")

    assert load(tmp_path / "one").fingerprint == load(tmp_path / "two").fingerprint


def test_two_agents_of_one_name_are_an_error(tmp_path: Path) -> None:
    """Nobody says which of the two the host takes, so the roster has an error that names both files."""
    put(tmp_path, "b.md", "name: x\ndescription: second")
    put(tmp_path, "a.md", "name: x\ndescription: first")

    roster = load(tmp_path)

    (error,) = roster.errors()
    assert error.rule == "duplicate-agent"
    assert "a.md" in error.message
    assert "b.md" in error.message
    assert [file.host for file in roster.files] == [HostVerdict.LOADED, HostVerdict.SHADOWED]
    assert roster.agents[0].description == "first"


def test_the_first_of_two_may_be_kept(tmp_path: Path) -> None:
    """With keep_first the later file is shadowed under a warning."""
    put(tmp_path, "b.md", "name: x\ndescription: second")
    put(tmp_path, "a.md", "name: x\ndescription: first")

    roster = load(tmp_path, duplicates="keep_first")

    assert roster.errors() == ()
    assert [(finding.rule, finding.severity) for finding in roster.findings] == [("duplicate-agent", Severity.WARNING)]
    assert roster.agents[0].description == "first"


def test_names_that_the_host_confuses_are_warned_of(tmp_path: Path) -> None:
    """Case and separators do not tell two agents apart."""
    put_agents(tmp_path, "code-reviewer", "Code_Reviewer", "codereviewer", "coder")

    roster = load(tmp_path)

    assert len(roster.agents) == 4
    assert rules(roster) == ["confusable-names", "confusable-names"]


def test_higher_levels_shadow_lower_ones(tmp_path: Path) -> None:
    """An agent of a lower level gives way without a complaint."""
    put_agents(tmp_path / "high", "a", "b")
    put(tmp_path / "low", "b.md", "name: b\ndescription: lower")
    put(tmp_path / "low", "c.md", "name: c\ndescription: lower")
    put(tmp_path / "lowest", "c.md", "name: c\ndescription: lowest")
    put(tmp_path / "lowest", "d.md", "name: d\ndescription: lowest")
    put(tmp_path / "lowest", "e.md", "name: d\ndescription: again")
    loader = ClaudeCodeRosterLoader(lower_levels=(tmp_path / "low", tmp_path / "lowest"))

    roster = loader.load(tmp_path / "high")

    assert [agent.description for agent in roster.agents] == ["Takes a.", "Takes b.", "lower", "lowest"]
    assert [file.host for file in roster.files].count(HostVerdict.SHADOWED) == 3
    assert rules(roster) == ["duplicate-agent"]


def test_options_place_lower_levels_in_the_suite(tmp_path: Path) -> None:
    """Relative levels start at the suite's folder."""
    put_agents(tmp_path / "high", "a")
    put_agents(tmp_path / "low", "b")
    options = COMPONENT.options(lower_levels=("low",))

    loader: RosterLoader = COMPONENT.build(options, BuildContext(folder=tmp_path))

    assert loader.load(tmp_path / "high").names == ("a", "b")


def test_examples_name_agents_of_their_own_plugin(tmp_path: Path) -> None:
    """A bare name in an example is that of the plugin's own agent."""
    example = "<example>\\nassistant: the helper agent\\n</example>"
    put(tmp_path, "plugins/one/agents/a.md", f"name: a\ndescription: A {example}")
    put_agents(tmp_path / "plugins" / "one" / "agents", "helper")
    put_agents(tmp_path / "plugins" / "two" / "agents", "helper")

    (found,) = load(tmp_path).agents[0].examples

    assert found.agent == "one:helper"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """Every folder that is not there is named at once; a file is no tmp_path."""
    (tmp_path / "file").write_text("")

    complaints = complaints_about(tmp_path / "none", lower_levels=[str(tmp_path / "file")])

    assert len(complaints) == 2
    assert "does not exist" in complaints[0]
    assert "is no folder" in complaints[1]


def test_an_empty_roster_is_named(tmp_path: Path) -> None:
    """A folder without Markdown files says so, and where agents usually are."""
    put_agents(tmp_path / "project" / ".claude" / "agents", "a")
    (tmp_path / "empty").mkdir()

    (with_hint,) = complaints_about(tmp_path / "project")
    (without,) = complaints_about(tmp_path / "empty")

    assert ".claude/agents" in with_hint
    assert "no agent file" in without
    assert ".claude" not in without


def test_a_roster_of_failures_lists_them_all(tmp_path: Path) -> None:
    """If no file gives an agent, each is listed with its place, the reason and what to do."""
    put(tmp_path, "a.md", b"# Title")
    put(tmp_path, "b.md", "name: b")
    put(tmp_path, "c.md", "name: c: d\nname: e")

    complaints = complaints_about(tmp_path)

    assert [complaint.partition(": ")[0].rpartition("/")[2] for complaint in complaints] == [
        "a.md:1",
        "b.md:2",
        "c.md:2",
    ]
    assert all(" — " in complaint for complaint in complaints)


@settings(deadline=None)
@given(SNIPPETS, SNIPPETS)
def test_arbitrary_files_never_raise(front: str, whole: str) -> None:
    """Beside one good agent any files load or are refused, in either layout, with a reason."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "kit" / "agents"
        put(folder, "good.md", "name: good\ndescription: is here")
        put(folder, "one.md", f"---\n{front}\n---\n".encode())
        put(folder, "two.md", whole.encode())

        for layout in ("folder", "plugins"):
            roster = load(folder.parent, layout=layout, duplicates="keep_first")

            assert len(roster.files) == 3
            assert all(file.reason for file in roster.files if file.host is not HostVerdict.LOADED)
            assert sum(file.host.is_loaded for file in roster.files) == len(roster.agents)


@settings(deadline=None)
@given(SNIPPETS)
def test_line_ends_make_no_difference_to_agents(front: str) -> None:
    """Equal files with CRLF and with LF give equal agents and verdicts."""
    text = f"---\nname: a\n{front}\n---\nBody\n\ntext\n".replace("\r\n", "\n")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        put_agents(folder, "good")
        put(folder, "one.md", text.encode())
        with_feeds = load(folder)
        put(folder, "one.md", text.replace("\n", "\r\n").encode())

        assert load(folder) == with_feeds
