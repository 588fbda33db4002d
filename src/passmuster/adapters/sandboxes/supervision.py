"""Watches one command from outside: what it writes, how long it takes, and how much memory it uses."""

import os
import select
import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from passmuster.adapters.sandboxes.launching import read_report
from passmuster.adapters.sandboxes.usage import ProcessTree
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import CommandResult, Limit, SandboxLimits

CHUNK: Final = 65_536
PERIOD: Final = 0.05
"""Seconds between two looks at the memory."""

START: Final = 120.0
"""Seconds that a sandbox may take to start a command, on a machine that is very busy; not counted as the command's."""

STARTED: Final = b"started\n"
LONGEST_REPORT: Final = 65_536
LAST_WORDS: Final = 1.0
"""Seconds that are waited for what is still in a pipe once nobody is left to write."""

KILLED: Final = -9

Sink = Callable[[bytes], None]


class GivenUpError(Exception):
    """Nobody waits for the command any more."""


class Collected:
    """What came through one descriptor, up to a limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._content = bytearray()
        self.is_over = False

    def take(self, piece: bytes) -> None:
        """Take a piece, as far as there is room."""
        room = self._most - len(self._content)
        self._content += piece[:room]
        self.is_over = self.is_over or len(piece) > room

    @property
    def content(self) -> bytes:
        """What is kept."""
        return bytes(self._content)


class Gathered:
    """All that comes out of a sandbox; complaints are those of the program behind it, where they come apart."""

    def __init__(self, limits: SandboxLimits) -> None:
        self.output = Collected(limits.output)
        self.errors = Collected(limits.output)
        self.results = Collected(limits.output)
        self.report = Collected(LONGEST_REPORT)
        self.complaints = Collected(LONGEST_REPORT)

    @property
    def is_over(self) -> bool:
        """Whether anything was more than allowed."""
        return any(part.is_over for part in (self.output, self.errors, self.results, self.report))

    def sinks(self, *, channel: int, results: int, output: int, errors: int) -> Mapping[int, Sink]:
        """Return what takes the bytes of each descriptor, where each carries one thing."""
        return {
            channel: self.report.take,
            results: self.results.take,
            output: self.output.take,
            errors: self.errors.take,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process that was started, and what belongs to it.

    Attributes:
        process: The process, our child.
        sinks: What takes the bytes that come through a descriptor.
        gathered: Where they end up.
        channel: Takes the request; may be one of the descriptors that are read.
        request: What the program inside is sent.
        end: Ends everything that was started, and returns when nothing of it is left; may be called again.
        tree: The processes whose memory is watched; ``None`` where it is limited otherwise.
        wake: Can be read once nobody waits any more.
        lingers: Whether the program inside waits to be ended once it has reported.
    """

    process: subprocess.Popen[bytes]
    sinks: Mapping[int, Sink]
    gathered: Gathered
    channel: int
    request: bytes
    end: Callable[[], None]
    tree: ProcessTree | None
    wake: int
    lingers: bool = True


@dataclass(slots=True)
class _Seen:
    """What was seen of a command.

    Attributes:
        began: When it was started; ``None`` as long as it was not.
        has_reported: Whether its end was reported.
        ended_by: The limit that it went over.
        processor_seconds: What it had used by then.
        peak_memory: The most that it was seen to use.
    """

    began: float | None = None
    has_reported: bool = False
    ended_by: Limit | None = None
    processor_seconds: float | None = None
    peak_memory: int | None = None


