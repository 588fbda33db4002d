"""What a suite says of a program: its arguments, and what is in its file."""

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _without_nul(text: str) -> str:
    if "\0" in text:
        message = "no argument of a program can hold a NUL character"
        raise ValueError(message)
    return text


Argument = Annotated[str, AfterValidator(_without_nul)]
"""One argument of a program."""


def fingerprint_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, or the name of the error that keeps it from being read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        # What cannot be read cannot be copied either: the run will say so.
        return type(error).__name__
