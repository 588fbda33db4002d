"""Which files a suite is read from, and by what one sees that somebody has saved one of them."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from passmuster.composition.building import Workbench
from passmuster.composition.tracking import track_of

Stamp = tuple[int, int, int, int]
"""When a file was written and when it was moved here, its size and its number on the disk.

An editor that writes beside a file and then renames gives it another number; one that keeps the time of writing cannot
keep that of the change.
"""

Stamps = Mapping[str, Stamp]
"""The stamps of many files, by path."""

PASSED_OVER: Final = frozenset({".git", ".hg", ".venv", "__pycache__", "node_modules", ".passmuster"})
"""Folders that no suite is read from, and that others write into all the time."""

MOST_FILES: Final = 20_000
"""Of a folder with more files, such as a whole disk that was named by mistake, the rest is not looked at."""


def places_of(bench: Workbench) -> tuple[Path, ...]:
    """Return the files and folders that a suite is read from, each once."""
    return tuple(dict.fromkeys([bench.suite, *track_of(bench).paths, bench.baseline_location]))


def stamps_of(places: Collection[Path]) -> Stamps:
    """Return the stamps of all files at some places, whatever is in folders included; what is gone has none."""
    found: dict[str, Stamp] = {}
    seen: set[tuple[int, int]] = set()
    for path in places:
        for name, status in _files(os.fspath(path), seen):
            found[name] = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
            if len(found) >= MOST_FILES:
                return found
    return found


def saved_between(before: Stamps, after: Stamps) -> tuple[str, ...]:
    """Return the files that were written, made, moved or deleted, in order of path."""
    return tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))


def _files(path: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield a file, or all files of a folder; a folder that was seen under another name is not walked again."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a path object for every file takes longer than looking at it
        if not stat.S_ISDIR(status.st_mode):
            yield path, status
            return
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        names = sorted(os.listdir(path))  # noqa: PTH208 - likewise
    except OSError:
        # It is not there now, or nobody may look at it.
        return
    for name in names:
        if name not in PASSED_OVER:
            yield from _files(f"{path}{os.sep}{name}", seen)
