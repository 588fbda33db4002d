"""Files taken from a folder that a stranger has written into."""

import os
import socket
from pathlib import Path

import pytest

from passmuster.domain.activities import ChangeKind, FileChange
from passmuster.domain.answer_files import MOST_BYTES, MOST_FILES, AnswerFiles, PathSource
from passmuster.extraction import folders, workspaces
from passmuster.extraction.folders import files_of_folder
from passmuster.extraction.workspaces import changes_since, files_of_changes, snapshot_of


def write(folder: Path, path: str, content: str | bytes = "x\n") -> None:
    """Write a file and the folders above it."""
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content if isinstance(content, bytes) else content.encode())


def reasons(found: AnswerFiles) -> dict[str, str]:
    """Return why paths were refused."""
    return {refused.path: refused.reason for refused in found.refused}


def test_files_are_taken_in_order_of_path(tmp_path: Path) -> None:
    """Those in folders as well, and not what tools made."""
    for path in ("b.py", "app/a.py", ".git/config", "app/__pycache__/a.pyc", ".venv/x.py", "node_modules/y.js"):
        write(tmp_path, path)

    found = files_of_folder(tmp_path)

    assert [(file.path, file.text, file.source) for file in found] == [
        ("app/a.py", "x\n", PathSource.WORKSPACE),
        ("b.py", "x\n", PathSource.WORKSPACE),
    ]
    assert found.refused == ()


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Links are never followed, and nobody waits at a pipe."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "link.py").symlink_to(tmp_path / "secret.txt")
    (folder / "folder").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        found = files_of_folder(folder)

    assert found.files == ()
    assert reasons(found) == {
        "folder": "it is a link",
        "link.py": "it is a link",
        "pipe": "it is a pipe",
        "socket": "it is a socket",
    }


def test_a_link_is_no_folder_to_begin_with(tmp_path: Path) -> None:
    """Whoever can replace the folder by a link cannot lead us elsewhere."""
    (tmp_path / "link").symlink_to(tmp_path)

    with pytest.raises(OSError, match="link"):
        files_of_folder(tmp_path / "link")


def test_binary_files_are_refused(tmp_path: Path) -> None:
    """And those that are not UTF-8."""
    write(tmp_path, "a.bin", b"a\0b")
    write(tmp_path, "b.txt", b"caf\xe9")

    assert reasons(files_of_folder(tmp_path)) == {"a.bin": "it is no text", "b.txt": "it is no text in UTF-8"}


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A name is bytes to the system."""
    write(tmp_path, os.fsdecode(b"caf\xe9.py"))

    assert reasons(files_of_folder(tmp_path)) == {
        "caf\ufffd.py": "its path holds a control, format or unreadable character"
    }


def test_limits_are_named(tmp_path: Path) -> None:
    """One file that is too large, and one too many bytes in all."""
    write(tmp_path, "a.txt", "a" * (MOST_BYTES - 1))
    write(tmp_path, "b.txt", "bb")
    write(tmp_path, "c.txt", "c" * (MOST_BYTES + 1))

    found = files_of_folder(tmp_path)

    assert [file.path for file in found] == ["a.txt"]
    assert reasons(found) == {
        "b.txt": "it and the others have more than 1048576 bytes, the most that are taken",
        "c.txt": "it has more than 1048576 bytes, the most that are taken",
    }


def test_no_more_files_than_the_limit(tmp_path: Path) -> None:
    """The first ones stay."""
    for number in range(MOST_FILES + 1):
        write(tmp_path, f"{number:03}.py")

    found = files_of_folder(tmp_path)

    assert len(found.files) == MOST_FILES
    assert reasons(found) == {"200.py": "it is one of more than 200 files, the most that are taken"}


def test_deep_folders_are_refused(tmp_path: Path) -> None:
    """They end somewhere."""
    write(tmp_path, "a/" * 14 + "x.py")

    assert list(reasons(files_of_folder(tmp_path)).values()) == ["it lies more than 12 folders deep"]


def test_changes_are_what_is_not_as_it_was(tmp_path: Path) -> None:
    """Written, edited and deleted; what was only written again is none."""
    for path in ("kept.py", "edited.py", "gone.py", "again.py"):
        write(tmp_path, path)
    before = snapshot_of(tmp_path)
    write(tmp_path, "edited.py", "y\n")
    write(tmp_path, "new/file.py", "n\n")
    write(tmp_path, "again.py")
    (tmp_path / "gone.py").unlink()

    found = changes_since(before, tmp_path, lambda _path: b"x\n")

    assert found.changes == (
        FileChange(path="edited.py", kind=ChangeKind.EDITED, text="y\n"),
        FileChange(path="gone.py", kind=ChangeKind.DELETED),
        FileChange(path="new/file.py", kind=ChangeKind.WRITTEN, text="n\n"),
    )


def test_a_file_that_became_a_link_is_a_change_without_content(tmp_path: Path) -> None:
    """It is told, and never read."""
    write(tmp_path, "x.py")
    before = snapshot_of(tmp_path)
    (tmp_path / "x.py").unlink()
    (tmp_path / "x.py").symlink_to("/etc/hostname")

    found = changes_since(before, tmp_path)

    assert found.changes == (FileChange(path="x.py", kind=ChangeKind.EDITED),)
    assert [refused.reason for refused in found.refused] == ["it is a link"]


def test_what_lies_beyond_the_limit_is_not_called_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has looked there."""
    monkeypatch.setattr(folders, "MOST_ENTRIES", 3)
    monkeypatch.setattr(workspaces, "MOST_ENTRIES", 3)
    for path in ("b.py", "c.py", "d.py", "e.py"):
        write(tmp_path, path)
    before = snapshot_of(tmp_path)
    write(tmp_path, "a.py")

    found = changes_since(before, tmp_path)

    assert found.changes == (FileChange(path="a.py", kind=ChangeKind.WRITTEN, text="x\n"),)
    assert [refused.path for refused in found.refused] == ["."]
    assert files_of_folder(tmp_path).warnings == ("only the first 3 entries of the folder were looked at",)


def test_files_of_changes_are_those_that_are_there() -> None:
    """Under the rules that hold for every answer."""
    changes = (
        FileChange(path="../up.py", kind=ChangeKind.WRITTEN, text="x"),
        FileChange(path="a.py", kind=ChangeKind.EDITED, text="a"),
        FileChange(path="b.py", kind=ChangeKind.DELETED),
    )

    found = files_of_changes(changes, ())

    assert [(file.path, file.text) for file in found] == [("a.py", "a")]
    assert list(reasons(found)) == ["../up.py"]
    assert found.warnings == ("b.py was deleted",)
