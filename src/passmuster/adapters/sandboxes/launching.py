"""How the program that starts a command inside a sandbox is asked, and what it reports."""

import math
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import SandboxCommand

RESULTS: Final = "PASSMUSTER_RESULTS"
"""The variable that holds the number of the descriptor for results."""

LEAST_ADDRESSES: Final = 4 * 1_073_741_824
"""Interpreters with many threads reserve addresses that they never use."""

SPARE: Final = 1_048_576
"""So that a full folder says so, instead of the process being ended by a signal."""

DESCRIPTORS: Final = 1_024
OWN_PROCESSES: Final = 2
"""The first process of the sandbox, and the one that starts the command, count like any other."""

DEFAULTS: Final[Mapping[str, str]] = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a command finds its folders.

    Attributes:
        folder: It starts here, with its files; its home.
        temporary: For temporary files.
    """

    folder: str
    temporary: str


@cache
def launcher() -> str:
    """Return the program's text."""
    return Path(__file__).with_name("launcher.py").read_text(encoding="utf-8")


def results_number(command: SandboxCommand) -> int:
    """Return the number that the descriptor for results has for a command; of one digit, since shells know no other."""
    return next(number for number in (3, 4) if number != command.listening)


def environment_of(command: SandboxCommand, places: Places) -> dict[str, str]:
    """Return all of the environment that a command is given."""
    own = {"HOME": places.folder, "TMPDIR": places.temporary}
    return {**DEFAULTS, **own, **command.environment, RESULTS: str(results_number(command))}


def request_of(
    command: SandboxCommand, places: Places, results: int, *, key: bytes = b"", left_out: Collection[str] = ()
) -> bytes:
    """Return what the program inside is sent.

    Args:
        command: What is to be started.
        places: Where its folders are.
        results: The number that the descriptor for results has for the program; of no meaning where frames are wanted.
        key: What goes before each frame, where frames are wanted.
        left_out: Limits of the kernel that are not set.

    Raises:
        SandboxError: If a file's path leads out of the folder, or a text cannot be given to a program.
    """
    environment = environment_of(command, places)
    files = [part for path, content in sorted(command.files.items()) for part in (_safe(path), content)]
    request = [
        *([key] if key else []),
        _number(results),
        _number(results_number(command)),
        places.folder.encode(),
        *_counted(_limits(command, left_out)),
        *_counted([_text(argument) for argument in command.arguments]),
        *_counted([_variable(name, value) for name, value in sorted(environment.items())]),
        *_counted(files),
        command.input,
        places.temporary.encode(),
    ]
    return b"".join(len(part).to_bytes(4, "big") + part for part in request)


def _number(number: int) -> bytes:
    return str(number).encode()


def _counted(parts: Sequence[bytes]) -> Iterable[bytes]:
    return [_number(len(parts)), *parts]


def _text(text: str) -> bytes:
    if "\0" in text:
        message = f"no program can be given {text!r}"
        raise SandboxError(message, hint="leave out the zero")
    return os.fsencode(text)


def _variable(name: str, value: str) -> bytes:
    if not name or "=" in name:
        message = f"no variable can be called {name!r}"
        raise SandboxError(message)
    return _text(f"{name}={value}")


def _safe(path: str) -> bytes:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        message = f"the file {path!r} would not lie within its folder"
        raise SandboxError(message, hint="give paths relative to the folder")
    return _text(path)


def _limits(command: SandboxCommand, left_out: Collection[str]) -> list[bytes]:
    limits = command.limits
    processors = os.cpu_count() or 1
    numbers = {
        "NPROC": limits.processes + OWN_PROCESSES,
        "AS": max(LEAST_ADDRESSES, 4 * limits.memory),
        "FSIZE": limits.disk + SPARE,
        "NOFILE": DESCRIPTORS,
        "CPU": math.ceil(limits.time * processors) + 1,
        "CORE": 0,
    }
    return [f"{name}={number}".encode() for name, number in numbers.items() if name not in left_out]


@dataclass(slots=True, kw_only=True)
class Report:
    """What the program inside has told so far.

    Attributes:
        is_started: Whether the command was started.
        fault: Why it did not start the command; empty if it did.
        status: The command's exit status; ``None`` as long as it runs.
        wall_seconds: From its start to its end.
        processor_seconds: Of all its processes.
    """

    is_started: bool = False
    fault: str = ""
    status: int | None = None
    wall_seconds: float = 0.0
    processor_seconds: float | None = None


def read_report(text: bytes) -> Report:
    """Read a report, of which the end may be missing."""
    report = Report()
    for line in text.decode("utf-8", "replace").splitlines():
        kind, _, rest = line.partition(" ")
        match kind, rest.split():
            case "started", _:
                report.is_started = True
            case "fault", _:
                report.fault = rest
            case "ended", [status, wall, processor]:
                report.status = int(status)
                report.wall_seconds, report.processor_seconds = float(wall), float(processor)
            case _:
                continue
    return report
