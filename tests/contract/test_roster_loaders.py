"""What every loader of rosters promises."""

import tempfile
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.components import BuildContext
from passmuster.domain.agents import HostVerdict, Roster
from passmuster.domain.errors import InvalidRosterError

LOADERS = sorted(entry_points(group="passmuster.roster_loaders"), key=lambda entry: entry.name)


@dataclass(frozen=True)
class Example:
    """How a host has one agent written: where its file lies, and what is in it."""

    path: str
    text: str


def markdown(fields: str) -> str:
    return f"---\n{fields}\n---\nBe kind.\n"


EXAMPLES = {
    "claude_code": Example("{0}.md", markdown("name: {0}\ndescription: Takes {0}.")),
    "skills": Example("{0}/SKILL.md", markdown("name: {0}\ndescription: Takes {0}.")),
    "copilot": Example("{0}.agent.md", markdown("description: Takes {0}.")),
    "vscode": Example("{0}.agent.md", markdown("description: Takes {0}.")),
    "opencode": Example("{0}.md", markdown("description: Takes {0}.\nmode: subagent")),
    "gemini_cli": Example("{0}.md", markdown("name: {0}\ndescription: Takes {0}.")),
    "codex": Example(
        "{0}.toml", 'name = "{0}"\ndescription = "Takes {0}."\ndeveloper_instructions = """\nBe kind.\n"""\n'
    ),
    "cursor": Example("{0}.md", markdown("name: {0}\ndescription: Takes {0}.")),
}
ANYTHING = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from(
            [
                "---\n",
                "name: a\n",
                "description: b\n",
                'name = "a"\n',
                'description = "b"\n',
                'developer_instructions = "c"\n',
                "[[[[",
                "{a.b.c=",
                '"""',
                "'''",
                "mode: 3\n",
                "tools: {a: false}\n",
                "permission: {task: {'*': deny}}\n",
                "target: [vscode]\n",
                "model: [a, b]\n",
                "kind: remote\n",
                "&a [*a]\n",
                "x: 2026-01-01\n",
                "x = 2026-01-01T00:00:00\n",
                "y = nan\n",
                "\ufeff",
                "\0",
                "\r\n",
                "\u2028",
                "<example>",
            ]
        ),
        max_size=12,
    ).map(lambda parts: "".join(parts).encode()),
)


def put(host: str, folder: Path, name: str, text: str | bytes | None = None) -> Path:
    example = EXAMPLES[host]
    path = folder / example.path.format(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = example.text.format(name) if text is None else text
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def load(host: str, folder: Path, **options: object) -> Roster:
    component = next(entry for entry in LOADERS if entry.name == host).load()
    built = component.build(component.options.model_validate(options), BuildContext(folder=folder))
    roster = built.load(folder)
    assert isinstance(roster, Roster)
    return roster


def test_every_loader_has_an_example() -> None:
    """A new loader needs one line in the table above."""
    assert {entry.name for entry in LOADERS} == set(EXAMPLES)


@pytest.mark.parametrize("host", EXAMPLES)
def test_agents_come_with_all_that_is_said_of_them(host: str, tmp_path: Path) -> None:
    """Names, descriptions and instructions come out, the host is named, and every file has a verdict."""
    for name in ("b", "a"):
        put(host, tmp_path, name)

    roster = load(host, tmp_path)

    assert roster.names == ("a", "b")
    assert [agent.description for agent in roster.agents] == ["Takes a.", "Takes b."]
    assert {agent.instructions for agent in roster.agents} == {"Be kind."}
    assert roster.host == host
    assert [file.host for file in roster.files] == [HostVerdict.LOADED] * 2
    assert roster.findings == ()


@pytest.mark.parametrize("host", EXAMPLES)
def test_the_order_of_making_files_does_not_matter(host: str, tmp_path: Path) -> None:
    """Equal files give equal rosters, whatever the file system's order."""
    for order in ("abc", "cab"):
        for name in order:
            put(host, tmp_path / order / "team", name)
    first, second = (load(host, tmp_path / order / "team") for order in ("abc", "cab"))

    assert first.fingerprint == second.fingerprint
    assert [file.name for file in first.files] == [file.name for file in second.files]


@pytest.mark.parametrize("host", EXAMPLES)
def test_what_is_not_there_is_refused(host: str, tmp_path: Path) -> None:
    """A missing folder and an empty one are errors that tell what to name."""
    with pytest.raises(InvalidRosterError, match="does not exist"):
        load(host, tmp_path / "none")
    with pytest.raises(InvalidRosterError, match="no agent file"):
        load(host, tmp_path)


@pytest.mark.parametrize("host", EXAMPLES)
def test_files_outside_the_folder_are_not_read(host: str, tmp_path: Path) -> None:
    """A link that leaves the folder is refused, with a reason."""
    team = tmp_path / "team"
    put(host, team, "good")
    secret = put(host, tmp_path / "elsewhere", "secret")
    link = team / EXAMPLES[host].path.format("link")
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(secret)

    roster = load(host, team)

    assert roster.names == ("good",)
    assert any("symbolic link" in file.reason for file in roster.files)


@pytest.mark.parametrize("host", EXAMPLES)
def test_huge_files_are_not_read(host: str, tmp_path: Path) -> None:
    """A file above one mebibyte is refused, with a reason."""
    put(host, tmp_path, "good")
    put(host, tmp_path, "huge", b"x" * (1024 * 1024 + 1))

    roster = load(host, tmp_path)

    assert roster.names == ("good",)
    assert any("larger than" in file.reason for file in roster.files)


@pytest.mark.parametrize("host", EXAMPLES)
@settings(deadline=None, max_examples=60)
@given(content=ANYTHING)
def test_no_file_makes_a_loader_fail(host: str, content: bytes) -> None:
    """Beside one good agent any bytes are an agent or have a reason, and nothing but the expected error is raised."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        put(host, folder, "good")
        put(host, folder, "strange", content)

        roster = load(host, folder, duplicates="keep_first")

        assert "good" in roster.names or len(roster.agents) == 1
        assert len(roster.files) == 2
        assert all(file.reason for file in roster.files if file.host is not HostVerdict.LOADED)
        assert sum(file.host.is_loaded for file in roster.files) == len(roster.agents)
        assert roster.fingerprint


@pytest.mark.parametrize("host", EXAMPLES)
@settings(deadline=None, max_examples=30)
@given(content=ANYTHING)
def test_a_single_strange_file_is_an_agent_or_an_error(host: str, content: bytes) -> None:
    """Without any good agent the loader gives a roster or the error for rosters."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        put(host, folder, "strange", content)

        names: tuple[str, ...]
        try:
            names = load(host, folder).names
        except InvalidRosterError as error:
            names = tuple(finding.message for finding in error.findings)

        assert names


@pytest.mark.parametrize("host", EXAMPLES)
def test_line_ends_do_not_matter(host: str, tmp_path: Path) -> None:
    """CRLF makes the same agent as LF."""
    text = EXAMPLES[host].text.format("a")
    put(host, tmp_path / "one" / "team", "a", text)
    put(host, tmp_path / "two" / "team", "a", text.replace("\n", "\r\n"))

    assert load(host, tmp_path / "one" / "team").agents[0].fingerprint == (
        load(host, tmp_path / "two" / "team").agents[0].fingerprint
    )
