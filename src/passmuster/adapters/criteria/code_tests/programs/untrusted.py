"""Runs code that nobody trusts in a process of its own, and hears what it tells.

The process is a fork of ours: what was imported before need not be imported again. It keeps none of our descriptors
but the end of a pipe, and everything it has started is ended before we go on.
"""

import ctypes
import faulthandler
import json
import os
import re
import resource
import secrets
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn

MOST_HEARD: Final = 16_777_216
"""So many bytes are kept of what the process tells, and no more."""

MOST_WAITED: Final = 20.0
"""So many seconds are added to its time, if it has waited for a processor that long."""

_TAIL: Final = 16_384
_PART: Final = 65_536
_PATIENCE: Final = 0.05
_SET_DUMPABLE: Final = 4
_SET_CHILD_SUBREAPER: Final = 36
_STARVED: Final = 0.5
_FAILED: Final = 70
_TELLING: Final = 5.0
_LAST_WORDS: Final = 0.3
_FRAME: Final = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<function>.+)$', re.MULTILINE)

end_process = os._exit
"""Ends a process at once; kept before any code of an answer can put something else in its place."""


@dataclass(frozen=True)
class Limits:
    """How much the process may use: seconds by the clock in which it need not wait for a processor, and of one."""

    wall: float
    processor: int


@dataclass
class Heard:
    """What came of it.

    Attributes:
        messages: What the process told through the pipe, in order.
        strays: How many lines somebody else wrote to the pipe.
        status: The process's status; minus the signal's number where one ended it.
        is_late: Whether it was ended because its time was over.
        is_starved: Whether it was late and had waited for a processor for long, while others had it.
        wall: Seconds from start to end.
        processor: Seconds of a processor, of it and the processes that it waited for.
        written: The last of what it wrote to standard output and standard error; where it was when its time was over
            is at the end.
    """

    messages: list[dict[str, object]] = field(default_factory=list)
    strays: int = 0
    status: int = 0
    is_late: bool = False
    is_starved: bool = False
    wall: float = 0.0
    processor: float = 0.0
    written: str = ""

    def of_kind(self, kind: str) -> list[dict[str, object]]:
        """Return the messages of one kind."""
        return [message for message in self.messages if message.get("kind") == kind]

    def stuck_at(self, folder: Path) -> tuple[str, int, str]:
        """Return file, line and function of the answer's code that ran when the time was over, or of what it called.

        The file is relative to the folder for code of the answer; it is empty if nobody told.
        """
        frames = [(found["file"], int(found["line"]), found["function"]) for found in _FRAME.finditer(self.written)]
        prefix = f"{folder}/"
        own = (frame for frame in frames if frame[0].startswith(prefix))
        file, line, function = next(own, frames[0] if frames else ("", 0, ""))
        return file.removeprefix(prefix), line, function


class Pipe:
    """The process's end of the pipe. A line that does not begin with the secret is none of ours."""

    def __init__(self, descriptor: int, secret: str) -> None:
        self._descriptor = descriptor
        self._secret = secret
        self._process = os.getpid()
        self._write = os.write
        self._current = os.getpid
        self._encode = json.JSONEncoder(default=repr).encode

    def tell(self, kind: str, **content: object) -> None:
        """Send a message; a process that was forked from ours has nothing to tell."""
        if self._current() != self._process:
            return
        rest = f"{self._secret} {self._encode({'kind': kind, **content})}\n".encode()
        while rest:
            rest = rest[self._write(self._descriptor, rest) :]


def guard() -> None:
    """Keep code of an answer from our descriptors and our memory, and inherit what its processes leave behind."""
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    library.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run_apart(work: Callable[[Pipe], None], limits: Limits) -> Heard:
    """Have work done in a process of its own; neither its end nor its time is left to it."""
    secret = secrets.token_hex(16)
    told, written = _Stream(MOST_HEARD, keeps_end=False), _Stream(_TAIL, keeps_end=True)
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        _do(work, secret, (told.entry, written.entry), limits)
    heard = Heard()
    waited = 0.0
    started = time.monotonic()
    streams = {stream.begin(): stream for stream in (told, written)}
    while not _has_ended(process):
        heard.wall = time.monotonic() - started
        if heard.wall >= limits.wall:
            waited = _waited(process)
            if heard.wall >= limits.wall + min(waited, MOST_WAITED):
                heard.is_late = True
                _ask_where(process, streams)
                break
        _read(streams, _PATIENCE)
    heard.wall = time.monotonic() - started
    _end_all(process, heard)
    # Whoever keeps all processors busy with processes of its own was not starved by others.
    heard.is_starved = heard.is_late and waited > MOST_WAITED and heard.processor < _STARVED * heard.wall
    while _read(streams, 0):
        pass
    _hear(told.end(), secret.encode(), heard)
    heard.written = written.end().decode(errors="replace")
    return heard


