"""Starts ``bwrap`` and finds the first process inside, through which all of them can be ended.

Whoever ends ``bwrap`` itself within its first milliseconds leaves behind what it has started. So nothing is ended
before it has told the number of the first process inside, and nothing is done inside before we hold that process.
"""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from passmuster.adapters.sandboxes.confinement import PLACES, Confinement, interpreter
from passmuster.adapters.sandboxes.descriptors import Descriptors
from passmuster.adapters.sandboxes.launching import launcher, request_of
from passmuster.adapters.sandboxes.spawning import Spawn, spawn
from passmuster.adapters.sandboxes.supervision import Gathered, Started
from passmuster.adapters.sandboxes.usage import ProcessTree
from passmuster.domain.sandboxes import SandboxCommand

START: Final = 60.0
"""Seconds that it may take until the first process is known, on a machine that is very busy."""

FAREWELL: Final = 20.0
"""Seconds that the kernel may take to end all processes and to give back their memory."""

CHUNK: Final = 65_536


class Ending:
    """Ends a sandbox, through the process on which all others inside depend."""

    def __init__(self, process: subprocess.Popen[bytes], first: int | None) -> None:
        """Take what was started.

        Args:
            process: ``bwrap``.
            first: A descriptor of the first process inside; ``None`` if there never was one.
        """
        self._process = process
        self._first = first

    def __call__(self) -> None:
        """End it, and return when the last process has ended; a second call does nothing."""
        if self._first is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            _wait_for(self._first, FAREWELL)
            os.close(self._first)
            self._first = None
        try:
            self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Bwrap:
    """How ``bwrap`` is started."""

    def __init__(self, program: str, user: int | None, seccomp: bytes) -> None:
        """Take what is the same for all commands.

        Args:
            program: The path of ``bwrap``.
            user: Whom it becomes; ``None`` to stay who we are.
            seccomp: The filter of system calls.
        """
        self._program = program
        self._user = user
        self._seccomp = seccomp

    def start(self, command: SandboxCommand, ways: Descriptors, wake: int, *, forbids_namespaces: bool) -> Started:
        """Start a sandbox; nothing is told to the program inside yet.

        Raises:
            SandboxError: If ``bwrap`` cannot be started, or the command is one that no program can be given.
        """
        channel, their_channel = ways.sockets()
        results, their_results = ways.sockets()
        output, their_output = ways.pipe()
        errors, their_errors = ways.pipe()
        request = request_of(command, PLACES, their_results)
        inherited = () if command.listening is None else (command.listening,)
        first, process = self._first_of(
            Spawn(
                arguments=(*_starting(their_channel),),
                output=their_output,
                errors=their_errors,
                passed=(their_channel, their_results, *inherited),
                user=self._user,
            ),
            command,
            ways,
            forbids_namespaces=forbids_namespaces,
        )
        gathered = Gathered(command.limits)
        return Started(
            process=process,
            sinks=gathered.sinks(channel=channel, results=results, output=output, errors=errors),
            gathered=gathered,
            channel=channel,
            request=request,
            end=Ending(process, None if first is None else _held(first, process)),
            tree=None if first is None else ProcessTree(first),
            wake=wake,
        )

    def _first_of(
        self, inside: Spawn, command: SandboxCommand, ways: Descriptors, *, forbids_namespaces: bool
    ) -> tuple[int | None, subprocess.Popen[bytes]]:
        """Start a sandbox around a program, and return its first process."""
        python = interpreter()
        information, their_information = ways.pipe()
        seccomp = ways.file(self._seccomp)
        confinement = Confinement(
            read_only=(*python.read_only, *command.read_only),
            limits=command.limits,
            seccomp=seccomp,
            forbids_namespaces=forbids_namespaces,
        )
        told = ways.file(_terminated([*confinement.options(), "--info-fd", str(their_information)]))
        around = replace(
            inside,
            arguments=(self._program, "--args", str(told), "--", *inside.arguments),
            passed=(*inside.passed, seccomp, told, their_information),
        )
        process = spawn(around)
        ways.close_theirs()
        return _first_inside(information), process


def _starting(channel: int) -> tuple[str, ...]:
    return (interpreter().path, "-I", "-S", "-B", "-c", launcher(), str(channel), str(channel))


def _terminated(texts: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(text) + b"\0" for text in texts)


def _first_inside(information: int) -> int | None:
    """Return the number of the first process inside; ``None`` if there is none, because ``bwrap`` has failed."""
    told, until = b"", time.monotonic() + START
    while True:
        # It is told in pieces.
        if not _wait_for(information, until - time.monotonic()):
            return None
        piece = os.read(information, CHUNK)
        if not piece:
            break
        told += piece
    try:
        first = json.loads(told)["child-pid"]
    except (ValueError, KeyError):
        return None
    return int(first)


def _held(first: int, process: subprocess.Popen[bytes]) -> int | None:
    """Return a descriptor of the first process inside; ``None`` if it has ended, and everything inside with it."""
    try:
        descriptor = os.pidfd_open(first)
    except ProcessLookupError:
        return None
    # Its number may have gone to somebody else meanwhile.
    if _parent_of(first) == process.pid:
        return descriptor
    os.close(descriptor)
    return None


def _parent_of(process: int) -> int | None:
    try:
        status = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return None
    return int(status.rpartition(b")")[2].split()[1])


def _wait_for(descriptor: int, seconds: float) -> bool:
    """Wait until a descriptor can be read; return whether it can."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(seconds, 0.0) * 1_000))
