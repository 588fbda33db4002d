"""One run of a program, in a process group of its own of which nothing is left afterwards.

The request comes from a file, so that a program which does not read it cannot block. Output is taken line by line as it
comes; limits are of seconds and of bytes. When the run is over, for whatever reason, the whole group is ended: asked
first (SIGTERM), then made to (SIGKILL), and waited for. A cancelled run is ended at once.
"""

import asyncio
import codecs
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from passmuster.programs.endings import NOT_FOUND, Ending, Stop

CHUNK = 65_536
POLL = 0.02
"""Seconds between two looks at whether a program has ended."""

GRACE = 2.0
"""Seconds that a program gets to end when it is asked to."""

REST = 0.5
"""Seconds that are waited for the rest of the output, once the program itself has ended."""

LINGER = 5.0
"""Seconds that a program may go on after it has closed its output."""

ROUNDS = 10
"""So many rounds a loop gets to close pipes; it needs one or two."""

KEPT_ERRORS = 4_096
"""Bytes of the end of standard error that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is to be started.

    Attributes:
        arguments: The program's path and its arguments; no shell reads them.
        folder: Where it runs.
        environment: All that it sees of the environment.
        input: The file that is its standard input.
    """

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    input: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may take: seconds, and bytes of output."""

    seconds: float
    output: int


Taker = Callable[[str], bool]
"""Takes a line of output; returns whether enough was seen."""


async def run(launch: Launch, limits: Limits, take: Taker) -> Ending:
    """Run a program until it ends, enough was seen, or a limit is reached; nothing of it is left afterwards."""
    began = time.monotonic()
    try:
        process = _start(launch)
    except (OSError, ValueError) as error:
        status = NOT_FOUND if isinstance(error, FileNotFoundError) else None
        return Ending(stop=Stop.NOT_STARTED, exit_status=status, errors=_words_of(error))
    errors = bytearray()
    try:
        async with _pipes(process) as (output, complaints):
            tail = asyncio.create_task(_keep_tail(complaints, errors))
            try:
                stop = await _watched(process, output, limits, take)
                seconds = time.monotonic() - began
                # Whatever it says when it is asked to end is no longer part of the run.
                has_ended = _has_ended(process)
                await _ask_to_end(process)
                await asyncio.wait({tail}, timeout=REST if has_ended else 0)
            finally:
                tail.cancel()
                await asyncio.wait({tail})
    finally:
        _make_end(process)
    return Ending(
        stop=stop,
        exit_status=process.returncode if has_ended else None,
        errors=_whole_words(errors),
        seconds=seconds,
    )


def _start(launch: Launch) -> subprocess.Popen[bytes]:
    with launch.input.open("rb") as given:
        return subprocess.Popen(  # noqa: S603 - the suite names the program, and no shell reads the arguments
            launch.arguments,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=launch.folder,
            env=dict(launch.environment),
            start_new_session=True,
        )


@asynccontextmanager
async def _pipes(process: subprocess.Popen[bytes]) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamReader]]:
    loop = asyncio.get_running_loop()
    readers, transports = [], []
    try:
        for pipe in (process.stdout, process.stderr):
            reader = asyncio.StreamReader(limit=CHUNK)
            transport, _ = await loop.connect_read_pipe(_protocol(reader), _given(pipe))
            readers.append(reader)
            transports.append(transport)
        yield readers[0], readers[1]
    finally:
        for transport in transports:
            transport.close()
        pipes = [_given(pipe) for pipe in (process.stdout, process.stderr)]
        for pipe in pipes[len(transports) :]:
            pipe.close()
        # A transport closes its pipe in the loop's next round. Whoever closes it before that has uvloop close, by the
        # same number, what somebody else has opened meanwhile.
        for _ in range(ROUNDS):
            if all(pipe.closed for pipe in pipes):
                break
            await asyncio.sleep(0)


def _protocol(reader: asyncio.StreamReader) -> Callable[[], asyncio.StreamReaderProtocol]:
    return lambda: asyncio.StreamReaderProtocol(reader)


def _given(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - it was asked for when the process was started
    return pipe


async def _watched(process: subprocess.Popen[bytes], output: asyncio.StreamReader, limits: Limits, take: Taker) -> Stop:
    """Read until the run is over; return why it is."""
    reading = asyncio.create_task(_read(output, limits.output, take))
    try:
        async with asyncio.timeout(limits.seconds):
            while not reading.done():
                await asyncio.wait({reading}, timeout=POLL)
                if _has_ended(process):
                    # A child that it left behind may hold the output open for ever.
                    await asyncio.wait({reading}, timeout=REST)
                    break
            if reading.done() and reading.result() is Stop.ENDED:
                await _ended(process, LINGER)
    except TimeoutError:
        return Stop.TIME
    finally:
        reading.cancel()
        await asyncio.wait({reading})
    return Stop.ENDED if reading.cancelled() else reading.result()


async def _read(output: asyncio.StreamReader, most: int, take: Taker) -> Stop:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces: list[str] = []
    length = 0
    while chunk := await output.read(CHUNK):
        length += len(chunk)
        if length > most:
            return Stop.FLOOD
        *lines, rest = decoder.decode(chunk).split("\n")
        for line in lines:
            if take("".join([*pieces, line])):
                return Stop.ENOUGH
            pieces = []
        pieces.append(rest)
    last = "".join([*pieces, decoder.decode(b"", final=True)])
    return Stop.ENOUGH if last and take(last) else Stop.ENDED


async def _keep_tail(errors: asyncio.StreamReader, kept: bytearray) -> None:
    while chunk := await errors.read(CHUNK):
        kept += chunk
        del kept[:-KEPT_ERRORS]


def _whole_words(errors: bytearray) -> str:
    """Return what was kept of the errors; of a key that was cut off at the beginning, its rest would not be known."""
    text = errors.decode("utf-8", "replace")
    return text if len(errors) < KEPT_ERRORS else " ".join(text.split(None, 1)[1:])


async def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until a program has ended, but no longer than some seconds; return whether it has."""
    until = time.monotonic() + seconds
    while not _has_ended(process):
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(POLL)
    return True


async def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    if not _has_ended(process):
        _signal(process, signal.SIGTERM)
        await _ended(process, GRACE)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a program has ended; it is not waited for yet, so that its number stays its own."""
    if sys.platform == "darwin":
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _make_end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group, also where its first process has ended already, and wait for that one."""
    _signal(process, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=GRACE)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # It leads a group of its own, which bears its number until it has been waited for.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _words_of(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or ''}: {error.strerror}".removeprefix(": ")
    return str(error)