class _Stream:
    """A pipe that is read up to a limit; what goes beyond it, at its beginning or its end, is thrown away."""

    def __init__(self, most: int, *, keeps_end: bool) -> None:
        self._most = most
        self._keeps_end = keeps_end
        self._kept = bytearray()
        self._exit, self.entry = os.pipe()

    def begin(self) -> int:
        """Leave the entry to the other process, and return the descriptor to read from."""
        os.close(self.entry)
        return self._exit

    def read(self) -> bool:
        """Take what is there; return whether more may come."""
        part = os.read(self._exit, _PART)
        self._kept += part
        if len(self._kept) > self._most:
            if self._keeps_end:
                del self._kept[: -self._most]
            else:
                del self._kept[self._most :]
        return bool(part)

    def end(self) -> bytes:
        """Close it and return what was kept."""
        os.close(self._exit)
        return bytes(self._kept)


def _read(streams: dict[int, _Stream], wait: float) -> bool:
    """Read what is ready; return whether anything was, and take out of the mapping what has come to its end."""
    if not streams:
        time.sleep(wait)
        return False
    ready = select.select(list(streams), [], [], wait)[0]
    for descriptor in ready:
        if not streams[descriptor].read():
            del streams[descriptor]
    return bool(ready)


def _do(work: Callable[[Pipe], None], secret: str, entries: tuple[int, int], limits: Limits) -> NoReturn:
    """Do the work, as the process that nobody trusts."""
    status = 0
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        told, written = (os.dup(entry) for entry in entries)
        for descriptor, place in ((nothing, 0), (written, 1), (written, 2)):
            os.dup2(descriptor, place)
        os.dup2(told, 3, inheritable=False)
        os.closerange(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        # A descriptor of its own: pytest puts files in the place of the first three.
        faulthandler.register(signal.SIGXCPU, file=os.dup(2))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.processor, limits.processor + 1))
        work(Pipe(3, secret))
    except BaseException:  # noqa: BLE001 - whatever the answer raises must not reach our own code
        traceback.print_exc()
        status = _FAILED
    finally:
        with suppress(Exception):
            sys.stdout.flush()
        end_process(status)


def _ask_where(process: int, streams: dict[int, _Stream]) -> None:
    """Let the process write what each of its threads is doing, and give it a moment for it."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGXCPU)
    until = time.monotonic() + _TELLING
    while streams and time.monotonic() < until:
        # On a busy machine it begins late; what it writes then comes at once.
        if _read(streams, _PATIENCE):
            until = min(until, time.monotonic() + _LAST_WORDS)


def _has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _waited(process: int) -> float:
    """Return for how many seconds a process could have run and had no processor, as far as the system tells."""
    total = 0
    for place in Path(f"/proc/{process}/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):
            total += int(place.read_text(encoding="ascii").split()[1])
    return total / 1e9


def _end_all(process: int, heard: Heard) -> None:
    """End the process and every other child of ours, and wait for them."""
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            ended, status, used = os.wait4(-1, 0)
            heard.processor += used.ru_utime + used.ru_stime
            if ended == process:
                heard.status = os.waitstatus_to_exitcode(status)
            for descendant in _descendants(os.getpid()):
                with suppress(ProcessLookupError):
                    os.kill(descendant, signal.SIGKILL)


def _descendants(process: int) -> set[int]:
    """Return the processes that a process has started, and those that they have."""
    found: set[int] = set()
    waiting = [process]
    while waiting:
        for place in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with suppress(OSError):
                new = {int(child) for child in place.read_text(encoding="ascii").split()} - found
                found |= new
                waiting += new
    return found


def _hear(lines: bytes, secret: bytes, heard: Heard) -> None:
    """Tell messages of ours from what somebody else wrote."""
    for line in lines.split(b"\n"):
        if not line:
            continue
        begins, _, rest = line.partition(b" ")
        message = None
        if secrets.compare_digest(begins, secret):
            with suppress(ValueError):
                message = json.loads(rest)
        if isinstance(message, dict):
            heard.messages.append(message)
        else:
            heard.strays += 1
