"""Files taken from a folder that a stranger has written into: links lead nowhere, and nothing but files is read."""

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from passmuster.domain.answer_files import MOST_BYTES, MOST_FILES, AnswerFile, AnswerFiles, PathSource
from passmuster.extraction.collecting import Collection as Collected
from passmuster.extraction.paths import MOST_PARTS

PASSED_OVER = frozenset(
    {
        ".git",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
        "venv",
    }
)
"""Folders that tools make, and nobody delivers."""

MOST_ENTRIES = 20_000
"""So many entries of a folder, and of those within it, are looked at."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Opening a pipe must not wait for whoever writes into it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = ((stat.S_ISLNK, "is a link"), (stat.S_ISFIFO, "is a pipe"), (stat.S_ISSOCK, "is a socket"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that a folder holds, and is no folder itself.

    Attributes:
        path: Relative, with forward slashes.
        signature: Differs whenever it was written to; two of one path can be compared.
        size: Its bytes, as they were counted when it was found.
        problem: Why it is no file that could be read, as the end of a sentence; empty where it is one.
        folder: The open folder that it lies in, for as long as the entry is looked at.
    """

    path: str
    signature: tuple[int, ...]
    problem: str
    folder: int
    size: int = 0

    def content(self) -> bytes:
        """Return its first bytes, one more than may be taken of all files together.

        Raises:
            OSError: If it is not there any more, or is another kind of thing by now.
        """
        descriptor = os.open(self.path.rpartition("/")[2], _FILE, dir_fd=self.folder)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                message = "it is no file any more"
                raise OSError(message)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(MOST_BYTES + 1)
        finally:
            os.close(descriptor)


def entries_of(folder: Path, *, passed_over: Collection[str] = PASSED_OVER) -> Iterator[Entry]:
    """Yield what lies in a folder and the folders within it, in order of name, and no more than ``MOST_ENTRIES``.

    Every folder is opened by its name in the one above and never through a link, so that nobody who still writes in
    there can lead us out of it. Each entry must be looked at before the next one is asked for.

    Args:
        folder: Where to begin.
        passed_over: Names of folders that are not entered.

    Raises:
        OSError: If the folder itself cannot be opened.
    """
    root = os.open(folder, _FOLDER)
    count = 0
    try:
        for entry in _walk(root, "", 1, passed_over):
            count += 1
            if count > MOST_ENTRIES:
                return
            yield entry
    finally:
        os.close(root)


def _walk(descriptor: int, above: str, depth: int, passed_over: Collection[str]) -> Iterator[Entry]:
    """Yield what lies below an open folder."""
    with os.scandir(descriptor) as found:
        names = sorted(entry.name for entry in found)
    for name in names:
        # What goes away while it is looked at was never there.
        with suppress(FileNotFoundError):
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if not stat.S_ISDIR(status.st_mode):
                yield _entry(above + name, status, descriptor)
            elif name not in passed_over:
                yield from _below(descriptor, above + name, depth, passed_over)


def _below(descriptor: int, path: str, depth: int, passed_over: Collection[str]) -> Iterator[Entry]:
    """Yield what lies below a folder within an open folder."""
    if depth >= MOST_PARTS:
        yield Entry(path=path, signature=(), problem=f"lies more than {MOST_PARTS} folders deep", folder=descriptor)
        return
    try:
        inner = os.open(path.rpartition("/")[2], _FOLDER, dir_fd=descriptor)
    except OSError as error:
        yield Entry(path=path, signature=(), problem=f"cannot be opened: {error.strerror}", folder=descriptor)
        return
    try:
        yield from _walk(inner, path + "/", depth + 1, passed_over)
    finally:
        os.close(inner)


def _entry(path: str, status: os.stat_result, folder: int) -> Entry:
    """Return an entry by its status."""
    mode = status.st_mode
    signature = (status.st_ino, mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    problem = next((words for is_kind, words in _KINDS if is_kind(mode)), "")
    if not problem and not stat.S_ISREG(mode):
        problem = "is a device"
    return Entry(path=path, signature=signature, problem=problem, folder=folder, size=status.st_size)


def files_of_folder(folder: Path) -> AnswerFiles:
    """Return the files of a folder; links, pipes, devices, binary files and what goes over the limits are refused.

    Raises:
        OSError: If there is no such folder, or it is a link.
    """
    collection = Collected()
    for count, entry in enumerate(entries_of(folder), start=1):
        if count == MOST_ENTRIES:
            collection.warn(f"only the first {MOST_ENTRIES} entries of the folder were looked at")
        text = taken_text(entry, collection)
        if text is not None:
            collection.add(AnswerFile(path=_shown(entry.path), text=text, source=PathSource.WORKSPACE))
    return collection.done


def taken_text(entry: Entry, collection: Collected) -> str | None:
    """Return the text of an entry; refuse what has none."""
    problem, text = entry.problem or _excess(entry.size, collection.room), ""
    if not problem:
        try:
            content = entry.content()
            text = content.decode()
            # It may have grown in the meantime.
            problem = _excess(len(content), MOST_BYTES) or ("is no text" if "\0" in text else "")
        except UnicodeDecodeError:
            problem = "is no text in UTF-8"
        except OSError as error:
            problem = f"cannot be read: {error.strerror or error}"
    if problem:
        collection.refuse(_shown(entry.path), f"it {problem}")
        return None
    return text


def _excess(size: int, room: int) -> str:
    """Return why so many bytes are too many."""
    if size > MOST_BYTES:
        return f"has more than {MOST_BYTES} bytes, the most that are taken"
    if room < 0:
        return f"is one of more than {MOST_FILES} files, the most that are taken"
    return f"and the others have more than {MOST_BYTES} bytes, the most that are taken" if size > room else ""


def _shown(path: str) -> str:
    """Return a path whose bytes may be no text, with what is none as a sign that is refused."""
    return path.encode(errors="surrogateescape").decode(errors="replace")
