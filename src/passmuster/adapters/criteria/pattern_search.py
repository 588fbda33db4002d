"""The search for a pattern in a text, also for a process of its own: a process can be ended, `re` cannot.

Only the standard library is imported, so that the program starts in some 20 milliseconds.
"""

import re
from typing import TypedDict

MAXIMUM_LINES = 20
"""So many matches are told with their lines; all are counted."""


class Matches(TypedDict):
    """How often a pattern was found, and on which lines it was found first, counted from 1."""

    count: int
    lines: list[int]


def flags_of(letters: str) -> re.RegexFlag:
    """Return the flags that letters among ``i``, ``m`` and ``s`` stand for."""
    known = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
    flags = re.NOFLAG
    for letter in letters:
        flags |= known[letter]
    return flags


def search(pattern: str, flags: str, text: str) -> Matches:
    """Find every match that does not overlap the one before it."""
    count = 0
    lines: list[int] = []
    line, reached = 1, 0
    for match in re.finditer(pattern, text, flags_of(flags)):
        count += 1
        if len(lines) < MAXIMUM_LINES:
            line += text.count("\n", reached, match.start())
            reached = match.start()
            lines.append(line)
    return {"count": count, "lines": lines}


answer = search
"""What a process of `isolated.py` is asked for."""