class Supervision:
    """One command, from its request to its end; does not return before nothing of it is left."""

    def __init__(self, started: Started, limits: SandboxLimits) -> None:
        self._started = started
        self._limits = limits
        self._seen = _Seen()
        self._request = memoryview(started.request)
        self._open = set(started.sinks)
        self._poll = select.poll()
        self._ending = _held(started.process)
        self._asked = self._looked = time.monotonic()
        for descriptor in (*self._open, started.wake, *self._ending):
            self._poll.register(descriptor, select.POLLIN)
        self._want_to_write(is_wanted=bool(self._request))

    def result(self) -> CommandResult:
        """Watch the command until it is over, and return what came of it.

        Raises:
            GivenUpError: If nobody waits for it any more.
            SandboxError: If it was not started.
        """
        try:
            while not self._is_over():
                pass
            wall = time.monotonic() - (self._seen.began or self._asked)
        finally:
            self._started.end()
            self._started.process.wait()
            for descriptor in self._ending:
                os.close(descriptor)
        self._drain()
        return self._concluded(wall)

    def _is_over(self) -> bool:
        """Do what there is to do now; return whether it is over."""
        now = time.monotonic()
        wait = min(PERIOD, self._looked + PERIOD - now if self._started.tree else PERIOD, self._until - now)
        ready = dict(self._poll.poll(max(wait, 0.0) * 1_000))
        if self._started.wake in ready:
            raise GivenUpError
        if ready.get(self._started.channel, 0) & select.POLLOUT:
            self._send()
        self._read([descriptor for descriptor in ready if descriptor in self._open])
        if self._started.gathered.is_over:
            return self._stopped(Limit.OUTPUT)
        if self._seen.has_reported or self._has_ended(ready):
            return True
        if time.monotonic() >= self._until:
            return self._stopped(Limit.TIME)
        return self._takes_too_much()

    def _has_ended(self, ready: Collection[int]) -> bool:
        return any(held in ready for held in self._ending) if self._ending else self._started.process.poll() is not None

    @property
    def _until(self) -> float:
        """When the command, or its start, has taken too long."""
        began = self._seen.began
        return self._asked + START if began is None else began + self._limits.time

    def _takes_too_much(self) -> bool:
        tree, now = self._started.tree, time.monotonic()
        if tree is None or now - self._looked < PERIOD:
            return False
        self._looked = now
        memory = tree.memory(self._limits.memory)
        self._seen.peak_memory = max(self._seen.peak_memory or 0, memory)
        return memory > self._limits.memory and self._stopped(Limit.MEMORY)

    def _stopped(self, limit: Limit) -> bool:
        self._seen.ended_by = limit
        if self._started.tree is not None:
            self._seen.processor_seconds = self._started.tree.processor_seconds()
        return True

    def _want_to_write(self, *, is_wanted: bool) -> None:
        channel = self._started.channel
        events = (select.POLLIN if channel in self._open else 0) | (select.POLLOUT if is_wanted else 0)
        if events:
            self._poll.register(channel, events)
        else:
            self._poll.unregister(channel)

    def _send(self) -> None:
        try:
            self._request = self._request[os.write(self._started.channel, self._request) :]
        except BlockingIOError:
            return
        except (BrokenPipeError, ConnectionResetError):
            # It is over, or will be; its end says why.
            self._request = memoryview(b"")
        self._want_to_write(is_wanted=bool(self._request))

    def _read(self, descriptors: list[int]) -> None:
        for descriptor in descriptors:
            try:
                piece = os.read(descriptor, CHUNK)
            except BlockingIOError:
                continue
            except ConnectionResetError:
                # A socket whose other end closed before it had read everything.
                piece = b""
            if piece:
                self._started.sinks[descriptor](piece)
                self._follow(self._started.gathered.report.content)
            else:
                self._open.discard(descriptor)
                self._poll.unregister(descriptor)

    def _follow(self, report: bytes) -> None:
        """Take note of how far the command is."""
        if self._seen.began is None and STARTED in report:
            self._seen.began = time.monotonic()
        if self._started.lingers and report.endswith(b"\n") and not report.endswith(STARTED):
            self._seen.has_reported = True

    def _drain(self) -> None:
        """Read what is left in the pipes, now that nobody writes any more."""
        until = time.monotonic() + LAST_WORDS
        poll = select.poll()
        for descriptor in self._open:
            poll.register(descriptor, select.POLLIN)
        while self._open and not self._started.gathered.is_over and time.monotonic() < until:
            known = set(self._open)
            self._read([descriptor for descriptor, _ in poll.poll(PERIOD * 1_000)])
            for descriptor in known - self._open:
                poll.unregister(descriptor)

    def _concluded(self, wall: float) -> CommandResult:
        gathered, seen = self._started.gathered, self._seen
        report = read_report(gathered.report.content)
        if report.fault:
            message = f"the command could not be started: {report.fault}"
            raise SandboxError(message)
        if not report.is_started:
            said = gathered.complaints.content or gathered.errors.content
            raise SandboxError(_complaint(said, self._started.process.returncode))
        if gathered.is_over and seen.ended_by is None:
            seen.ended_by = Limit.OUTPUT
        has_ended = report.status is not None and seen.ended_by is None
        return CommandResult(
            status=report.status if has_ended and report.status is not None else KILLED,
            ended_by=seen.ended_by,
            output=gathered.output.content,
            errors=gathered.errors.content,
            results=gathered.results.content,
            wall_seconds=report.wall_seconds if has_ended else wall,
            processor_seconds=report.processor_seconds if has_ended else seen.processor_seconds,
            peak_memory=seen.peak_memory,
        )


def _held(process: subprocess.Popen[bytes]) -> tuple[int, ...]:
    """Return what can be read once a process has ended; nothing where the system knows no such thing."""
    return (os.pidfd_open(process.pid),) if hasattr(os, "pidfd_open") else ()


def _complaint(errors: bytes, status: int) -> str:
    said = errors.decode("utf-8", "replace").strip()
    return said or f"it ended with status {status} before it had begun"
