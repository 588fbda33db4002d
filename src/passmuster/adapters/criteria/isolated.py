"""Work that a hostile answer can make endless, done in a process of its own that is ended after a time limit.

A pattern that backtracks cannot be interrupted inside this process: the interpreter's lock is held all the while, so
neither a thread nor asyncio gets to run.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from math import ceil
from pathlib import Path

from passmuster.domain.errors import CriterionError

TIME_LIMIT = 5.0
"""Seconds that a criterion may take over one answer."""


async def ask(program: Path, question: Mapping[str, object], *, time_limit: float, with_packages: bool) -> object:
    """Give a program of this folder a question as JSON and return its answer.

    Args:
        program: A Python file that reads JSON from standard input and writes JSON to standard output.
        question: Plain data.
        time_limit: Seconds after which the program is ended.
        with_packages: Whether the program imports installed packages; without them it starts twice as fast.

    Raises:
        CriterionError: If the program was too slow or failed.
    """
    switches = ["-I"] if with_packages else ["-I", "-S"]
    command = [sys.executable, *switches, str(program), str(ceil(time_limit) + 1)]
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            input=json.dumps(question).encode(),
            capture_output=True,
            check=True,
            timeout=time_limit,
        )
    except subprocess.TimeoutExpired as error:
        message = f"judging this answer took longer than {time_limit:g} seconds"
        hint = "bound the repetitions of its patterns, as in 'x{1,80}', and put none within another"
        raise CriterionError(message, hint=hint) from error
    except subprocess.CalledProcessError as error:
        complaint = error.stderr.decode(errors="backslashreplace").strip().rpartition("\n")[2]
        message = f"judging this answer ended with status {error.returncode}: {complaint}"
        raise CriterionError(message) from error
    answer: object = json.loads(done.stdout)
    return answer
