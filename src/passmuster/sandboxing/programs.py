"""Programs of ours where a sandbox can read them, whatever may be read of the folder that passmuster lies in."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from passmuster.domain.errors import SandboxError
from passmuster.domain.values import Fingerprint, fingerprint_of

READABLE = 0o755
"""Everybody may read what a sandbox runs, and nobody but its owner write it."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Copies of programs' folders, each named by its content.

    Attributes:
        folder: Where copies lie, which another user may read; made when the first is.
    """

    folder: Path
    _known: dict[Path, Fingerprint] = field(default_factory=dict, repr=False, compare=False)
    _copying: Lock = field(default_factory=Lock, repr=False, compare=False)

    def fingerprint(self, program: Path) -> Fingerprint:
        """Return the fingerprint of a program's whole folder, taken once in a process."""
        home = program.parent
        if home not in self._known:
            self._known[home] = fingerprint_of([[name, _digest(path)] for name, path in _files(home)])
        return self._known[home]

    def shown(self, program: Path) -> Path:
        """Return a copy of a program that a sandbox can read, with everything in its folder beside it.

        Raises:
            SandboxError: If it cannot be copied.
        """
        copy = self.folder / self.fingerprint(program)
        with self._copying:
            if not copy.is_dir():
                self._copy(program.parent, copy)
        return copy / program.name

    def _copy(self, home: Path, copy: Path) -> None:
        passing = copy.with_name(f".{copy.name}.{secrets.token_hex(8)}")
        try:
            for name, source in _files(home):
                target = passing / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                target.chmod(READABLE & 0o644)
            for folder, _, _ in os.walk(passing):
                Path(folder).chmod(READABLE)
            self.folder.chmod(READABLE)
            passing.rename(copy)
        except OSError as error:
            shutil.rmtree(passing, ignore_errors=True)
            # Another process was quicker.
            if copy.is_dir():
                return
            message = f"the program of an examination cannot be put where a sandbox reads it: {error}"
            raise SandboxError(message, hint="make room, or name another folder in PASSMUSTER_SANDBOX_HOME") from error


def _files(home: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a folder with their names in it, in order; what Python compiled is none of them."""
    found = {
        path.relative_to(home).as_posix(): path
        for path in home.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    yield from sorted(found.items())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
