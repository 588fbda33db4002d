"""Files that are written whole or not at all."""

import os
from pathlib import Path

import pytest

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.placing import write_whole


def test_a_file_is_written_as_it_is(tmp_path: Path) -> None:
    """UTF-8, line feeds, nothing added; missing folders are made."""
    path = tmp_path / "new" / "folder" / "file.txt"

    write_whole(path, "Überraschung\nzwei\n")

    assert path.read_bytes() == "Überraschung\nzwei\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_what_was_there_is_replaced(tmp_path: Path) -> None:
    """Wholly, though it was longer."""
    path = tmp_path / "file.txt"
    path.write_text("a long former content", encoding="utf-8")

    write_whole(path, "new")

    assert path.read_text(encoding="utf-8") == "new"


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_others_may_read_the_file_as_far_as_the_user_allows(tmp_path: Path, mask: int, mode: int) -> None:
    """A baseline is to be committed, and a report to be shared; the mask stays as it was."""
    former = os.umask(mask)
    try:
        write_whole(tmp_path / "file.txt", "")
        kept = os.umask(mask)
    finally:
        os.umask(former)

    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == mode
    assert kept == mask


def test_a_text_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    """Half of a surrogate pair has no bytes; neither the target nor the folder shows the attempt."""
    path = tmp_path / "file.txt"
    path.write_text("former", encoding="utf-8")

    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "new \ud800")

    assert path.read_text(encoding="utf-8") == "former"
    assert list(tmp_path.iterdir()) == [path]


def in_a_file(folder: Path) -> Path:
    (folder / "file").write_text("", encoding="utf-8")
    return folder / "file" / "below"


def on_a_folder(folder: Path) -> Path:
    (folder / "taken").mkdir()
    return folder / "taken"


def with_a_name_too_long(folder: Path) -> Path:
    return folder / ("x" * 300)


@pytest.mark.parametrize("place", [in_a_file, on_a_folder, with_a_name_too_long])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: object) -> None:
    """With what to do, and without leaving anything behind."""
    assert callable(place)
    path = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(EnvironmentFaultError) as caught:
        write_whole(path, "text")

    assert caught.value.message.startswith("cannot write ")
    assert str(tmp_path) in caught.value.message
    assert "name another folder" in caught.value.hint
    assert sorted(tmp_path.rglob("*")) == before
