"""``container``: an engine of containers, docker or podman, which may run where bubblewrap does not.

Nothing leads out of a container but its output. So the program that starts the command inside takes everything that
comes out of it, and sends it in frames over that one stream, each after a key that the command never learns.
"""

import os
import secrets
import shutil
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.sandboxes.confinement import PLACES, SHARED_MEMORY, USER
from passmuster.adapters.sandboxes.descriptors import Descriptors
from passmuster.adapters.sandboxes.frames import Frames
from passmuster.adapters.sandboxes.launching import OWN_PROCESSES, launcher, request_of
from passmuster.adapters.sandboxes.probing import NOT_EVERYWHERE, Probed, probe_of, unusable
from passmuster.adapters.sandboxes.spawning import Spawn, spawn
from passmuster.adapters.sandboxes.supervision import Gathered, Started, Supervision
from passmuster.adapters.sandboxes.waiting import waited
from passmuster.components import BuildContext, Component
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import CommandResult, SandboxCommand, SandboxProbe
from passmuster.ports import Sandbox

NAME: Final = "container"
PROGRAMS: Final = ("docker", "podman")
PATIENCE: Final = 20.0
"""Seconds that an engine gets to answer."""

PAUSE: Final = 0.2


class ContainerOptions(BaseModel):
    """Options of the sandbox ``container``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: str = Field(default="", description="The engine's client; by default docker, or else podman.")
    image: str = Field(
        default="python:3.11-slim",
        min_length=1,
        description="The image, which must be there already and have a python3 of version 3.9 or newer.",
    )


class Container:
    """Runs each command in a container of its own; conforms to :class:`passmuster.ports.Sandbox`."""

    def __init__(self, options: ContainerOptions) -> None:
        """Take the options; nothing is looked for before it is needed."""
        self._options = options

    @property
    def name(self) -> str:
        """Return its name in suites and reports."""
        return NAME

    async def probe(self) -> SandboxProbe:
        """Really run something, and return what was and what was not held back."""
        try:
            version = await waited(lambda _wake: self._engine())
        except SandboxError as error:
            return unusable(NAME, error)
        # An engine has filters and limits of its own, which are another matter.
        probed = Probed(name=NAME, run=self.run, python="python3", version=version, left_out={NOT_EVERYWHERE})
        return await probe_of(probed)

    async def run(self, command: SandboxCommand) -> CommandResult:
        """Run a command until it ends or goes over a limit; its container does not live on, cancelled or not.

        Raises:
            SandboxError: If it could not be started, or is to inherit a listening socket, which no container can.
        """
        if command.listening is not None:
            message = "a container cannot be given a socket that listens outside"
            raise SandboxError(message, hint="use the sandbox bubblewrap")
        return await waited(partial(self._run, command))

    def arguments(self, command: SandboxCommand, container: str) -> tuple[str, ...]:
        """Return the arguments of the engine's client, without the client itself."""
        limits = command.limits
        folders = (f"{place}:rw,exec,nosuid,nodev,mode=1777,size={limits.disk}" for place in _FOLDERS)
        return (
            *("run", "--rm", "--interactive", "--name", container, "--pull", "never"),
            *("--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--user", f"{USER}:{USER}", "--hostname", "sandbox", "--workdir", PLACES.folder),
            *("--pids-limit", str(limits.processes + OWN_PROCESSES), "--ulimit", "core=0"),
            *("--memory", str(limits.memory), "--memory-swap", str(limits.memory), "--shm-size", str(SHARED_MEMORY)),
            *(part for folder in folders for part in ("--tmpfs", folder)),
            *(part for place in command.read_only for part in ("--mount", _shown(place))),
            *(["--read-only-tmpfs=false"] if Path(self._program()).name == "podman" else []),
            *("--entrypoint", "python3", self._options.image),
            *("-I", "-S", "-B", "-c", launcher(), "0", "1", "framed"),
        )

    def _program(self) -> str:
        named = (self._options.program,) if self._options.program else PROGRAMS
        found = next((place for name in named if (place := shutil.which(name)) is not None), None)
        if found is None:
            message = f"there is no program {' and no program '.join(map(repr, named))}"
            raise SandboxError(message, hint="install docker or podman, or name its client with the option program")
        return found

    def _engine(self) -> str:
        """Return the engine's version.

        Raises:
            SandboxError: If there is no client, or no engine that answers it.
        """
        program = self._program()
        form = "{{.Server.Version}}" if Path(program).name == "docker" else "{{.Client.Version}}"
        try:
            told = subprocess.run(  # noqa: S603 - whoever wrote the suite has named it
                (program, "version", "--format", form),
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            message = f"the client {program!r} is there, but does not answer: {error}"
            raise SandboxError(message, hint=_START) from error
        if told.returncode:
            said = told.stderr.decode("utf-8", "replace").strip()
            message = f"the client {program!r} is there, but no engine answers it: {said}"
            raise SandboxError(message, hint=_START)
        return told.stdout.decode("utf-8", "replace").strip()

    def _run(self, command: SandboxCommand, wake: int) -> CommandResult:
        container, key = f"passmuster-{secrets.token_hex(8)}", secrets.token_bytes(16)
        request = request_of(command, PLACES, 0, key=key, left_out={"NPROC"})
        program = self._program()
        with Descriptors() as ways:
            stream, their_stream = ways.pipe()
            complaints, their_complaints = ways.pipe()
            their_input, channel = ways.pipe_in()
            client = Spawn(
                arguments=(program, *self.arguments(command, container)),
                input=their_input,
                output=their_stream,
                errors=their_complaints,
                environment=tuple(os.environ.items()),
            )
            process = spawn(client)
            ways.close_theirs()
            gathered = Gathered(command.limits)
            started = Started(
                process=process,
                sinks={stream: Frames(key, gathered).take, complaints: gathered.complaints.take},
                gathered=gathered,
                channel=channel,
                request=request,
                end=partial(_end, process, program, container),
                tree=None,
                wake=wake,
                lingers=False,
            )
            return Supervision(started, command.limits).result()


_FOLDERS: Final = (PLACES.folder, PLACES.temporary)
_START: Final = "start the engine, or add your user to those who may use it"


def _shown(place: Path) -> str:
    return f"type=bind,source={place},target={place},readonly"


def _end(process: subprocess.Popen[bytes], program: str, container: str) -> None:
    """Remove a container, and wait for its client; the engine may be about to make it still."""
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        subprocess.run(  # noqa: S603 - as above
            (program, "rm", "--force", container), capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
        try:
            process.wait(PAUSE)
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    process.wait()


def build(options: ContainerOptions, context: BuildContext) -> Sandbox:
    """Build the sandbox."""
    del context
    return Container(options)


COMPONENT = Component(options=ContainerOptions, build=build, is_free=True)
"""``container``: where bubblewrap does not work."""
