"""A check of what sandboxes promise, for authors of plug-ins.

It runs commands of the system, ``/bin/sh`` among them. That nothing gets out of a sandbox is not seen by this check: a
sandbox's own probe has to try it.
"""

import asyncio

from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import CommandResult, Limit, SandboxCommand, SandboxLimits
from passmuster.ports import Sandbox

SECONDS = 1.0
LATE = 20.0
"""Seconds by which a busy machine may be late."""

FLOOD = 10_000


async def check_sandbox(sandbox: Sandbox) -> None:
    """Check a sandbox that works on this machine; takes a few seconds.

    Raises:
        AssertionError: Naming the promise that the sandbox breaks.
    """
    probe = await sandbox.probe()
    _require(probe.is_usable, f"a sandbox that works must be usable: {probe.remedy or probe.findings}")
    _require(probe.sandbox == sandbox.name, "a probe must bear the sandbox's name")
    await _check_streams(sandbox)
    await _check_endings(sandbox)
    await _check_limits(sandbox)
    await _check_refusals(sandbox)
    await _check_cancelling(sandbox)


async def _check_streams(sandbox: Sandbox) -> None:
    script = 'cat; cat "a/b c.txt" >&2; printf %s "$GIVEN" >&$PASSMUSTER_RESULTS; test -w . && test -w "$HOME"'
    result = await sandbox.run(
        SandboxCommand(
            arguments=("/bin/sh", "-c", script),
            files={"a/b c.txt": b"\0file\xff"},
            environment={"GIVEN": "välue"},
            input=b"in\0put",
        )
    )
    _require(result.status == 0, f"the folder of the command and its home must be writable: {result}")
    _require(result.output == b"in\0put", "standard input must reach the command, and its output must come back")
    _require(result.errors == b"\0file\xff", "files must be there, and standard error must come back by itself")
    _require(result.results == "välue".encode(), "variables must be there, and results must come back")
    _require(result.ended_by is None, "a command that ends by itself is ended by no limit")
    left = await _shell(sandbox, 'ls -A; test -z "$GIVEN"')
    _require((left.status, left.output) == (0, b""), "nothing of one command may be there for the next")


async def _check_endings(sandbox: Sandbox) -> None:
    for script, status in (("exit 0", 0), ("exit 7", 7), ("exit 137", 137), ("kill -9 $$", -9), ("kill -15 $$", -15)):
        result = await _shell(sandbox, script)
        _require(result.status == status, f"{script!r} must end with status {status}, and not {result.status}")
    daemon = await _shell(sandbox, "(sleep 600 &) ; echo started")
    _require(daemon.output == b"started\n", "a command ends with its first process, whatever that has left running")
    _require(daemon.wall_seconds < LATE, "nobody waits for a process that a command leaves behind")


async def _check_limits(sandbox: Sandbox) -> None:
    slow = await _too_slow(sandbox, SECONDS)
    if not slow.output:
        # A busy machine may not get as far as the first word in the time that is enough for one at rest.
        slow = await _too_slow(sandbox, LATE)
    _require(slow.output == b"first\n", "what a command wrote before it was ended is kept")
    limits = SandboxLimits(time=LATE, output=FLOOD)
    for stream in ("1", "2", "$PASSMUSTER_RESULTS"):
        script = f"while :; do echo flood >&{stream}; done"
        flood = await sandbox.run(SandboxCommand(arguments=("/bin/sh", "-c", script), limits=limits))
        _require(flood.ended_by is Limit.OUTPUT, f"a command that writes too much to {stream} is ended by that")
        longest = max(len(flood.output), len(flood.errors), len(flood.results))
        _require(longest <= FLOOD, "no more is kept than was allowed")


async def _too_slow(sandbox: Sandbox, seconds: float) -> CommandResult:
    limits = SandboxLimits(time=seconds, output=FLOOD)
    result = await sandbox.run(SandboxCommand(arguments=("/bin/sh", "-c", "echo first; sleep 600"), limits=limits))
    _require(result.ended_by is Limit.TIME, "a command that takes too long is ended by its time")
    _require(seconds <= result.wall_seconds < seconds + LATE, "a command gets its time, and not more")
    return result


async def _check_refusals(sandbox: Sandbox) -> None:
    refused = (
        SandboxCommand(arguments=("no-such-program-anywhere",)),
        SandboxCommand(arguments=("/bin/true",), files={"../outside": b""}),
        SandboxCommand(arguments=("/bin/true",), files={"/outside": b""}),
        SandboxCommand(arguments=("/bin/true", "a\0b")),
    )
    for command in refused:
        try:
            await sandbox.run(command)
        except SandboxError:
            continue
        message = f"what cannot be started raises SandboxError: {command.arguments}, {list(command.files)}"
        raise AssertionError(message)


async def _check_cancelling(sandbox: Sandbox) -> None:
    running = asyncio.create_task(_shell(sandbox, "sleep 600"))
    await asyncio.wait({running}, timeout=SECONDS / 5)
    running.cancel()
    try:
        async with asyncio.timeout(LATE):
            await running
    except asyncio.CancelledError:
        return
    except TimeoutError:
        pass
    message = "a cancelled command must be ended and raise CancelledError"
    raise AssertionError(message)


async def _shell(sandbox: Sandbox, script: str) -> CommandResult:
    return await sandbox.run(SandboxCommand(arguments=("/bin/sh", "-c", script)))


def _require(condition: bool, broken: str) -> None:  # noqa: FBT001 - reads as the built-in assert does
    """Raise what names the broken promise, unless the condition holds."""
    if not condition:
        raise AssertionError(broken)
