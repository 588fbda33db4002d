"""The parent's end of the line to the child; what comes over it is believed only as the reply to a question."""

import json
import os
import secrets
import select
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

_MOST_REPLY: Final = 4_194_304
_START: Final = 40.0
_STARVED: Final = 0.5
_ENOUGH: Final = 2.0
_PATIENCE: Final = 4
_REQUEST: Final = 10.0
HANGS: Final = "application_hangs"
"""The name of what takes too long, which a busy machine may bring about."""

_FORGED: Final = "forged_reply"
_EARLY: Final = "reply_before_question"


class Cheated(Exception):  # noqa: N818 - it ends the conversation
    """The child did what no application does.

    Attributes:
        name: Of the cheat.
        detail: What was seen, in a sentence.
    """

    def __init__(self, name: str, detail: str) -> None:
        """Keep what was seen."""
        super().__init__(name)
        self.name = name
        self.detail = detail


class Halted(Exception):  # noqa: N818 - likewise
    """The child said why it cannot go on.

    Attributes:
        finding: What it said.
    """

    def __init__(self, finding: dict[str, Any]) -> None:
        """Keep what it said."""
        super().__init__(str(finding.get("reason")))
        self.finding = finding


class Channel:
    """A child, and the line to it."""

    def __init__(self, question: dict[str, Any], database: Path) -> None:
        ours, theirs = socket.socketpair()
        self._socket = ours
        self._left = b""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        hidden = {"PASSMUSTER_RESULTS", "PASSMUSTER_TYPE_CACHE"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        entry = Path(__file__).with_name("application.py")
        command = [
            sys.executable,
            "-s",
            "-B",
            str(entry),
            "child",
            str(theirs.fileno()),
            str(Path.cwd()),
            str(database),
        ]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and a file of ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            pass_fds=[theirs.fileno()],
            env=environment,
        )
        theirs.close()
        self._question = question

    def load(self) -> dict[str, Any]:
        """Have the child load the application.

        Raises:
            Halted: If it cannot.
            Cheated: If something else comes back than a reply.
        """
        return self.ask("load", _START, question=self._question)

    def ask(self, do: str, time_limit: float = _REQUEST, **command: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
        """Give a command and return the reply.

        Raises:
            Halted: If the child cannot do it.
            Cheated: If something else comes back than a reply.
        """
        if self._left or select.select([self._socket], [], [], 0)[0]:
            self._refuse_early()
        identifier = secrets.token_hex(8)
        words = json.dumps({"do": do, "identifier": identifier, **command}).encode() + b"\n"
        doing = f"{command.get('method', do)} {command.get('target', '')}".strip()
        try:
            self._socket.settimeout(time_limit)
            self._socket.sendall(words)
        except OSError:
            raise self._gone(doing) from None
        reply = self._reply(time_limit, doing)
        if reply.get("identifier") != identifier:
            raise Cheated(_FORGED, f"after {doing} something else came back than a reply")
        if "stopped" in reply:
            raise Halted(dict(reply["stopped"]))
        return dict(reply.get("told") or {})

    def close(self) -> str:
        """End the child, and return the end of what it complained of."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
        with self._errors as errors:
            size = errors.seek(0, os.SEEK_END)
            errors.seek(max(0, size - 1_000))
            return errors.read(1_000).decode("utf-8", "replace")

    def _reply(self, time_limit: float, doing: str) -> dict[str, Any]:
        while b"\n" not in self._left:
            read = self._read(time_limit, doing)
            if not read:
                raise self._gone(doing)
            self._left += read
            if len(self._left) > _MOST_REPLY:
                raise Cheated(_FORGED, f"{doing} brought more than {_MOST_REPLY} bytes")
        line, _, self._left = self._left.partition(b"\n")
        try:
            reply = json.loads(line)
        except ValueError:
            reply = None
        if not isinstance(reply, dict):
            raise Cheated(_FORGED, f"after {doing} something else came back than a reply")
        return reply

    def _read(self, time_limit: float, doing: str) -> bytes:
        ran_before, waited = self._scheduled()
        for _time in range(_PATIENCE):
            if select.select([self._socket], [], [], time_limit)[0]:
                try:
                    return self._socket.recv(65_536)
                except OSError:
                    return b""
            ran, waited_now = self._scheduled()
            is_starved = waited_now - waited > time_limit * _STARVED
            if not is_starved or ran - ran_before > _ENOUGH:
                raise Cheated(HANGS, f"{doing} did not end within {time_limit:g} seconds")
            waited = waited_now
        message = "the machine had no processor to spare for the application"
        raise TimeoutError(message)

    def _scheduled(self) -> tuple[float, float]:
        """Return seconds that the child's first thread ran, and that it waited for a processor.

        By Documentation/scheduler/sched-stats.rst of Linux.
        """
        try:
            words = Path(f"/proc/{self._process.pid}/schedstat").read_text(encoding="ascii").split()
            return int(words[0]) / 1e9, int(words[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0, 0.0

    def _refuse_early(self) -> None:
        read = self._left or self._socket.recv(1)
        if not read:
            doing = "the time between two questions"
            raise self._gone(doing)
        raise Cheated(_EARLY, "a reply came before anything was asked")

    def _gone(self, doing: str) -> Cheated:
        status = self._process.wait(timeout=5)
        return Cheated("early_exit", f"its process ended with status {status} during {doing}")
