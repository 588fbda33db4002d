"""Starts one command inside a sandbox, measures it, and leaves nothing of it; runs inside, with the standard library.

It is given to whatever Python is inside as text, and imports little, since its start is paid for by every command. Its
arguments are two descriptors, for the request and for the report, which may be one socket; and, where only one stream
leads out, ``framed``. Nothing happens before the whole request is there: should whoever asks be gone by then, it ends.

Request: byte strings, each after its length in four bytes, in the order in which ``main`` takes them.
Report: lines, ``started`` and then ``ended STATUS WALL PROCESSOR``; or ``fault REASON`` if it did not start after all.

A framed report shares its stream with the command's output. Each piece goes after a key that came with the request, one
byte that says what it is, and its length in four bytes. The command never holds that stream, and cannot open it:
nobody but the kernel may look into this process.
"""

import _ctypes
import _signal  # type: ignore[import-not-found] # signal itself takes three times as long
import fcntl
import os
import resource
import select
import sys
import time

CHUNK = 65_536
ABOVE = 64
"""Descriptors of ours are moved above this number."""

LONGEST_FAREWELL = 2.0
"""Seconds after which processes that multiply faster than they are ended are left to the sandbox's end."""

NOT_DUMPABLE = (4, 0, 0, 0, 0)
"""PR_SET_DUMPABLE: no process of the same user may read or write this one's memory and descriptors."""

ADOPTING = (36, 1, 0, 0, 0)
"""PR_SET_CHILD_SUBREAPER: processes whose parents have ended become ours, so that they can be counted and ended."""


class Request:
    """What is to be started, as it comes in."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def _bytes(self, length: int) -> bytes:
        pieces: list[bytes] = []
        while length:
            piece = os.read(self._descriptor, min(length, CHUNK))
            if not piece:
                os._exit(1)
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)

    def text(self) -> bytes:
        """Return the next byte string."""
        return self._bytes(int.from_bytes(self._bytes(4), "big"))

    def number(self) -> int:
        """Return the next byte string as a number."""
        return int(self.text())

    def texts(self) -> list[bytes]:
        """Return as many of the next byte strings as the next number says."""
        return [self.text() for _ in range(self.number())]


def control(operation: tuple[int, ...]) -> None:
    """Tell the kernel something about this process; what it does not know is left."""
    prctl = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")  # type: ignore[arg-type] # none means this program
    _ctypes.call_function(prctl, operation)


def prepare_itself() -> None:
    """Become the first that the kernel ends for want of memory, closed to others, and heir of all that follows."""
    try:
        with open("/proc/self/oom_score_adj", "wb") as score:  # noqa: PTH123 - pathlib takes longest of all to import
            score.write(b"1000")
        for operation in (NOT_DUMPABLE, ADOPTING):
            control(operation)
    except OSError:
        # Another kernel than Linux knows none of this.
        return


def write_files(texts: list[bytes], folder: bytes) -> None:
    """Write files, given as a path and a content by turns, into a folder that nobody else has touched yet."""
    for number in range(0, len(texts), 2):
        place = os.path.join(folder, texts[number])  # noqa: PTH118 - as above
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120 - as above
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        write_all(descriptor, texts[number + 1])
        os.close(descriptor)


def write_all(descriptor: int, content: bytes) -> None:
    """Write bytes, however many pieces it takes."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def input_of(content: bytes, folder: bytes) -> int:
    """Return a descriptor that gives the content, and that nobody can open again by a name."""
    place = os.path.join(folder, b".passmuster-input")  # noqa: PTH118 - as above
    descriptor = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    os.unlink(place)  # noqa: PTH108 - as above
    write_all(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def limit(limits: list[bytes]) -> None:
    """Set limits, given as ``NAME=NUMBER``; none is raised above what holds already."""
    for entry in limits:
        name, _, number = entry.decode().partition("=")
        kind = getattr(resource, f"RLIMIT_{name}")
        _, hard = resource.getrlimit(kind)
        most = int(number) if hard == resource.RLIM_INFINITY else min(int(number), hard)
        resource.setrlimit(kind, (most, most))


class Command:
    """One command: what it is, and how it is started and ended."""

    def __init__(self, request: Request) -> None:
        self.folder = request.text()
        self.limits = request.texts()
        self.arguments = request.texts()
        self.environment = dict(entry.split(b"=", 1) for entry in request.texts())
        self._files = request.texts()
        self._input = request.text()
        self._temporary = request.text()
        self._standard_input = -1
        self.process = 0
        self.began = 0.0
        self.wall = 0.0

    def prepare(self) -> str:
        """Write its files and its input; return what was in the way, or nothing."""
        try:
            write_files(self._files, self.folder)
            self._standard_input = input_of(self._input, self._temporary)
        except OSError as error:
            return f"its files could not be written: {error}"
        return ""

    def start(self, streams: list[tuple[int, int]]) -> str:
        """Start it; return what was in the way, or nothing.

        Args:
            streams: Which descriptors of ours are to be which of its own, beside its input.
        """
        streams = [(self._standard_input, 0), *streams]
        reading, writing = os.pipe()
        self.began = time.monotonic()
        self.process = os.fork()
        if not self.process:
            self._become(streams, writing)
        os.close(writing)
        for descriptor, _ in streams:
            os.close(descriptor)
        reason = os.read(reading, CHUNK).decode("utf-8", "replace")
        os.close(reading)
        return reason

    def _become(self, streams: list[tuple[int, int]], failing: int) -> None:
        """Become the command, in the new process; never returns."""
        try:
            os.setpgid(0, 0)
            # Out of the way first, since the numbers that are wanted may be taken by one of these.
            failing = fcntl.fcntl(failing, fcntl.F_DUPFD_CLOEXEC, ABOVE)
            moved = [(fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, ABOVE), number) for descriptor, number in streams]
            for descriptor, number in moved:
                os.dup2(descriptor, number)
            os.chdir(self.folder)
            for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
                _signal.signal(number, _signal.SIG_DFL)
            limit(self.limits)
            os.execvpe(self.arguments[0], self.arguments, self.environment)  # noqa: S606 - that is what it is for
        except BaseException as error:  # noqa: BLE001 - told to the parent, which tells it outside
            write_all(failing, str(error).encode("utf-8", "replace")[:1_000])
        os._exit(127)

    def has_ended(self, *, waiting: bool) -> bool:
        """Whether the command itself has ended; takes leave of any other process that has."""
        process, status = os.waitpid(-1, 0 if waiting else os.WNOHANG)
        if process != self.process:
            return False
        self.wall = time.monotonic() - self.began
        self.status = os.waitstatus_to_exitcode(status)
        return True

    def report(self) -> bytes:
        """Return the report of a command that has ended."""
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return f"ended {self.status} {self.wall:.6f} {used.ru_utime + used.ru_stime:.6f}\n".encode()


