"""Which files of a folder count, and the plugins that they belong to."""

import os
from pathlib import Path

import pytest

from passmuster.adapters.rosters.agent_files import (
    MAXIMUM_BYTES,
    AgentFile,
    Layout,
    Unread,
    find_agent_files,
    read_content,
    roster_name,
    shown_path,
)


def make(*paths: Path, content: bytes = b"text") -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def found(location: Path, layout: Layout = "folder") -> list[str]:
    """Return the paths below the location, with the plugin and its subfolders where there is one."""
    files, _ = find_agent_files(location, layout)
    return [
        str(file.path.relative_to(location)) if file.plugin is None else ":".join((file.plugin, *file.subfolders))
        for file in files
    ]


def rules(location: Path, layout: Layout = "folder") -> list[str]:
    return [finding.rule for finding in find_agent_files(location, layout)[1]]


def test_files_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    """All Markdown files below the folder are found, and others are not."""
    make(tmp_path / "b.md", tmp_path / "a" / "z.md", tmp_path / "a.md", tmp_path / "LICENSE", tmp_path / "c.txt")

    assert found(tmp_path) == ["a/z.md", "a.md", "b.md"]


def test_hidden_folders_count_only_as_the_location(tmp_path: Path) -> None:
    """A folder or file with a dot is passed over, unless it is the one that was named."""
    make(tmp_path / "a.md", tmp_path / ".claude" / "agents" / "b.md", tmp_path / ".c.md")

    assert found(tmp_path) == ["a.md"]
    assert found(tmp_path / ".claude" / "agents") == ["b.md"]


def test_links_are_followed_within_the_folder_only(tmp_path: Path) -> None:
    """A link that leaves the folder is marked or warned of; one to a file that is found anyway is that file."""
    team = tmp_path / "team"
    make(team / "a.md", team / "words", tmp_path / "outside" / "secret.md")
    (team / "again.md").symlink_to("a.md")
    (team / "linked.md").symlink_to("words")
    (team / "leaving.md").symlink_to(tmp_path / "outside" / "secret.md")
    (team / "far").symlink_to(tmp_path / "outside")
    (team / "near").symlink_to(".")

    files, findings = find_agent_files(team, "folder")

    assert [(file.path.name, file.is_foreign) for file in files] == [
        ("a.md", False),
        ("leaving.md", True),
        ("linked.md", False),
    ]
    assert [(finding.rule, str(finding.location)) for finding in findings] == [("foreign-link", str(team / "far"))]


def test_a_roster_may_itself_be_a_link(tmp_path: Path) -> None:
    """The named folder is followed wherever it leads."""
    make(tmp_path / "team" / "a.md")
    (tmp_path / "link").symlink_to(tmp_path / "team")

    assert found(tmp_path / "link") == ["a.md"]


def test_a_small_file_is_read(tmp_path: Path) -> None:
    """The bytes come as they are, up to the largest size."""
    make(tmp_path / "a.md", content=b"x" * MAXIMUM_BYTES)

    assert read_content(AgentFile(path=tmp_path / "a.md", shown="a.md")) == b"x" * MAXIMUM_BYTES


def test_what_must_not_be_read_is_told(tmp_path: Path) -> None:
    """Pipes, loops, folders, huge and foreign files are refused with a reason, and nothing blocks."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "loop.md").symlink_to("loop.md")
    make(tmp_path / "huge.md", content=b"x" * (MAXIMUM_BYTES + 1))
    make(tmp_path / "own.md")

    reasons = {
        name: read_content(AgentFile(path=tmp_path / name, shown=name, is_foreign=name == "own.md"))
        for name in ("pipe.md", "loop.md", "huge.md", "own.md", "none.md")
    }

    assert reasons["pipe.md"] == Unread(reason="it is no ordinary file")
    assert reasons["huge.md"] == Unread(reason="it is larger than 1,048,576 bytes", remedy="shorten it")
    assert all(isinstance(reason, Unread) for reason in reasons.values())


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable to the superuser")
def test_missing_permissions_are_told(tmp_path: Path) -> None:
    """They end in a reason for a file and in a warning for a folder."""
    make(tmp_path / "b.md", tmp_path / "closed" / "c.md")
    (tmp_path / "b.md").chmod(0)
    (tmp_path / "closed").chmod(0)

    complaints = rules(tmp_path)
    content = read_content(AgentFile(path=tmp_path / "b.md", shown="b.md"))
    (tmp_path / "closed").chmod(0o700)

    assert complaints == ["unreadable-folder"]
    assert isinstance(content, Unread)


def test_paths_are_told_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the current folder paths are relative; elsewhere they are as given."""
    make(tmp_path / "in" / "a.md")
    monkeypatch.chdir(tmp_path / "in")

    assert shown_path(tmp_path / "in" / "a.md") == "a.md"
    assert shown_path(Path("../b.md")) == "../b.md"
    assert shown_path(tmp_path / "b.md") == str(tmp_path / "b.md")


