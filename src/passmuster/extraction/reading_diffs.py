"""Unified diffs, as ``git diff`` writes them and as models do, whose line numbers seldom are right."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(r"@@(?: -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@)?")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}
_MODE = re.compile(r"new mode |index \S+ [0-9]{6}$")
_MOST_EMPTY = 50
_NOTHING = "/dev/null"


@dataclass(slots=True, kw_only=True)
class Hunk:
    """One place that is changed.

    Attributes:
        start: The line of the old file on which it is said to begin, counted from 1; -1 where nothing is said.
        old: Lines that must be there, with their line ends.
        new: For each line that is there afterwards: its text, or the number of the line of ``old`` that stays.
        old_count: How many lines of the old file are announced and have not come; -1 where nothing is announced.
        new_count: The same of the new one.
    """

    start: int
    old: list[str] = field(default_factory=list)
    new: list[str | int] = field(default_factory=list)
    old_count: int = -1
    new_count: int = -1
    last: str = ""

    @property
    def is_expecting(self) -> bool:
        """Whether announced lines have not come."""
        return self.old_count > 0 or self.new_count > 0

    def place_in(self, lines: list[str], reached: int, drift: int) -> int:
        """Return where the place should be in a file, counted from 0.

        Args:
            lines: The file's lines.
            reached: How many of them were dealt with.
            drift: How far the place before was from where it was said to be.
        """
        if self.start < 0:
            return reached if self.old else len(lines)
        if not self.old:
            return min(self.start, len(lines))
        return max(self.start - 1 + drift, 0)

    def take(self, line: str) -> None:
        """Take one line, its mark included."""
        mark, text = (line[:1], line[1:]) if line else (" ", "")
        if mark == "\\":
            self._end_without_line_feed()
            return
        if mark in " -":
            self.old.append(text + "\n")
            self.old_count -= 1
        if mark == "+":
            self.new.append(text + "\n")
        elif mark == " ":
            self.new.append(len(self.old) - 1)
        self.new_count -= mark in " +"
        self.last = mark

    def _end_without_line_feed(self) -> None:
        """Take the line feed from the last line, as git says where a file ends without one."""
        if self.last in {" ", "-"} and self.old:
            self.old[-1] = self.old[-1].removesuffix("\n")
        elif self.last == "+" and self.new and isinstance(self.new[-1], str):
            self.new[-1] = self.new[-1].removesuffix("\n")


@dataclass(slots=True, kw_only=True)
class FileDiff:
    """What a diff does to one file.

    Attributes:
        old: The path before; empty where the file is new.
        new: The path afterwards; empty where it is deleted.
        mode: The kind of the new file as git writes it, such as ``100644``; empty where nothing is said.
        is_binary: Whether its content is not shown.
        hunks: The places, in order.
        line: Its first line, counted from 1.
    """

    old: str = ""
    new: str = ""
    mode: str = ""
    is_binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)
    line: int = 1
    is_begun: bool = False

    @property
    def path(self) -> str:
        """The path afterwards, or else before."""
        return self.new or self.old


def file_diffs(text: str) -> Iterator[FileDiff]:
    """Yield what a diff does, file by file; lines that belong to no file are passed over."""
    current: FileDiff | None = None
    lines = text.rstrip("\n").split("\n")
    for place, line in enumerate(lines):
        hunk = current.hunks[-1] if current is not None and current.hunks else None
        if hunk is not None and _belongs(hunk, lines, place):
            hunk.take(line)
            continue
        if _begins_file(line, current):
            if current is not None:
                yield current
            current = FileDiff(line=place + 1)
        if current is not None:
            _take_heading(current, line)
    if current is not None:
        yield current


def _belongs(hunk: Hunk, lines: list[str], place: int) -> bool:
    """Return whether a line belongs to a place that is changed."""
    line = lines[place]
    if line.startswith((" ", "+", "\\")):
        return True
    if line.startswith("-"):
        return not line.startswith("--- ") or (hunk.is_expecting and not _is_heading(hunk, lines, place))
    # Models and editors cut the one space of an empty line off; one that nothing follows belongs to nobody.
    return line == "" and hunk.is_expecting and _is_followed(lines, place)


def _is_followed(lines: list[str], place: int) -> bool:
    """Return whether the next line that holds something can still be of the same place."""
    following = next((line for line in lines[place + 1 : place + 1 + _MOST_EMPTY] if line), "")
    return following.startswith((" ", "+", "-")) and not following.startswith("--- ")


def _is_heading(hunk: Hunk, lines: list[str], place: int) -> bool:
    """Return whether a line that looks like it begins another file, although lines were announced that did not come.

    With lines that come as announced, two that only look like it are the last ones of their place.
    """
    following = (*lines[place + 1 : place + 3], "", "")
    looks_like_it = following[0].startswith("+++ ") and following[1].startswith("@@")
    return looks_like_it and (hunk.old_count, hunk.new_count) != (1, 1)


def _begins_file(line: str, current: FileDiff | None) -> bool:
    """Return whether a line is the first one about a file."""
    if line.startswith("diff --git "):
        return True
    return line.startswith("--- ") and (current is None or current.is_begun)


def _take_heading(current: FileDiff, line: str) -> None:
    """Read a line that stands before the places, or begins one."""
    key, _, rest = line.partition(" ")
    if key in {"---", "+++"}:
        current.is_begun = True
        path = "" if _path(rest) == _NOTHING else _without_side(_path(rest))
        current.old, current.new = (path, current.new) if key == "---" else (current.old, path)
    elif key == "diff":
        current.old = current.new = _same_path(rest.removeprefix("--git "))
    elif line.startswith(("Binary files ", "GIT binary patch")):
        current.is_binary = True
    elif line.startswith("@@"):
        found = _HUNK.match(line)
        numbers = found.groups() if found is not None else (None,) * 4
        current.hunks.append(_hunk(numbers))
    else:
        _take_extended(current, line)


def _hunk(numbers: tuple[str | None, ...]) -> Hunk:
    """Return a place by the numbers of its heading."""
    start, old_count, _, new_count = numbers
    if start is None:
        return Hunk(start=-1)
    return Hunk(start=int(start), old_count=int(old_count or 1), new_count=int(new_count or 1))


def _take_extended(current: FileDiff, line: str) -> None:
    """Read what git says of modes and renames."""
    words = line.split(" ")
    if line.startswith("new file mode "):
        current.old, current.mode = "", words[-1]
    elif line.startswith("deleted file mode "):
        current.new = ""
    elif _MODE.match(line):
        current.mode = words[-1]
    elif line.startswith(("rename from ", "copy from ")):
        current.old = _path(line.partition(" from ")[2])
    elif line.startswith(("rename to ", "copy to ")):
        current.new = _path(line.partition(" to ")[2])


def _path(text: str) -> str:
    """Return a path as git writes it: quoted where it holds unusual characters, with the time after a tab."""
    quoted = _QUOTED.match(text)
    if quoted is None:
        return text.partition("\t")[0].strip()
    return _ESCAPED.sub(_unescaped, quoted.group(1).encode()).decode(errors="replace")


def _unescaped(found: re.Match[bytes]) -> bytes:
    """Return the byte that git wrote as an escape."""
    escape = found.group(1)
    return bytes([int(escape, 8) & 0xFF]) if len(escape) > 1 else _LETTERS.get(escape, escape)


def _without_side(path: str) -> str:
    """Return a path without the letter of its side."""
    return path[2:] if path.startswith(("a/", "b/")) else path


def _same_path(both: str) -> str:
    """Return the path that ``a/x b/x`` names twice; empty where the two differ."""
    quoted = _QUOTED.match(both)
    if quoted is not None:
        return _without_side(_path(both))
    half = len(both) // 2
    left, right = both[:half], both[half + 1 :]
    return _without_side(left) if _without_side(left) == _without_side(right) else ""
