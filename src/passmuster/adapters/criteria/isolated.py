"""Work that a hostile answer can make endless, done in processes of its own that are ended after a time limit.

A pattern that backtracks cannot be interrupted inside this process: the interpreter's lock is held all the while, so
neither a thread nor asyncio gets to run. There are as many processes at work as the machine has processors for us, and
each answers one question after the other: starting one takes longer than most questions.
"""

import asyncio
import atexit
import json
import os
import select
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from math import ceil
from pathlib import Path
from typing import Final

from passmuster.domain.errors import CriterionError

TIME_LIMIT = 5.0
"""Seconds that a criterion may take over one answer."""

MOST_QUESTIONS: Final = 500
"""After so many a process makes room for a new one, so that whatever it has piled up is gone."""

_LOOP: Final = Path(__file__).with_name("isolated_loop.py")


async def ask(program: Path, question: Mapping[str, object], *, time_limit: float, with_packages: bool) -> object:
    """Give a program of this folder a question as JSON and return its answer.

    Waiting for a process that is free does not count against the time limit.

    Args:
        program: A Python file with a function ``answer``.
        question: The function's arguments by name, plain data.
        time_limit: Seconds after which the program is ended.
        with_packages: Whether the program imports installed packages; without them it starts twice as fast.

    Raises:
        CriterionError: If the program was too slow or failed.
    """
    turn = _Turn(json.dumps(question).encode() + b"\n", time_limit)
    command = _command(program, time_limit, with_packages=with_packages)
    try:
        answer = await asyncio.get_running_loop().run_in_executor(_threads(), turn.take, command)
    except asyncio.CancelledError:
        # Nobody waits for the answer any more, and the end of this program should not either.
        turn.give_up()
        raise
    result: object = json.loads(answer)
    return result


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _command(program: Path, time_limit: float, *, with_packages: bool) -> tuple[str, ...]:
    switches = ["-I"] if with_packages else ["-I", "-S"]
    return (sys.executable, *switches, str(_LOOP), str(program), str(ceil(time_limit) + 1))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=processors(), thread_name_prefix="criterion")


class _Process:
    """A process that waits for questions."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and a file of this package
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.asked = 0

    def ask(self, question: bytes, time_limit: float) -> bytes:
        """Return the line that answers a question.

        Raises:
            CriterionError: If there is none, or not in time; the process is of no use then.
        """
        self.asked += 1
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101 - both are pipes
        try:
            self._process.stdin.write(question)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._broken() from None
        if not select.select([self._process.stdout], [], [], time_limit)[0]:
            message = f"judging this answer took longer than {time_limit:g} seconds"
            hint = "bound the repetitions of its patterns, as in 'x{1,80}', and put none within another"
            raise CriterionError(message, hint=hint)
        answer = self._process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise self._broken()
        return answer

    def end(self) -> None:
        """End it; a second call does nothing."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                # What was not written yet cannot be written any more.
                with suppress(BrokenPipeError):
                    stream.close()

    @property
    def is_alive(self) -> bool:
        """Whether it can still be asked."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it from another thread, so that whoever waits for its answer waits no more."""
        self._process.kill()

    def _broken(self) -> CriterionError:
        status = self._process.wait()
        written = b"" if self._process.stderr is None else self._process.stderr.read()
        complaint = written.decode(errors="backslashreplace").strip().rpartition("\n")[2]
        return CriterionError(f"judging this answer ended with status {status}: {complaint}")


class _Resting:
    """Processes that wait for a question, by what they run."""

    def __init__(self) -> None:
        self._processes: defaultdict[tuple[str, ...], list[_Process]] = defaultdict(list)
        self._lock = threading.Lock()

    def take(self, command: tuple[str, ...]) -> _Process:
        while True:
            with self._lock:
                resting = self._processes[command]
                found = resting.pop() if resting else None
            if found is None:
                return _Process(command)
            if found.is_alive:
                return found
            found.end()

    def give_back(self, command: tuple[str, ...], process: _Process) -> None:
        if process.asked >= MOST_QUESTIONS:
            process.end()
            return
        with self._lock:
            self._processes[command].append(process)

    def end(self) -> None:
        with self._lock:
            resting = [process for processes in self._processes.values() for process in processes]
            self._processes.clear()
        for process in resting:
            process.end()


_RESTING: Final = _Resting()
atexit.register(_RESTING.end)


class _Turn:
    """One question, from its place in the queue to its answer."""

    def __init__(self, question: bytes, time_limit: float) -> None:
        self._question = question
        self._time_limit = time_limit
        self._process: _Process | None = None
        self._is_given_up = False
        self._lock = threading.Lock()

    def take(self, command: tuple[str, ...]) -> bytes:
        """Ask a process, in a thread."""
        process = _RESTING.take(command)
        with self._lock:
            self._process = process
            is_given_up = self._is_given_up
        try:
            answer = b"null" if is_given_up else process.ask(self._question, self._time_limit)
        except BaseException:
            process.end()
            raise
        finally:
            with self._lock:
                self._process = None
        _RESTING.give_back(command, process)
        return answer

    def give_up(self) -> None:
        """End the process, if one has begun."""
        with self._lock:
            self._is_given_up = True
            if self._process is not None:
                self._process.kill()
