"""Starts processes from one thread that lives as long as this process does.

A sandbox that is to die with its parent dies with the thread that has started it: the kernel knows of threads only.
"""

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from passmuster.domain.errors import SandboxError


@dataclass(frozen=True, slots=True, kw_only=True)
class Spawn:
    """A process to be started.

    Attributes:
        arguments: The program's path and its arguments.
        input: Its standard input; ``None`` for nothing.
        output: Its standard output.
        errors: Its standard error.
        passed: Descriptors that it gets under their numbers.
        user: The number of the user and of the group that it becomes; ``None`` to stay who we are.
        environment: All of its environment.
    """

    arguments: Sequence[str]
    output: int
    errors: int
    input: int | None = None
    passed: Sequence[int] = ()
    user: int | None = None
    environment: tuple[tuple[str, str], ...] = ()


def spawn(wanted: Spawn) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own.

    Raises:
        SandboxError: If it cannot be started.
    """
    return _thread(os.getpid()).submit(_started, wanted).result()


@cache
def _thread(process: int) -> ThreadPoolExecutor:
    # Threads do not outlive a fork, so that each process has its own.
    del process
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-parent")


def _started(wanted: Spawn) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - what is untrusted among the arguments is for the inside only
            wanted.arguments,
            stdin=subprocess.DEVNULL if wanted.input is None else wanted.input,
            stdout=wanted.output,
            stderr=wanted.errors,
            pass_fds=wanted.passed,
            env=dict(wanted.environment),
            cwd="/",
            start_new_session=True,
            user=wanted.user,
            group=wanted.user,
            extra_groups=None if wanted.user is None else [],
        )
    except (OSError, ValueError, OverflowError) as error:
        message = f"{wanted.arguments[0]!r} could not be started: {error}"
        raise SandboxError(message, hint=_hint(error, wanted.user)) from error


def _hint(error: Exception, user: int | None) -> str:
    if user is not None and isinstance(error, PermissionError):
        return (
            f"root must be able to become the user {user}, and that one to run the program;"
            " else run passmuster as a user who is not root"
        )
    return ""
