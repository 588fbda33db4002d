"""Results of examinations in files."""

import os
from pathlib import Path

import pytest

from passmuster.domain.sandboxes import Limit
from passmuster.domain.values import Fingerprint
from passmuster.examining import Examined
from passmuster.sandboxing.kept_results import MOST_BYTES, KeptResults

KEY = Fingerprint("ab" * 16)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """All of it, and that it was kept besides."""
    kept = KeptResults(folder=tmp_path / "kept")
    examined = Examined(
        result={"a": [1, None, "ä\ud800"]},
        status=3,
        ended_by=Limit.MEMORY,
        errors="told",
        processor_seconds=0.5,
        wall_seconds=1.25,
    )

    kept.write(KEY, examined)
    read = kept.read(KEY)

    assert read is not None
    assert read.is_kept
    assert (read.result, read.status, read.ended_by) == ({"a": [1, None, "ä\ud800"]}, 3, Limit.MEMORY)
    assert (read.errors, read.processor_seconds, read.wall_seconds) == ("told", 0.5, 1.25)


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    """They hold what answers said."""
    kept = KeptResults(folder=tmp_path / "kept")

    kept.write(KEY, Examined(result={}))

    assert kept.folder.stat().st_mode & 0o077 == 0
    assert [path.name for path in kept.files()] == [f"{KEY}.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"result": 3}', '{"result": null, "status": "x"}', "[" * 50_000])
def test_what_is_damaged_is_not_there(tmp_path: Path, text: str) -> None:
    """It is made again, and nobody is troubled."""
    kept = KeptResults(folder=tmp_path)
    kept.write(KEY, Examined(result={}))
    (file,) = kept.files()
    file.write_text(text, encoding="utf-8")

    assert kept.read(KEY) is None


def test_what_is_not_there_or_too_large_is_none(tmp_path: Path) -> None:
    """A file that no examination can have written is not read to its end."""
    kept = KeptResults(folder=tmp_path)
    absent = kept.read(KEY)
    kept.write(KEY, Examined(result={}))
    (file,) = kept.files()
    with file.open("r+b") as stream:
        stream.truncate(MOST_BYTES + 1)

    assert absent is None
    assert kept.read(KEY) is None


def test_a_secret_is_not_kept(tmp_path: Path) -> None:
    """A result that holds one is made anew each time."""
    kept = KeptResults(folder=tmp_path / "kept", holds_secret=lambda text: "sk-1234" in text)

    kept.write(KEY, Examined(result={"line": "key = 'sk-1234'"}))

    assert kept.read(KEY) is None
    assert list(tmp_path.rglob("*.json")) == []


def test_a_place_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    """Keeping is a convenience; a full disk fails no examination."""
    (tmp_path / "kept").write_text("a file is in the way", encoding="utf-8")
    kept = KeptResults(folder=tmp_path / "kept")

    kept.write(KEY, Examined(result={}))

    assert kept.read(KEY) is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    """Reading a result counts as using it."""
    kept = KeptResults(folder=tmp_path)
    keys = [Fingerprint(digit * 32) for digit in "123"]
    for at, key in enumerate(keys):
        kept.write(key, Examined(result={"at": at}))
        (file,) = (file for file in kept.files() if file.stem == key)
        os.utime(file, (1_000 + at, 1_000 + at))
    size = max(file.stat().st_size for file in kept.files())
    kept.read(keys[0])

    taken = kept.prune(2 * size)

    assert taken == 1
    assert {file.stem for file in kept.files()} == {keys[0], keys[2]}
    assert kept.prune(2 * size) == 0
