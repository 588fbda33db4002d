"""Looks into other processes: outside, the one that started this one, and its own child."""

import ctypes
import os
import signal
from pathlib import Path

from attacking import attempt, call, question

VICTIM = question()["victim"]
PARENT = os.getppid()
ATTACH = 16


def trace(process: int) -> int:
    """Attach as a debugger does."""
    return call(101, 117, ctypes.c_long(ATTACH), ctypes.c_long(process), None, None)


def read_memory(process: int) -> int:
    """Read another process's memory in one call."""
    return call(310, 270, ctypes.c_long(process), None, ctypes.c_long(0), None, ctypes.c_long(0), ctypes.c_long(0))


child = os.fork()
if not child:
    signal.pause()
try:
    attempt(
        {
            "outside": lambda: trace(VICTIM),
            "the starter": lambda: trace(PARENT),
            "a child": lambda: trace(child),
            "memory of a child": lambda: read_memory(child),
            "memory of the starter": lambda: Path(f"/proc/{PARENT}/mem").open("r+b"),  # noqa: SIM115 - it fails
            "descriptors of the starter": lambda: list(Path(f"/proc/{PARENT}/fd").iterdir()),
            "taking a descriptor": lambda: call(438, 438, ctypes.c_long(os.pidfd_open(PARENT)), 3, 0),
        }
    )
finally:
    os.kill(child, signal.SIGKILL)
