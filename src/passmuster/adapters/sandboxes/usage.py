"""How much memory and time the processes below one use, read from the kernel's lists of processes.

The kernel counts a page in each process that has it, so that what was shared by forking counts several times. A sum
that is within a limit is right enough; one above it is confirmed by a slower list, which shares such pages out.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROCESSES: Final = Path("/proc")
_QUICK: Final = frozenset({b"RssAnon:", b"RssShmem:", b"VmSwap:"})
_EXACT: Final = frozenset({b"Pss_Anon:", b"Pss_Shmem:", b"SwapPss:"})
_TIMES: Final = slice(11, 15)
"""Of the fields after a program's name: its own time in its code and in the kernel, and that of ended children."""


@dataclass(frozen=True, slots=True)
class ProcessTree:
    """A process and all below it.

    Attributes:
        root: The first process's number.
    """

    root: int

    def processes(self) -> Iterator[int]:
        """Yield the numbers of all processes; one that ends meanwhile may be missing."""
        waiting = [self.root]
        while waiting:
            process = waiting.pop()
            yield process
            with suppress(OSError):
                for thread in os.scandir(_PROCESSES / str(process) / "task"):
                    with suppress(OSError):
                        waiting += map(int, (Path(thread.path) / "children").read_bytes().split())

    def memory(self, limit: int) -> int:
        """Return the bytes that are in use; exact where they are more than the limit."""
        processes = list(self.processes())
        quick = sum(_sum_of(process, "status", _QUICK) or 0 for process in processes)
        return quick if quick <= limit else sum(map(_exactly, processes))

    def processor_seconds(self) -> float:
        """Return the seconds of processors that were used, by those who have ended as well."""
        return sum(map(_ticks, self.processes())) / os.sysconf("SC_CLK_TCK")


def _exactly(process: int) -> int:
    exact = _sum_of(process, "smaps_rollup", _EXACT)
    # Not every process lets itself be looked into, and none may hide its memory that way.
    return (_sum_of(process, "status", _QUICK) or 0) if exact is None else exact


def _sum_of(process: int, name: str, fields: frozenset[bytes]) -> int | None:
    try:
        lines = (_PROCESSES / str(process) / name).read_bytes().splitlines()
    except OSError:
        return None
    parts = (line.split() for line in lines)
    return sum(int(part[1]) * 1_024 for part in parts if len(part) > 1 and part[0] in fields)


def _ticks(process: int) -> int:
    try:
        text = (_PROCESSES / str(process) / "stat").read_bytes()
    except OSError:
        return 0
    return sum(map(int, text.rpartition(b")")[2].split()[_TIMES]))
