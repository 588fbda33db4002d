"""The real command line, without waiting for its imports: an interpreter that has them, and divides for each command.

Most of what a short command takes is importing. Here one process imports everything once, and each command runs in a
copy of it: a process of its own with its own arguments, folder, environment, streams and exit status. What would be
decided before the first line of Python, such as the seed of hashing or the encoding, is left to a new interpreter.

As a program this file is either that process (`serve ADDRESS`) or what a shell calls (`ask ADDRESS ARGUMENT…`); it is
read by every command of a shell, so it imports little.
"""

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

DECIDED_AT_START: Final = ("PYTHON", "LC_", "LANG", "TZ", "MPLBACKEND", "MATPLOTLIBRC", "OMP_", "OPENBLAS_")
"""What an interpreter, or a library when it is imported, reads of the environment once and for all."""

ELSEWHERE: Final = (".programs.", ".probe_programs.", ".testing.", ".pytest_plugin.", ".__main__.")
"""Modules that run in other programs."""

LEFT_OUT: Final = ("onnxruntime", "opentelemetry", "pandas", "scipy.optimize", "scipy.stats", "sklearn", "tokenizers")
"""Large libraries that few commands need, and what imports them: each copy would be made slower, or lack threads."""

LIBRARIES: Final = ("matplotlib.backends.backend_svg", "matplotlib.figure", "matplotlib.style", "scipy.special", "yaml")
"""What commands import when they need it."""

ANOTHER: Final = b"another"
"""The reply to a command that needs an interpreter of its own."""

COMMAND: Final = ("-m", "passmuster.cli")

PATIENCE: Final = 600
"""Seconds for one command; our own suite runs the code of twenty answers, once on each machine."""


class Wish(NamedTuple):
    """A command, where it is run and with which variables."""

    arguments: Sequence[str]
    folder: str
    environment: Mapping[str, str]


