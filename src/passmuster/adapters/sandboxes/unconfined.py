"""``none``: no sandbox at all, for those who ask for it by name and trust every answer.

A command is an ordinary process of whoever runs passmuster, in a temporary folder, with limits of time, of memory and
of output, and without the environment. It can read, change and send whatever that user can.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from passmuster.adapters.sandboxes.descriptors import Descriptors
from passmuster.adapters.sandboxes.launching import Places, launcher, request_of
from passmuster.adapters.sandboxes.probing import Probed, probe_of
from passmuster.adapters.sandboxes.spawning import Spawn, spawn
from passmuster.adapters.sandboxes.supervision import Gathered, Started, Supervision
from passmuster.adapters.sandboxes.usage import ProcessTree
from passmuster.adapters.sandboxes.waiting import waited
from passmuster.components import BuildContext, Component
from passmuster.domain.sandboxes import CommandResult, ProbeFinding, SandboxCommand, SandboxProbe
from passmuster.ports import Sandbox

NAME: Final = "none"
FAREWELL: Final = 5.0
PAUSE: Final = 0.002


class UnconfinedOptions(BaseModel):
    """Options of the sandbox ``none``: there are none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Unconfined:
    """Runs commands as ordinary processes; conforms to :class:`passmuster.ports.Sandbox`."""

    @property
    def name(self) -> str:
        """Return its name in suites and reports."""
        return NAME

    async def probe(self) -> SandboxProbe:
        """Run a program that shows what is not held back here.

        It promises nothing but to start a command, so that it is usable wherever that works, for those who ask for it.
        """
        tried = await probe_of(Probed(name=NAME, run=self.run, python=sys.executable))
        starts, *others = tried.findings
        if not others:
            return tried
        loose = [f"{finding.name} ({finding.detail})" for finding in others if not finding.is_held]
        nothing_else = ProbeFinding(
            name="holds nothing back", is_held=True, detail=f"it does not see to: {'; '.join(loose)}"
        )
        return SandboxProbe(sandbox=NAME, findings=(starts, nothing_else))

    async def run(self, command: SandboxCommand) -> CommandResult:
        """Run a command until it ends or goes over a limit; what it does not hide from us does not live on.

        Raises:
            SandboxError: If it could not be started.
        """
        return await waited(partial(_run, command))


def _run(command: SandboxCommand, wake: int) -> CommandResult:
    with Descriptors() as ways, tempfile.TemporaryDirectory(prefix="passmuster-", ignore_cleanup_errors=True) as name:
        folder, temporary = Path(name) / "files", Path(name) / "temporary"
        folder.mkdir()
        temporary.mkdir()
        places = Places(folder=str(folder), temporary=str(temporary))
        return Supervision(_started(command, places, ways, wake), command.limits).result()


def _started(command: SandboxCommand, places: Places, ways: Descriptors, wake: int) -> Started:
    channel, their_channel = ways.sockets()
    results, their_results = ways.sockets()
    output, their_output = ways.pipe()
    errors, their_errors = ways.pipe()
    # That limit counts all processes of a user, and this is the user who runs everything else.
    request = request_of(command, places, their_results, left_out={"NPROC"})
    inherited = () if command.listening is None else (command.listening,)
    process = spawn(
        Spawn(
            arguments=(sys.executable, "-I", "-S", "-B", "-c", launcher(), *[str(their_channel)] * 2),
            output=their_output,
            errors=their_errors,
            passed=(their_channel, their_results, *inherited),
        )
    )
    ways.close_theirs()
    gathered = Gathered(command.limits)
    return Started(
        process=process,
        sinks=gathered.sinks(channel=channel, results=results, output=output, errors=errors),
        gathered=gathered,
        channel=channel,
        request=request,
        end=partial(_end, process),
        tree=ProcessTree(process.pid),
        wake=wake,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End all processes below one, and it at last: as long as it lives, those whose parents have ended become its."""
    until = time.monotonic() + FAREWELL
    while process.poll() is None and time.monotonic() < until:
        below = [number for number in ProcessTree(process.pid).processes() if number != process.pid]
        if not below:
            break
        for number in below:
            with suppress(OSError):
                os.kill(number, signal.SIGKILL)
        time.sleep(PAUSE)
    process.kill()
    process.wait()


def build(options: UnconfinedOptions, context: BuildContext) -> Sandbox:
    """Build it."""
    del options, context
    return Unconfined()


COMPONENT = Component(
    options=UnconfinedOptions,
    build=build,
    is_free=True,
    caveat="the code of answers ran without a sandbox, with all rights of the user who ran passmuster",
)
"""``none``: no sandbox, only when asked for by name."""