def end_rest() -> None:
    """End every process that is still there; those whose parents end become ours, and come up in the next round."""
    until = time.monotonic() + LONGEST_FAREWELL
    while time.monotonic() < until:
        try:
            with open("/proc/thread-self/children", "rb") as listing:  # noqa: PTH123 - as above
                children = [int(number) for number in listing.read().split()]
            if not children:
                return
            for child in children:
                os.kill(child, _signal.SIGKILL)
            for _ in children:
                os.waitpid(-1, 0)
        except OSError:
            # There is no such list, or nobody is left.
            return


def relay(command: Command, channels: dict[int, bytes], send_frame: "Sender") -> None:
    """Pass on what comes on channels until the command has ended and nobody can write any more."""
    has_ended = False
    while channels:
        if not has_ended and command.has_ended(waiting=False):
            has_ended = True
            end_rest()
        for descriptor in select.select(list(channels), [], [], 0.01)[0]:
            piece = os.read(descriptor, CHUNK)
            if piece:
                send_frame(channels[descriptor], piece)
            else:
                del channels[descriptor]
    while not has_ended:
        has_ended = command.has_ended(waiting=True)


class Sender:
    """Sends reports and, where it is framed, everything else."""

    def __init__(self, descriptor: int, key: bytes) -> None:
        self._descriptor = descriptor
        self._key = key

    def __call__(self, kind: bytes, piece: bytes) -> None:
        """Send one piece."""
        frame = self._key + kind + len(piece).to_bytes(4, "big") if self._key else b""
        write_all(self._descriptor, frame + piece)


def start_directly(command: Command, results: int, number: int) -> str:
    """Start a command that writes to our own output, and has the descriptor for results from us."""
    fcntl.fcntl(results, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    return command.start([(results, number)])


def start_framed(command: Command, results_number: int) -> tuple[str, dict[int, bytes]]:
    """Start a command whose output comes to us."""
    channels: dict[int, bytes] = {}
    streams: list[tuple[int, int]] = []
    for number, kind in ((1, b"o"), (2, b"e"), (results_number, b"r")):
        reading, writing = os.pipe()
        channels[reading] = kind
        streams.append((writing, number))
    return command.start(streams), channels


def main(taking: int, telling: int, *, framed: bool) -> None:
    """Take a request, do it and report."""
    prepare_itself()
    for descriptor in (taking, telling):
        fcntl.fcntl(descriptor, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    request = Request(taking)
    key = request.text() if framed else b""
    send = Sender(telling, key)
    results, number = request.number(), request.number()
    command = Command(request)
    reason = command.prepare()
    if not reason:
        # Told before it is true, since a command may write before anybody else gets to.
        send(b"s", b"started\n")
    channels: dict[int, bytes] = {}
    if not reason and framed:
        reason, channels = start_framed(command, number)
    elif not reason:
        reason = start_directly(command, results, number)
    if reason:
        send(b"s", b"fault " + reason.replace("\n", " ").encode("utf-8", "replace") + b"\n")
        return
    if framed:
        relay(command, channels, send)
    else:
        while not command.has_ended(waiting=True):
            pass
    end_rest()
    send(b"s", command.report())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), framed=len(sys.argv) > 3)  # noqa: PLR2004 - the third argument
    if len(sys.argv) == 3:  # noqa: PLR2004 - as above
        # Whoever asked ends the sandbox from its first process on, so that nobody inside has to be waited for by a
        # stranger. Should they be gone, there is nothing more to come.
        os.read(int(sys.argv[1]), 1)
    # The interpreter would take its time over tidying up.
    os._exit(0)
