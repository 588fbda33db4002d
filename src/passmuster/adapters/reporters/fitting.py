"""Sections of a text that must not be longer than a code host takes: what is least grave gives way first."""

from collections.abc import Sequence
from dataclasses import dataclass

from passmuster.texts.numbers import count

_RESERVED = 600
"""Bytes for the sentence that says what was left out."""

_MORE = 80
"""Bytes for the line that says how many rows were left out."""

_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a text.

    Attributes:
        name: What it is called where there is no room for it.
        gravity: The gravest have the lowest number, and get room first.
        head: Lines that it begins with.
        rows: Lines of which the last may be left out.
        tail: Lines that it ends with.
        others: Rows that it has beside those, and never shows.
    """

    name: str
    gravity: int
    head: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()
    others: int = 0


def fitted(sections: Sequence[Section], room: int) -> list[str]:
    """Return the lines of sections in their order, in so many bytes of UTF-8 at most, and say what was left out."""
    room -= _RESERVED
    is_short = sum(size((*item.head, *item.rows, *item.tail)) + _MORE for item in sections) <= room
    shown: dict[int, int] = {}
    left_out: list[str] = []
    for index, section in sorted(enumerate(sections), key=lambda item: item[1].gravity):
        # Where not all fits, none takes so much that a graver one's many rows push out everything else.
        rows, taken = _rows_within(section, room if is_short else room // 2)
        if taken is None:
            left_out.append(section.name)
            continue
        shown[index] = rows
        room -= taken
    lines = [line for index, section in enumerate(sections) if index in shown for line in _lines(section, shown[index])]
    if left_out:
        more = f" and {len(left_out) - _NAMED} more" if len(left_out) > _NAMED else ""
        named = ", ".join(left_out[:_NAMED])
        lines += [f"Left out, because there is no room for more: {named}{more}. The report of the run has them.", ""]
    return lines


def size(lines: Sequence[str]) -> int:
    """Return how many bytes lines take, with their ends."""
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)


def _rows_within(section: Section, room: int) -> tuple[int, int | None]:
    """Return how many rows there is room for, and what all of the section takes; ``None`` where that is too much."""
    taken = size((*section.head, *section.tail)) + (_MORE if section.rows else 0)
    if taken > room:
        return 0, None
    number = 0
    for row in section.rows:
        taken += size((row,))
        if taken > room:
            # A section without any row says nothing.
            return number, taken - size((row,)) if number else None
        number += 1
    return number, taken


def _lines(section: Section, rows: int) -> list[str]:
    hidden = len(section.rows) - rows + section.others
    more = ["", f"… and {count(hidden)} more, in the report of the run."] if hidden else []
    return [*section.head, *section.rows[:rows], *more, *section.tail]
