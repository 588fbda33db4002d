"""Where the parts of a document are written, and how that is told to people."""

import bisect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

Path = tuple[str | int, ...]
"""The way to a node: keys of mappings and indices of lists."""

MAXIMUM_DEPTH = 100
"""Documents with more lists and mappings inside one another are refused."""

MAXIMUM_FINDINGS = 1_000
"""Reading a document stops after so many complaints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Plain data, and where each part of it is written.

    Attributes:
        path: The file's name as people know it.
        data: Text without halves of surrogate pairs, finite numbers, booleans, ``None``, lists, and dictionaries
            with strings as keys. Parts that aliases stand for are shared, so treat it as frozen.
        positions: Line and column, counted from 1, by the way to the node; for an entry of a mapping its key's.
    """

    path: str
    data: object
    positions: Mapping[Path, tuple[int, int]] = field(repr=False)

    def location(self, way: Path = ()) -> SourceLocation:
        """Return where a node is written; for a node that is not there, where its nearest parent is."""
        for length in range(len(way), -1, -1):
            position = self.positions.get(way[:length])
            if position is not None:
                return SourceLocation(path=self.path, line=position[0], column=position[1])
        return SourceLocation(path=self.path)


@dataclass(slots=True)
class Place:
    """Where a node begins, and the places inside it.

    Attributes:
        offset: Characters before it in the text.
        inside: The places of its entries, ``None`` for a scalar; an alias shares those of its anchor.
    """

    offset: int
    inside: dict[str | int, "Place"] | None = None


class Page:
    """A text, and the lines and columns of its offsets. Only a line feed ends a line, as in most editors."""

    def __init__(self, text: str, *, path: str, first_line: int) -> None:
        """Take the text without the byte order mark that it may begin with."""
        self.text = text.removeprefix("\ufeff")
        self.path = path
        self._first_line = first_line
        self._starts: list[int] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset."""
        if self._starts is None:
            self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]
        index = bisect.bisect_right(self._starts, offset) - 1
        return (self._first_line + index, offset - self._starts[index] + 1)

    def finding(self, message: str, offset: int, *, hint: str = "", rule: str = "syntax") -> Finding:
        """Complain about the text at an offset."""
        line, column = self.position(offset)
        return Finding(
            rule=rule,
            severity=Severity.ERROR,
            message=message,
            hint=hint or "correct the text at this place",
            location=SourceLocation(path=self.path, line=line, column=column),
        )

    def duplicate(self, key: str, offset: int, first: int) -> Finding:
        """Complain about a key that its mapping has already."""
        message = f"the key {shortened(key)!r} stands here again; it is already on line {self.position(first)[0]}"
        return self.finding(message, offset, hint="keep one of the two", rule="duplicate-key")

    def too_deep(self, offset: int) -> Finding:
        """Complain about nesting beyond :data:`MAXIMUM_DEPTH`."""
        message = f"lists and mappings are nested more than {MAXIMUM_DEPTH} deep"
        return self.finding(message, offset, hint="write the data less deeply nested")

    def half_character(self, offset: int) -> Finding:
        """Complain about text that no file can hold."""
        message = "this text holds half of a surrogate pair, which is no character"
        return self.finding(message, offset, hint="write the character itself, or both halves of the pair")


class Positions(Mapping[Path, tuple[int, int]]):
    """A tree of places as a mapping from ways; the tree is grown when it is first needed."""

    def __init__(self, page: Page, *, root_offset: int, grow: Callable[[], Place]) -> None:
        """Take the offset of the root, which is often all that is ever asked for."""
        self._page = page
        self._root_offset = root_offset
        self._grow = grow
        self._root: Place | None = None

    def __getitem__(self, way: Path) -> tuple[int, int]:
        """Return the position of a node.

        Raises:
            KeyError: If there is no such node.
        """
        if not way:
            return self._page.position(self._root_offset)
        place = self._tree()
        for step in way:
            if place.inside is None:
                raise KeyError(way)
            place = place.inside[step]
        return self._page.position(place.offset)

    def __iter__(self) -> Iterator[Path]:
        """Walk all ways, each node before those inside it."""
        waiting: list[tuple[Path, Place]] = [((), self._tree())]
        while waiting:
            way, place = waiting.pop()
            yield way
            inside = [((*way, step), child) for step, child in (place.inside or {}).items()]
            waiting.extend(reversed(inside))

    def __len__(self) -> int:
        """Count the nodes."""
        return sum(1 for _ in self)

    def _tree(self) -> Place:
        if self._root is None:
            self._root = self._grow()
        return self._root


def hint_for(problem: str, hints: Mapping[str, str]) -> str:
    """Return the hint whose key the parser's complaint begins with; empty where there is none."""
    return next((hint for beginning, hint in hints.items() if problem.startswith(beginning)), "")


def shortened(text: str) -> str:
    """Cut text that would fill a message."""
    return text if len(text) <= 60 else f"{text[:59]}…"  # noqa: PLR2004 - leaves room for the rest of the message
