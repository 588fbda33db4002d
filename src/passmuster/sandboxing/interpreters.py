"""Which Python runs answers: one that a sandbox can read, which as root is another user than ours."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from passmuster.domain.errors import EnvironmentFaultError

OLDEST: Final = (3, 11)
"""The pins of the environment hold from this version on."""

USUAL: Final = ("/usr/bin/python3", "/usr/local/bin/python3", "/usr/bin/python3.11", "/usr/local/bin/python3.11")
"""Where distributions put theirs."""

SYSTEM: Final = Path("/usr")
"""What lies below is in every sandbox."""

_ASKED: Final = (
    "import json, platform, sys, venv\n"
    "version, numbers = platform.python_version(), sys.version_info[:2]\n"
    "print(json.dumps([platform.python_implementation(), version, numbers, sys.base_prefix]))\n"
)
_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python that is there.

    Attributes:
        path: Where its program lies.
        version: Such as ``3.11.2``.
        prefix: The folder that holds it with its library.
    """

    path: Path
    version: str
    prefix: Path

    @property
    def read_only(self) -> tuple[Path, ...]:
        """What a sandbox must show beside the system's programs for it to run."""
        return () if self.prefix.is_relative_to(SYSTEM) else (self.prefix,)


@cache
def found_interpreter() -> Interpreter:
    """Return the interpreter that the environment of answers is made with.

    Raises:
        EnvironmentFaultError: If none can be used.
    """
    reasons: list[str] = []
    for path in _candidates():
        reason, found = _asked(path)
        if found is not None:
            return found
        reasons.append(f"{path}: {reason}")
    message = (
        f"no Python for the code of answers was found; {'; '.join(reasons) or 'there is none in the usual places'}"
    )
    hint = "install the distribution's Python 3.11 or newer, as in `apt-get install python3 python3-venv`"
    raise EnvironmentFaultError(message, hint=hint)


def _candidates() -> Iterator[Path]:
    own = getattr(sys, "_base_executable", None) or sys.executable
    yield from dict.fromkeys(path for name in (*USUAL, own) if name and (path := Path(name)).exists())


def _asked(path: Path) -> tuple[str, Interpreter | None]:
    """Ask an interpreter what it is; return why it cannot be used, or what it is."""
    command = [str(path), "-I", "-c", _ASKED]
    try:
        told = subprocess.run(command, env={}, capture_output=True, timeout=_PATIENCE, check=True)  # noqa: S603 - a fixed command; the path is one of a few
        implementation, version, numbers, prefix = json.loads(told.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return f"it cannot be run, or lacks the module venv ({type(error).__name__})", None
    if implementation != "CPython" or tuple(numbers) < OLDEST:
        return f"it is {implementation} {version}, and CPython 3.11 or newer is needed", None
    interpreter = Interpreter(path=path, version=version, prefix=Path(prefix).resolve())
    closed = next((item for item in (path.resolve(), interpreter.prefix) if not is_readable_by_all(item)), None)
    if os.geteuid() == 0 and closed is not None:
        return f"a sandbox runs as another user, who cannot read {str(closed)!r}", None
    return "", interpreter


def is_readable_by_all(path: Path) -> bool:
    """Whether every user can read a file or a folder, so that none of the folders above it is closed."""
    try:
        modes = [item.stat().st_mode for item in (path, *path.parents)]
    except OSError:
        return False
    return all(mode & stat.S_IXOTH for mode in modes[1:]) and bool(modes[0] & stat.S_IROTH)
