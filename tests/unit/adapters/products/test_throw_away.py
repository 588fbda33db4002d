"""The folder of one run."""

import asyncio
import os
from pathlib import Path

import pytest

from passmuster.adapters.products.throw_away import PLACES, Furnishing, environment_of, throw_away_folder
from passmuster.domain.errors import EnvironmentFaultError


async def test_it_is_furnished_and_removed(tmp_path: Path) -> None:
    """A workspace with what it is to begin with, the files, places for every variable; and nothing afterwards."""
    (tmp_path / "template" / "src").mkdir(parents=True)
    (tmp_path / "template" / "src" / "main.py").write_text("pass\n", encoding="utf-8")
    (tmp_path / "template" / "away").symlink_to(tmp_path)
    furnishing = Furnishing(files={"home/.x/settings.json": "{}"}, copied=tmp_path / "template")

    async with throw_away_folder(furnishing) as root:
        assert (root / "workspace/src/main.py").read_text(encoding="utf-8") == "pass\n"
        assert (root / "workspace/away").is_symlink()
        assert (root / "home/.x/settings.json").read_text(encoding="utf-8") == "{}"
        assert all((root / place).is_dir() for place in PLACES.values())

    assert not root.exists()
    assert (tmp_path / "template" / "src" / "main.py").exists()


async def test_agents_of_the_template_give_way_to_the_roster(tmp_path: Path) -> None:
    """The roster is the one that is tested, and no other."""
    old = tmp_path / "template" / ".claude" / "agents"
    old.mkdir(parents=True)
    (old / "old.md").write_text("old", encoding="utf-8")
    (old.parent / "settings.json").write_text("{}", encoding="utf-8")
    furnishing = Furnishing(
        files={"workspace/.claude/agents/1.md": "new"}, copied=tmp_path / "template", replaced=(".claude/agents", "no")
    )

    async with throw_away_folder(furnishing) as root:
        names = sorted(path.name for path in (root / "workspace/.claude").rglob("*") if path.is_file())

    assert names == ["1.md", "settings.json"]
    assert (old / "old.md").exists()


@pytest.mark.parametrize("linked", [".claude", ".claude/agents"])
async def test_a_link_in_the_template_is_not_written_through(tmp_path: Path, linked: str) -> None:
    """Neither are files deleted where it leads to, nor written there."""
    outside = tmp_path / "outside"
    (outside / "agents").mkdir(parents=True)
    (outside / "agents" / "mine.md").write_text("mine", encoding="utf-8")
    link = tmp_path / "template" / linked
    link.parent.mkdir(parents=True)
    link.symlink_to(outside if linked == ".claude" else outside / "agents")
    furnishing = Furnishing(
        files={"workspace/.claude/agents/1.md": "new"}, copied=tmp_path / "template", replaced=(".claude/agents",)
    )

    async with throw_away_folder(furnishing) as root:
        assert (root / "workspace/.claude/agents/1.md").read_text(encoding="utf-8") == "new"

    assert [path.name for path in outside.rglob("*.md")] == ["mine.md"]


async def test_it_is_removed_whatever_happens() -> None:
    """Also after an error, a cancellation, and with folders that nobody may write into."""
    seen: list[Path] = []
    entered = asyncio.Event()

    async def fail(*, waits: bool) -> None:
        async with throw_away_folder(Furnishing()) as root:
            seen.append(root)
            (root / "workspace/locked/inside").mkdir(parents=True)
            (root / "workspace/locked/inside/file").touch()
            (root / "workspace/locked").chmod(0o500)
            if waits:
                entered.set()
                await asyncio.Event().wait()
            raise LookupError

    with pytest.raises(LookupError):
        await fail(waits=False)
    task = asyncio.create_task(fail(waits=True))
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert [root.exists() for root in seen] == [False, False]


async def test_a_cancelled_beginning_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that copies the template is waited for before the folder is removed."""
    template = tmp_path / "template"
    template.mkdir()
    for number in range(200):
        (template / f"{number}.txt").write_text("x", encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))

    async def enter() -> None:
        async with throw_away_folder(Furnishing(copied=template)):
            await asyncio.Event().wait()

    task = asyncio.create_task(enter())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(temporary.iterdir()) == []


async def test_a_template_that_cannot_be_copied_is_said(tmp_path: Path) -> None:
    """And nothing is left behind."""
    with pytest.raises(EnvironmentFaultError, match="cannot be made"):
        async with throw_away_folder(Furnishing(copied=tmp_path / "not there")):
            pass


async def test_a_set_up_above_the_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Products look for memory and agents in every folder above the one that they work in."""
    (tmp_path / "CLAUDE.md").touch()
    (tmp_path / "deep").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "deep"))

    with pytest.raises(EnvironmentFaultError, match=r"CLAUDE\.md.*TMPDIR"):
        async with throw_away_folder(Furnishing()):
            pass


def test_the_environment_is_a_list_of_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not named is not seen, and places lead into the folder whatever the user's say."""
    monkeypatch.setattr(
        os, "environ", {"PATH": "/bin", "MY_KEY": "secret", "OTHER": "no", "HOME": "/home/me", "CLAUDECODE": "1"}
    )

    environment = environment_of(Path("/away"), {"MY_KEY": "secret", "HOME": "/elsewhere"})

    assert {name for name in environment if name not in PLACES} == {"PATH", "MY_KEY"}
    assert environment["HOME"] == "/away/home"
    assert environment["CLAUDE_CONFIG_DIR"] == "/away/home/.claude"
