"""Finds out by trying whether a sandbox does what it promises here."""

import json
import os
import secrets
import socket
import tempfile
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passmuster.adapters.sandboxes.launching import DEFAULTS, RESULTS
from passmuster.adapters.sandboxes.remedies import remedy_for
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import CommandResult, ProbeFinding, SandboxCommand, SandboxLimits, SandboxProbe

INSPECTION: Final = Path(__file__).with_name("inspection.py")
STARTS: Final = "starts a command"
SEE: Final = "docs/sandbox.md says what this sandbox needs"
PROCESSES: Final = 24
LIMITS: Final = SandboxLimits(time=30, memory=536_870_912, disk=16_777_216, processes=PROCESSES)
NOT_EVERYWHERE: Final = "calls of the kernel are filtered"
"""What engines of containers do in their own way, so that it is not asked of them."""

TRIED: Final = (
    "no network",
    "files outside are not seen",
    "nothing is written outside",
    "no variables of whoever runs it",
    "not as root",
    "processes outside are not seen",
    "processes are limited",
    NOT_EVERYWHERE,
)

Run = Callable[[SandboxCommand], Awaitable[CommandResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """A sandbox that is to be probed.

    Attributes:
        name: Its name.
        run: Runs a command in it.
        python: The interpreter inside.
        version: Of the program behind it.
        left_out: What it does not promise.
    """

    name: str
    run: Run
    python: str
    version: str = ""
    left_out: Collection[str] = ()


async def probe_of(probed: Probed) -> SandboxProbe:
    """Run a program that tries everything a sandbox should hold back."""
    try:
        findings = await _findings(probed)
    except SandboxError as error:
        finding = ProbeFinding(name=STARTS, is_held=False, detail=error.message)
        remedy = error.hint or remedy_for(error.message) or SEE
        return SandboxProbe(sandbox=probed.name, version=probed.version, findings=(finding,), remedy=remedy)
    broken = [finding.name for finding in findings if not finding.is_held]
    remedy = f"this sandbox does not hold here: {', '.join(broken)}" if broken else ""
    return SandboxProbe(sandbox=probed.name, version=probed.version, findings=findings, remedy=remedy)


def unusable(name: str, error: SandboxError, version: str = "") -> SandboxProbe:
    """Return the probe of a sandbox that cannot even be tried."""
    finding = ProbeFinding(name=STARTS, is_held=False, detail=error.message)
    return SandboxProbe(sandbox=name, version=version, findings=(finding,), remedy=error.hint)


async def _findings(probed: Probed) -> tuple[ProbeFinding, ...]:
    tried = [name for name in TRIED if name not in probed.left_out]
    with _listening() as port, _canary() as canary:
        question = {
            "tried": tried,
            "port": port,
            "canary": str(canary),
            "process": os.getpid(),
            "fewest": 12,
            "processes": PROCESSES,
            "variables": [*DEFAULTS, "HOME", "TMPDIR", RESULTS],
        }
        command = SandboxCommand(
            arguments=(probed.python, "-I", "-B", INSPECTION.name),
            files={INSPECTION.name: INSPECTION.read_bytes()},
            input=json.dumps(question).encode(),
            limits=LIMITS,
        )
        result = await probed.run(command)
    started = ProbeFinding(name=STARTS, is_held=True, detail=f"in {result.wall_seconds * 1_000:.0f} ms")
    return started, *_read(result, tried)


def _read(result: CommandResult, tried: list[str]) -> Iterator[ProbeFinding]:
    try:
        answer = json.loads(result.results)
    except ValueError:
        said = result.errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
        message = f"the inspection gave no answer: status {result.status}, {result.ended_by or 'no limit'}; {said}"
        raise SandboxError(message) from None
    entries: Mapping[str, tuple[bool, str]] = answer
    for name in tried:
        is_held, detail = entries.get(name, (False, "it was not tried"))
        yield ProbeFinding(name=name, is_held=is_held, detail=detail)


@contextmanager
def _listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def _canary() -> Iterator[Path]:
    """Give a file of this machine that everybody may read."""
    with tempfile.TemporaryDirectory(prefix="passmuster-canary-") as folder:
        Path(folder).chmod(0o755)
        canary = Path(folder) / secrets.token_hex(8)
        canary.write_text("seen", encoding="utf-8")
        canary.chmod(0o644)
        yield canary