class Interpreter:
    """The process that divides; it ends with the one that made it."""

    def __init__(self) -> None:
        """Start it, without waiting until it is ready."""
        folder = tempfile.mkdtemp(prefix="passmuster-")
        self.address = str(Path(folder) / "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.address)
            listener.listen(128)
            self._process = subprocess.Popen(  # noqa: S603 - this file
                [sys.executable, __file__, "serve", str(listener.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                cwd=folder,
            )

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(self, wish: Wish, typed: bytes = b"") -> tuple[int, bytes, bytes]:
        """Run a command; return its status and what it wrote to standard output and standard error."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            given.write(typed)
            given.seek(0)
            status = asked(self.address, wish, (given.fileno(), output.fileno(), errors.fileno()))
            output.seek(0)
            errors.seek(0)
            return status, output.read(), errors.read()


@cache
def interpreter() -> Interpreter:
    """Return the one of this process, which is started when the first command is run."""
    made = Interpreter()
    atexit.register(made.end)
    return made


def written_command(path: Path) -> None:
    """Write a program that shells find as `passmuster`."""
    words = [sys.executable, "-I", "-S", __file__, "ask", interpreter().address]
    quoted = " ".join(f'"{word}"' for word in words)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec {quoted} "$@"\n', encoding="utf-8")
    path.chmod(0o755)


def asked(address: str, wish: Wish, streams: Sequence[int]) -> int:
    """Have a command run with these streams, and return its status; negative where a signal ended it."""
    text = json.dumps(wish._asdict()).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(address)
        socket.send_fds(connection, [len(text).to_bytes(8, "big")], list(streams))
        connection.sendall(text)
        reply = b"".join(iter(lambda: connection.recv(100), b""))
    if reply == ANOTHER:
        command = [sys.executable, *COMMAND, *wish.arguments]
        given, output, errors = streams
        done = subprocess.run(  # noqa: S603 - our own program, with arguments from the tests
            command,
            cwd=wish.folder,
            env=wish.environment,
            stdin=given,
            stdout=output,
            stderr=errors,
            check=False,
            timeout=PATIENCE,
        )
        return done.returncode
    assert reply, "the interpreter ended in the midst of a command; its standard error says why"
    return int(reply)


def serve(listener: socket.socket) -> Wish:
    """Divide for each command until nobody is left to ask, and return in each copy what it has to do."""
    prepare()
    ended, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    asking: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([listener, sys.stdin, ended], [], [])
        if ended in ready:
            os.read(ended, 1_000)
            answer(asking)
        if sys.stdin in ready:
            # Whoever started this has ended, perhaps without a word.
            shutil.rmtree(Path.cwd(), ignore_errors=True)
            raise SystemExit
        if listener in ready:
            connection, _ = listener.accept()
            size, streams, _, _ = socket.recv_fds(connection, 8, 3)
            wish = Wish(**json.loads(received(connection, int.from_bytes(size, "big"))))
            if needs_another(wish):
                connection.sendall(ANOTHER)
                connection.close()
            else:
                process = os.fork()
                if not process:
                    become_a_copy((ended, tell), [listener, connection, *asking.values()], streams)
                    return wish
                asking[process] = connection
            for stream in streams:
                os.close(stream)


def needs_another(wish: Wish) -> bool:
    """Whether something is wished that an interpreter decides when it starts."""
    differing = dict(wish.environment).items() ^ dict(os.environ).items()
    return any(name.startswith(DECIDED_AT_START) for name, _ in differing)


def answer(asking: dict[int, socket.socket]) -> None:
    """Tell how commands ended, to whoever asked for them."""
    while asking:
        process, status = os.waitpid(-1, os.WNOHANG)
        if not process:
            return
        with asking.pop(process) as connection, suppress(OSError):  # it may have ceased to wait
            connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def become_a_copy(pipe: Sequence[int], sockets: Sequence[socket.socket], streams: Sequence[int]) -> None:
    """Let go of what belongs to the one that divides, and take the streams of a command."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in pipe:
        os.close(number)
    for one in sockets:
        one.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)


def received(connection: socket.socket, size: int) -> bytes:
    """Return so many bytes."""
    whole = b""
    while len(whole) < size:
        part = connection.recv(size - len(whole))
        assert part, "whoever asks has gone"
        whole += part
    return whole


def prepare() -> None:
    """Import what commands import, and read the template that most runs read."""
    import gc  # noqa: PLC0415 - only this process prepares anything
    import threading  # noqa: PLC0415 - as above
    from importlib import import_module  # noqa: PLC0415 - as above
    from pkgutil import walk_packages  # noqa: PLC0415 - as above

    import passmuster  # noqa: PLC0415 - as above

    # So these cannot be imported, nor what needs them.
    sys.modules.update(dict.fromkeys(LEFT_OUT))  # type: ignore[arg-type] # what importing takes for "there is none"
    for module in walk_packages(passmuster.__path__, "passmuster.", onerror=lambda _name: None):
        if not any(part in f"{module.name}." for part in ELSEWHERE):
            # What cannot be imported is complained of by the command that needs it.
            with suppress(Exception):
                import_module(module.name)
    for name in LIBRARIES:
        import_module(name)
    with suppress(Exception):
        import_module("passmuster.adapters.reporters.html").page_template()
    for name in LEFT_OUT:
        del sys.modules[name]
    assert threading.active_count() == 1, "a copy of this process would lack its threads"
    # The collector would touch, and thereby copy, every object in every copy.
    gc.freeze()


def become(wish: Wish) -> NoReturn:
    """Be what was wished for, as `python -m passmuster.cli` is."""
    os.chdir(wish.folder)
    os.environ.clear()
    os.environ.update(wish.environment)
    from passmuster.cli import __main__ as door  # noqa: PLC0415 - whoever asks must not wait for it

    sys.path[0] = wish.folder
    sys.argv = [str(door.__file__), *wish.arguments]
    sys.modules["__main__"].__package__ = "passmuster.cli"
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        former = getattr(sys, name)
        lines = 1 if os.isatty(number) or name == "stderr" else -1
        stream = open(  # noqa: SIM115 - it lasts as long as the process
            number, "w" if number else "r", lines, encoding=former.encoding, errors=former.errors, closefd=False
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    door.main()


if __name__ == "__main__":
    if sys.argv[1] == "ask":
        ended = asked(sys.argv[2], Wish(sys.argv[3:], str(Path.cwd()), dict(os.environ)), (0, 1, 2))
        sys.exit(ended if ended >= 0 else 128 - ended)
    become(serve(socket.socket(fileno=int(sys.argv[2]))))
