"""``bubblewrap``: namespaces of the kernel, without any right that a user does not have.

What the program ``bwrap`` is told and why stands in :mod:`passmuster.adapters.sandboxes.confinement`; the rest of what
holds a command stands in ``seccomp`` and ``launcher``. docs/sandbox.md says what holds, and what does not.
"""

import asyncio
import os
import platform
import shutil
from functools import partial
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.sandboxes.confinement import USER, interpreter
from passmuster.adapters.sandboxes.descriptors import Descriptors
from passmuster.adapters.sandboxes.probing import Probed, probe_of, unusable
from passmuster.adapters.sandboxes.programs import version_of
from passmuster.adapters.sandboxes.remedies import explained, is_about_namespaces
from passmuster.adapters.sandboxes.seccomp import filter_for
from passmuster.adapters.sandboxes.starting import Bwrap
from passmuster.adapters.sandboxes.supervision import Supervision
from passmuster.adapters.sandboxes.waiting import waited
from passmuster.components import BuildContext, Component
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import CommandResult, SandboxCommand, SandboxProbe
from passmuster.ports import Sandbox

NAME: Final = "bubblewrap"
INSTALL: Final = "install bubblewrap, as with: sudo apt-get install bubblewrap"

_PROBES: Final[dict[str, SandboxProbe]] = {}
"""What was found out, by the options; a machine does not change while a process runs."""


class BubblewrapOptions(BaseModel):
    """Options of the sandbox ``bubblewrap``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    program: str = Field(default="bwrap", description="The program, as a name on the PATH or as a path.")
    user: int = Field(
        default=USER,
        ge=1,
        description="The number of the user that root becomes before anything is started; others stay who they are.",
    )


class Bubblewrap:
    """Runs each command in namespaces of its own; conforms to :class:`passmuster.ports.Sandbox`."""

    def __init__(self, options: BubblewrapOptions) -> None:
        """Take the options; nothing is looked for before it is needed."""
        self._options = options
        self._forbids_namespaces = True

    @property
    def name(self) -> str:
        """Return its name in suites and reports."""
        return NAME

    async def probe(self) -> SandboxProbe:
        """Really run something, and return what was and what was not held back; done once for this process."""
        key = self._options.model_dump_json()
        if key not in _PROBES:
            _PROBES[key] = await self._probe()
        return _PROBES[key]

    async def _probe(self) -> SandboxProbe:
        try:
            program = self._program()
            python = interpreter().path
            self._bwrap()
        except SandboxError as error:
            return unusable(NAME, error)
        version = await asyncio.to_thread(version_of, program)
        return await probe_of(Probed(name=NAME, run=self.run, python=python, version=version))

    async def run(self, command: SandboxCommand) -> CommandResult:
        """Run a command until it ends or goes over a limit; nothing of it lives on, cancelled or not.

        Raises:
            SandboxError: If it could not be started.
        """
        bwrap = self._bwrap()
        try:
            return await waited(partial(self._run, bwrap, command))
        except SandboxError as error:
            if not self._forbids_namespaces or not is_about_namespaces(error.message):
                raise explained(error) from error
        # Not every machine lets bwrap forbid namespaces of users inside; the filter refuses them in any case.
        self._forbids_namespaces = False
        return await self.run(command)

    def _run(self, bwrap: Bwrap, command: SandboxCommand, wake: int) -> CommandResult:
        with Descriptors() as ways:
            started = bwrap.start(command, ways, wake, forbids_namespaces=self._forbids_namespaces)
            return Supervision(started, command.limits).result()

    def _program(self) -> str:
        program = shutil.which(self._options.program)
        if program is None:
            message = f"there is no program {self._options.program!r}"
            raise SandboxError(message, hint=INSTALL)
        return program

    def _bwrap(self) -> Bwrap:
        program = self._program()
        seccomp = filter_for(platform.machine())
        if seccomp is None:
            message = f"no filter of system calls is known for machines of the kind {platform.machine()!r}"
            raise SandboxError(message, hint="use the sandbox container")
        return Bwrap(program, self._options.user if os.geteuid() == 0 else None, seccomp)


def build(options: BubblewrapOptions, context: BuildContext) -> Sandbox:
    """Build the sandbox."""
    del context
    return Bubblewrap(options)


COMPONENT = Component(options=BubblewrapOptions, build=build, is_free=True)
"""``bubblewrap``: the default wherever it works."""
