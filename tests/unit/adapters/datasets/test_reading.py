"""Bytes that are no text, files that are too large, and places that hold no file."""

import codecs
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from passmuster.adapters.datasets import reading
from passmuster.adapters.datasets.files import FileLoader
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding

Write = Callable[[str, str | bytes], Path]


def a_line(identifier: str = "a", **changes: object) -> str:
    return json.dumps({"identifier": identifier, "request": "do it", "expect": {"agent": "x"}, **changes})


def refused(path: Path, loader: FileLoader | None = None) -> tuple[Finding, ...]:
    with pytest.raises(InvalidDatasetError) as caught:
        (loader or FileLoader()).load(path)
    return caught.value.findings


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.yaml"])
def test_latin_1_is_told_with_its_place_and_remedy(write: Write, name: str) -> None:
    """People learn which byte is wrong, and how to convert the file."""
    path = write(name, "é\n".encode() + "xé: caf".encode() + b"\xe9\n")

    finding = next(finding for finding in refused(path) if finding.rule == "encoding")

    assert str(finding.location) == f"{path}:2:8"
    assert "0xe9" in finding.message
    assert "'é'" in finding.message
    assert "iconv" in finding.hint


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.yaml"])
def test_a_nul_byte_is_told_with_its_place(write: Write, name: str) -> None:
    """A file with NUL bytes is no text."""
    path = write(name, b"\n ab\0\xe9")

    finding = next(finding for finding in refused(path) if finding.rule == "encoding")

    assert str(finding.location) == f"{path}:2:4"
    assert "NUL" in finding.message


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
@pytest.mark.parametrize("name", ["a.jsonl", "a.yaml"])
def test_utf_16_is_recognised(write: Write, name: str, mark: bytes) -> None:
    """Some editors save it; it is one complaint, not one for each line."""
    encoding = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
    path = write(name, mark + f"{a_line()}\n{a_line()}".encode(encoding))

    [finding] = refused(path)

    assert finding.rule == "encoding"
    assert "UTF-16" in finding.message


def test_a_line_that_is_too_long_is_passed_over(write: Write) -> None:
    """The line is told, and the rest of the file still read."""
    fits = a_line("a", request="x" * (reading.MAXIMUM_LINE - len(a_line("a", request=""))))
    path = write("a.jsonl", "\n".join([fits, f"{fits} ", "x" * (3 * reading.MAXIMUM_LINE), "4"]))

    findings = refused(path)

    assert [(finding.rule, finding.location and finding.location.line) for finding in findings] == [
        ("wrong-length", 1),
        ("line-too-long", 2),
        ("line-too-long", 3),
        ("wrong-type", 4),
    ]


@pytest.mark.parametrize(
    ("name", "limit"), [("a.jsonl", reading.MAXIMUM_LINES_FILE), ("a.yaml", reading.MAXIMUM_WHOLE_FILE)]
)
def test_a_file_that_is_too_large_is_not_read(write: Write, name: str, limit: int) -> None:
    """Its size is enough to refuse it."""
    path = write(name, "")
    os.truncate(path, limit + 1)

    [finding] = refused(path)

    assert finding.rule == "file-too-large"
    assert "MiB" in finding.hint


@pytest.mark.parametrize(
    "name", ["missing.jsonl", "missing.yaml", "no/where.jsonl", "a\0b.jsonl", "\ud800.json", "x" * 300 + ".jsonl"]
)
def test_a_file_that_cannot_be_opened_is_an_error_of_the_dataset(tmp_path: Path, name: str) -> None:
    """A wrong location is the user's, with a hint."""
    [finding] = refused(tmp_path / name)

    assert finding.rule == "unreadable-file"
    assert "location" in finding.hint


@pytest.mark.parametrize("name", ["a.jsonl", "a.yaml"])
def test_a_folder_is_no_dataset(tmp_path: Path, name: str) -> None:
    """A folder that looks like a file by its name is refused."""
    (tmp_path / name).mkdir()

    [finding] = refused(tmp_path / name)

    assert "folder" in finding.message


def test_a_pipe_is_no_dataset(tmp_path: Path) -> None:
    """Waiting for somebody to write would take for ever."""
    os.mkfifo(tmp_path / "a.jsonl")

    [finding] = refused(tmp_path / "a.jsonl")

    assert "no ordinary file" in finding.message


@pytest.mark.parametrize("name", ["a.xlsx", "a", ".jsonl"])
def test_an_unknown_ending_is_refused_with_the_known_ones(write: Write, name: str) -> None:
    """The ending decides how a file is read."""
    [finding] = refused(write(name, a_line()))

    assert finding.rule == "unknown-ending"
    assert ".jsonl, .json, .yaml, .yml" in finding.hint
