"""What a suite says of a program."""

import hashlib
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from passmuster.programs.arguments import Argument, fingerprint_of_file


def test_an_argument_is_any_text_without_nul() -> None:
    """With which no program can be started."""
    adapter = TypeAdapter[str](Argument)

    assert adapter.validate_python("a b; $HOME ä") == "a b; $HOME ä"
    with pytest.raises(ValidationError, match="NUL"):
        adapter.validate_python("a\0b")


def test_a_file_is_told_by_what_is_in_it(tmp_path: Path) -> None:
    """One that cannot be read is told by why."""
    file = tmp_path / "program"
    file.write_bytes(b"exit 0")

    assert fingerprint_of_file(file) == hashlib.sha256(b"exit 0").hexdigest()
    assert fingerprint_of_file(tmp_path / "absent") == "FileNotFoundError"
