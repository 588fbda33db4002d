"""Fixes are tried on a copy, by the roster's own loader, before any file is touched."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from passmuster.application.fixing import Fix, proposed_fixes
from passmuster.composition.fixing import Trial, is_strict_yaml, make_fixes, try_fixes
from passmuster.composition.linting import material_of
from passmuster.composition.rosters import load_roster
from passmuster.domain.agents import Roster
from passmuster.domain.errors import InvalidRosterError

LOOSE = "---\nname: {}\ndescription: Use it: after edits of {}\n---\nReview.\n"
load: Callable[[Path], Roster] = partial(load_roster, host="claude_code")


def tried(folder: Path, change: Callable[[Fix], Fix] = lambda fix: fix) -> Trial:
    roster = load(folder)
    return try_fixes([change(fix) for fix in proposed_fixes(material_of(roster), is_strict_yaml)], roster, folder, load)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.md").write_text(text, encoding="utf-8", newline="")


@pytest.mark.parametrize("below", ["agents", ".claude/agents", "plugins/p/agents"])
def test_sound_fixes_are_made_and_change_no_agent(tmp_path: Path, below: str) -> None:
    """In whatever folder they lie; the file keeps its rights, and nothing else is left behind."""
    folder = tmp_path / below
    write(folder, one=LOOSE.format("one", "Rust"), two=LOOSE.format("two", "Go"))
    (folder / "one.md").chmod(0o640)
    before = load(folder)

    trial = tried(folder)
    refused = make_fixes(trial.sound)
    after = load(folder)

    assert (len(trial.sound), trial.refused, refused) == (2, (), ())
    assert after.fingerprint == before.fingerprint
    assert {verdict.strict.value for verdict in after.files} == {"valid"}
    assert (folder / "one.md").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["one.md", "two.md"]
    assert tried(folder) == Trial()


def test_fix_that_would_change_an_agent_is_refused(tmp_path: Path) -> None:
    """As the tools are one text to the host's second pass, strict YAML would give the agent others."""
    write(tmp_path, one=LOOSE.format("one", "Rust").replace("\n---\nRev", "\ntools: [Read, Grep]\n---\nRev"))

    trial = tried(tmp_path)

    assert trial.sound == ()
    assert [item.reason for item in trial.refused] == ["the host would get another agent out of it"]


def test_fix_that_does_not_help_is_refused(tmp_path: Path) -> None:
    """It was to make the front matter strict YAML."""
    write(tmp_path, one=LOOSE.format("one", "Rust"), two=LOOSE.format("two", "Go"))

    trial = tried(tmp_path, lambda fix: replace(fix, after=fix.before) if "one" in fix.path else fix)

    assert [Path(fix.path).name for fix in trial.sound] == ["two.md"]
    assert [item.reason for item in trial.refused] == ["its front matter would still not be strict YAML"]


def test_copy_that_loads_otherwise_proves_nothing(tmp_path: Path) -> None:
    """Nothing is mended then."""
    write(tmp_path, one=LOOSE.format("one", "Rust"))
    roster = load(tmp_path)

    def refuse(_folder: Path) -> Roster:
        raise InvalidRosterError([])

    trial = try_fixes(list(proposed_fixes(material_of(roster), is_strict_yaml)), roster, tmp_path, refuse)

    assert trial.sound == ()
    assert "does not load as the roster does" in trial.refused[0].reason


def test_link_is_left_alone(tmp_path: Path) -> None:
    """What it leads to may be somebody else's."""
    write(tmp_path / "agents", one=LOOSE.format("one", "Rust"), two=LOOSE.format("two", "Go"))
    folder = tmp_path / "agents"
    roster = load(folder)
    fixes = list(proposed_fixes(material_of(roster), is_strict_yaml))
    (folder / "one.md").rename(tmp_path / "one.md")
    (folder / "one.md").symlink_to(tmp_path / "one.md")

    trial = try_fixes(fixes, roster, folder, load)

    assert "it is a link, or lies elsewhere" in [item.reason for item in trial.refused]
    assert all("one.md" not in fix.path for fix in trial.sound)


def test_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """Somebody is editing it."""
    write(tmp_path, one=LOOSE.format("one", "Rust"))
    trial = tried(tmp_path)
    write(tmp_path, one="new")

    refused = make_fixes(trial.sound)

    assert [item.reason for item in refused] == ["it has changed meanwhile, or is not UTF-8"]
    assert (tmp_path / "one.md").read_text(encoding="utf-8") == "new"


def test_bytes_that_are_no_text_are_left_alone(tmp_path: Path) -> None:
    """What the host makes of them cannot be written back."""
    write(tmp_path, one=LOOSE.format("one", "Rust"))
    raw = (tmp_path / "one.md").read_bytes() + b"\xff\n"
    (tmp_path / "one.md").write_bytes(raw)

    make_fixes(tried(tmp_path).sound)

    assert (tmp_path / "one.md").read_bytes() == raw
