"""Files put in their place whole or not at all."""

from pathlib import Path

import pytest

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.placing import place


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_files_and_folders_are_made(tmp_path: Path) -> None:
    """Missing folders are made, and the paths come back in the order given."""
    written = place({"b.txt": b"two", "deep/a.txt": b"one"}, tmp_path / "new")

    assert written == (tmp_path / "new" / "b.txt", tmp_path / "new" / "deep" / "a.txt")
    assert written[0].read_bytes() == b"two"
    assert _files(tmp_path) == ["new/b.txt", "new/deep/a.txt"]


def test_a_former_file_is_replaced(tmp_path: Path) -> None:
    """A second report takes the place of the first."""
    place({"a.txt": b"a long first text"}, tmp_path)

    place({"a.txt": b"second"}, tmp_path)

    assert (tmp_path / "a.txt").read_bytes() == b"second"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What a link in the folder points to is left alone."""
    (tmp_path / "mine.txt").write_bytes(b"mine")
    (tmp_path / "a.txt").symlink_to(tmp_path / "mine.txt")

    place({"a.txt": b"report"}, tmp_path)

    assert (tmp_path / "mine.txt").read_bytes() == b"mine"
    assert not (tmp_path / "a.txt").is_symlink()


def test_a_folder_in_the_way_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    """If one file cannot be placed, none is, and nothing is left lying about."""
    (tmp_path / "a.txt").write_bytes(b"former")
    (tmp_path / "b.txt").mkdir()

    with pytest.raises(EnvironmentFaultError, match=r"b\.txt"):
        place({"a.txt": b"new", "b.txt": b"new"}, tmp_path)

    assert (tmp_path / "a.txt").read_bytes() == b"former"
    assert _files(tmp_path) == ["a.txt"]


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    """The message names the place and the hint the remedy."""
    (tmp_path / "reports").write_bytes(b"a file")

    with pytest.raises(EnvironmentFaultError) as caught:
        place({"a.txt": b"new"}, tmp_path / "reports")

    assert str(tmp_path / "reports") in caught.value.message
    assert "another folder" in caught.value.hint


def test_a_name_that_the_disk_refuses_is_an_environment_fault(tmp_path: Path) -> None:
    """Errors of writing name the folder, not the passing name of the file."""
    with pytest.raises(EnvironmentFaultError) as caught:
        place({"a" * 250: b"new"}, tmp_path)

    assert ".partial" not in caught.value.message
    assert _files(tmp_path) == []
