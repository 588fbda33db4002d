"""What was saved since the last look."""

from pathlib import Path

from passmuster.composition.file_stamps import saved_between, stamps_of


def test_every_way_to_save_is_seen(tmp_path: Path) -> None:
    """Written in place, put in the place of another, made, and deleted; each by its path."""
    for name in ("written", "renamed", "deleted", "untouched"):
        (tmp_path / name).write_text("before", encoding="utf-8")
    before = stamps_of([tmp_path])

    (tmp_path / "written").write_text("after it", encoding="utf-8")
    (tmp_path / "beside").write_text("before", encoding="utf-8")
    (tmp_path / "beside").replace(tmp_path / "renamed")
    (tmp_path / "deleted").unlink()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "made").write_text("", encoding="utf-8")

    saved = [Path(name).relative_to(tmp_path).as_posix() for name in saved_between(before, stamps_of([tmp_path]))]
    assert saved == ["deleted", "inside/made", "renamed", "written"]


def test_folders_that_lead_back_are_walked_once(tmp_path: Path) -> None:
    """A link to a folder above it ends nowhere; the work of version control is passed over, and so is what is gone."""
    (tmp_path / "agent.md").write_text("", encoding="utf-8")
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index").write_text("", encoding="utf-8")

    assert [Path(name).name for name in stamps_of([tmp_path, tmp_path / "gone"])] == ["agent.md"]