def test_file_names_that_are_no_text_can_be_printed() -> None:
    """Bytes in a name that are no UTF-8 do not reach the report."""
    assert shown_path(Path(os.fsdecode(b"/\xff.md"))) == "/\ufffd.md"


@pytest.mark.parametrize(
    ("path", "name"), [("team/.claude/agents", "team"), ("team/plugins", "team"), ("team", "team"), ("a/b", "b")]
)
def test_a_roster_is_called_by_a_folder_that_tells_it_apart(tmp_path: Path, path: str, name: str) -> None:
    """Folders that are called alike everywhere lend no name."""
    (tmp_path / path).mkdir(parents=True)

    assert roster_name(tmp_path / path) == name


def test_plugins_are_named_by_their_manifests_or_folders(tmp_path: Path) -> None:
    """Only files below an agents folder count; subfolders stand between."""
    make(tmp_path / "kit" / ".claude-plugin" / "plugin.json", content=b'{"name": " tool-kit "}')
    make(tmp_path / "kit" / "agents" / "a.md", tmp_path / "kit" / "agents" / "deep" / "agents" / "b.md")
    make(tmp_path / "other" / "agents" / "c.md", tmp_path / "other" / "commands" / "go.md", tmp_path / "README.md")

    assert found(tmp_path, "plugins") == ["tool-kit", "tool-kit:deep:agents", "other"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not valid JSON"),
        (b"\xff", "UTF-8"),
        (b"[]", "no name"),
        (b'{"name": 3}', "no name"),
        (b'{"name": " "}', "no name"),
        (b'{"name": "a:b"}', "no name"),
        (b" " * (MAXIMUM_BYTES + 1), "larger"),
    ],
)
def test_a_broken_manifest_leaves_the_folder_name(tmp_path: Path, content: bytes, reason: str) -> None:
    """A plugin whose manifest tells no name goes by its folder's, under one warning."""
    make(tmp_path / "kit" / ".claude-plugin" / "plugin.json", content=content)
    make(tmp_path / "kit" / "agents" / "a.md", tmp_path / "kit" / "agents" / "b.md")

    files, findings = find_agent_files(tmp_path, "plugins")

    assert [file.plugin for file in files] == ["kit", "kit"]
    assert [finding.rule for finding in findings] == ["plugin-manifest"]
    assert reason in findings[0].message


def test_a_manifest_outside_its_plugin_is_not_read(tmp_path: Path) -> None:
    """A manifest that is a link to somewhere else names nothing."""
    make(tmp_path / "secret.json", content=b'{"name": "secret"}')
    make(tmp_path / "kit" / "agents" / "a.md")
    (tmp_path / "kit" / ".claude-plugin").mkdir()
    (tmp_path / "kit" / ".claude-plugin" / "plugin.json").symlink_to(tmp_path / "secret.json")

    assert found(tmp_path, "plugins") == ["kit"]
    assert rules(tmp_path, "plugins") == ["plugin-manifest"]


@pytest.mark.parametrize(
    ("path", "location", "expected"),
    [
        ("plugins/kit/agents/a.md", ".", "kit"),
        ("plugins/kit/agents/a.md", "plugins", "kit"),
        ("plugins/kit/agents/a.md", "plugins/kit", "kit"),
        ("plugins/kit/agents/a.md", "plugins/kit/agents", "kit"),
        ("mine/agents/a.md", ".", "mine/agents/a.md"),
        ("mine/agents/a.md", "mine/agents", "a.md"),
        ("plugins/a.md", ".", "plugins/a.md"),
        ("agents/plugins/a.md", "agents", "plugins/a.md"),
    ],
)
def test_plugins_are_recognised_by_where_files_lie(tmp_path: Path, path: str, location: str, expected: str) -> None:
    """Left to itself the loader takes plugins/…/agents for plugins, and nothing else."""
    make(tmp_path / path)

    assert found(tmp_path / location, "auto") == [expected]


def test_a_manifest_makes_a_plugin(tmp_path: Path) -> None:
    """A folder with a manifest is a plugin wherever it lies."""
    make(tmp_path / "kit" / ".claude-plugin" / "plugin.json", content=b'{"name": "kit"}')
    make(tmp_path / "kit" / "agents" / "a.md")

    assert found(tmp_path, "auto") == ["kit"]
