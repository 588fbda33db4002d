"""What is asked of a sandbox, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from passmuster.domain.values import UNKNOWN, Fingerprint


class Limit(StrEnum):
    """A limit that ended a command."""

    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """How much a command may use.

    Attributes:
        time: Seconds by the clock on the wall.
        memory: Bytes, of all its processes together.
        disk: Bytes in its folder, and as many again in its temporary folder.
        processes: How many may live at once.
        output: Bytes on standard output, on standard error and as results, each.
    """

    time: float = 60.0
    memory: int = 1_073_741_824
    disk: int = 268_435_456
    processes: int = 128
    output: int = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCommand:
    """A command nobody trusts.

    The command starts in a folder of its own that holds the files and may be written. It has no network but its own
    loopback, and sees of this machine only the system's programs and what is listed here.

    Attributes:
        arguments: The program and its arguments.
        files: Contents by relative path, put into the folder before it starts.
        read_only: Folders and files of this machine that it may read, at the paths that they have here.
        environment: All of its environment but what the sandbox itself must set.
        input: What it reads from standard input.
        limits: How much it may use.
        listening: A listening socket that it inherits as the same descriptor, so that it can be asked from outside;
            ``None`` for none.
    """

    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    read_only: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    input: bytes = b""
    limits: SandboxLimits = field(default_factory=SandboxLimits)
    listening: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What came of a command; that it failed, or was ended by a limit, is a result like any other.

    Attributes:
        status: Its exit status; minus the signal's number where one ended it, as it is told in Python.
        ended_by: The limit that it went over; ``None`` if it ended by itself.
        output: Standard output, cut at the limit.
        errors: Standard error, likewise.
        results: What it wrote to the descriptor whose number stands in its environment as ``PASSMUSTER_RESULTS``.
        wall_seconds: From start to end.
        processor_seconds: Of all its processes; ``None`` where the sandbox cannot tell.
        peak_memory: Bytes, all processes together, as far as it was watched; ``None`` where it was not.
    """

    status: int
    ended_by: Limit | None = None
    output: bytes = b""
    errors: bytes = b""
    results: bytes = b""
    wall_seconds: float = 0.0
    processor_seconds: float | None = None
    peak_memory: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """One thing that a probe of a sandbox tried.

    Attributes:
        name: What was tried, in a few words.
        is_held: Whether the sandbox does what it promises.
        detail: What was seen, in a sentence.
    """

    name: str
    is_held: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxProbe:
    """What really running something in a sandbox has shown.

    Attributes:
        sandbox: The sandbox's name.
        version: Of the program behind it; empty if unknown.
        findings: What was tried.
        remedy: What to do where it does not work here; empty where it does.
    """

    sandbox: str
    version: str = ""
    findings: tuple[ProbeFinding, ...] = ()
    remedy: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether something was tried and everything held."""
        return bool(self.findings) and all(finding.is_held for finding in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonEnvironment:
    """An interpreter with the packages that answers may use, prepared once and never written again.

    Attributes:
        python: The interpreter's path, the same inside a sandbox and outside.
        read_only: What a sandbox must show for it to run.
        fingerprint: Of the interpreter's version and every package's.
        type_cache: A warm cache of mypy, to be copied before it is used; ``None`` where there is none.
    """

    python: Path
    read_only: tuple[Path, ...]
    fingerprint: Fingerprint
    type_cache: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRecord:
    """Where the code of answers was run, for readers of a run.

    Attributes:
        name: The sandbox's.
        version: Of the program behind it; empty if unknown.
        python: The version of the interpreter that ran it.
        environment: The fingerprint of that interpreter with all its packages.
        caveat: What readers must know of the sandbox, in one sentence; may be empty.
    """

    name: str
    version: str = ""
    python: str = ""
    environment: Fingerprint = UNKNOWN
    caveat: str = ""
