"""Whose agents lie in a folder."""

from pathlib import Path

import pytest

from passmuster.composition.hosts import find_place
from passmuster.composition.rosters import load_roster
from passmuster.domain.errors import InvalidConfigurationError


def put(folder: Path, path: str, text: str = "---\nname: a\ndescription: b\n---\n") -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "named", "host", "location"),
    [
        (".claude/agents/a.md", ".", "claude_code", ".claude/agents"),
        (".claude/agents/a.md", ".claude/agents", "claude_code", ".claude/agents"),
        (".claude/skills/a/SKILL.md", ".", "skills", ".claude/skills"),
        (".github/agents/a.md", ".", "copilot", ".github/agents"),
        (".github/chatmodes/a.chatmode.md", ".", "vscode", ".github/chatmodes"),
        (".opencode/agents/a.md", ".", "opencode", ".opencode"),
        (".opencode/agents/a.md", ".opencode/agents", "opencode", ".opencode/agents"),
        ("opencode.json", ".", "opencode", "."),
        (".gemini/agents/a.md", ".", "gemini_cli", ".gemini/agents"),
        (".codex/agents/a.toml", ".", "codex", ".codex/agents"),
        (".cursor/agents/a.md", ".cursor/agents", "cursor", ".cursor/agents"),
        ("team/a.md", "team", "claude_code", "team"),
        ("team/a.agent.md", "team", "copilot", "team"),
        ("team/a.toml", "team", "codex", "team"),
        ("team/a/SKILL.md", "team", "skills", "team"),
        ("team/note.txt", "team", "claude_code", "team"),
    ],
)
def test_the_host_is_found(tmp_path: Path, path: str, named: str, host: str, location: str) -> None:
    """Where a folder lies decides, then what lies below it, then how its files are called."""
    put(tmp_path, path)

    found = find_place(tmp_path / named)

    assert (found.host, found.location) == (host, tmp_path / location)


def test_a_mixed_folder_is_claude_codes(tmp_path: Path) -> None:
    """Plain Markdown beside a marked file tells nothing."""
    put(tmp_path, "team/a.agent.md")
    put(tmp_path, "team/b.md")

    assert find_place(tmp_path / "team").host == "claude_code"


def test_several_hosts_must_be_told_apart(tmp_path: Path) -> None:
    """A repository with the agents of several is complained about, unless one is named."""
    put(tmp_path, ".claude/agents/a.md")
    put(tmp_path, ".github/agents/a.md")

    with pytest.raises(InvalidConfigurationError, match="claude_code, copilot"):
        find_place(tmp_path)

    assert find_place(tmp_path, "copilot").location == tmp_path / ".github/agents"
    assert find_place(tmp_path, "vscode").location == tmp_path / ".github/agents"
    assert find_place(tmp_path / ".claude/agents", "cursor").location == tmp_path / ".claude/agents"


def test_an_unknown_host_is_refused(tmp_path: Path) -> None:
    """The known ones are listed."""
    with pytest.raises(InvalidConfigurationError, match="claude_code, codex"):
        find_place(tmp_path, "nobody")


def test_agents_above_belong_to_claude_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a repository those of the folders above count, as in the product."""
    (tmp_path / "repository/.git").mkdir(parents=True)
    put(tmp_path, "outside/.claude/agents/c.md", "---\nname: c\ndescription: d\n---\n")
    put(tmp_path, "repository/.claude/agents/b.md", "---\nname: b\ndescription: c\n---\n")
    put(tmp_path, "repository/packages/one/.claude/agents/a.md")
    monkeypatch.chdir(tmp_path / "repository" / "packages")

    assert load_roster(Path("one")).names == ("a", "b")
    assert find_place(Path("one")).options == {"repository": ".."}
    assert find_place(tmp_path / "outside").options == {}
