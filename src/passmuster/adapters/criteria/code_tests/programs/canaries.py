"""Tests of our own that must fail, put among an answer's: a report in which they do not was forged."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

MOST_FOLDERS: Final = 8
"""In so many folders with tests there is one."""

# Names as tests bear them, so that nobody can tell ours by the name.
_SUBJECTS: Final = ("account", "address", "basket", "customer", "invoice", "item", "label", "ledger", "member", "note")
_SAYINGS: Final = ("is_kept", "is_listed", "is_counted", "is_found", "is_sorted", "is_updated", "is_shown", "is_read")
_TEXT: Final = '''"""Tests of {subject}."""


def unused_{subject}() -> int:
    """Return a number."""
    number = {one}
    return number + 1


def test_{subject}_{saying}() -> None:
    """The number is right."""
    number = {one}
    assert number == {other}
'''


@dataclass(frozen=True)
class Canary:
    """One such test: its file, its name, and the lines of its body and of a function that nobody calls."""

    file: str
    name: str
    body: tuple[int, ...] = (12, 13)
    unused: tuple[int, ...] = (6, 7)

    @property
    def identifier(self) -> str:
        """What pytest calls it."""
        return f"{self.file}::{self.name}"


def release(folder: Path, tests: Iterable[str]) -> Sequence[Canary]:
    """Write a test that must fail into each folder that holds tests, under names that nobody knows beforehand."""
    parents = sorted({str(PurePosixPath(test).parent) for test in tests})[:MOST_FOLDERS]
    return [_write(folder, parent) for parent in parents]


def _write(folder: Path, parent: str) -> Canary:
    chance = secrets.SystemRandom()
    while True:
        subject = f"{chance.choice(_SUBJECTS)}_{chance.choice(_SUBJECTS)}"
        saying = chance.choice(_SAYINGS)
        file = PurePosixPath(parent) / f"test_{subject}s.py"
        one, other = chance.sample(range(2, 1_000), 2)
        try:
            with (folder / file).open("x", encoding="utf-8") as stream:
                stream.write(_TEXT.format(subject=subject, saying=saying, one=one, other=other))
        except FileExistsError:
            continue
        return Canary(file=str(file), name=f"test_{subject}_{saying}")
