"""Patterns looked for in many short texts, and paths compared with patterns of paths."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import cast

from passmuster.adapters.criteria.isolated import TIME_LIMIT, ask

_PROGRAM = Path(__file__).with_name("matching_program.py")
MOST_CHARACTERS = 1_048_576
"""So many characters are looked at, all texts together."""


async def matches(patterns: Sequence[str], texts: Sequence[str]) -> list[list[bool]]:
    """Return for each pattern whether it is found in each text; looked for in a process that can be ended.

    Raises:
        CriterionError: If that takes longer than the time limit.
    """
    if not patterns or not texts:
        return [[False] * len(texts) for _ in patterns]
    looked_at, room = [], MOST_CHARACTERS
    for text in texts:
        looked_at.append(text[:room])
        room -= len(looked_at[-1])
    question = {"patterns": list(patterns), "texts": looked_at}
    found = await ask(_PROGRAM, question, time_limit=TIME_LIMIT, with_packages=False)
    # The program returns what its function says.
    return cast("list[list[bool]]", found)


def fits(pattern: str, path: str) -> bool:
    """Return whether a path is one of a pattern: ``*`` and ``?`` stay within a folder, ``**`` is any number of them."""
    return _fit(tuple(pattern.split("/")), tuple(path.split("/")))


@lru_cache(maxsize=4_096)
def _fit(patterns: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Return whether the parts of a path fit those of a pattern."""
    # For every number of parts: whether those fit the patterns so far.
    fitting = [True] + [False] * len(parts)
    for pattern in patterns:
        before = fitting
        if pattern == "**":
            first = before.index(True) if True in before else len(before)
            fitting = [count >= first for count in range(len(before))]
        else:
            fitting = [False] + [was and _is(pattern, part) for was, part in zip(before, parts, strict=False)]
    return fitting[-1]


def _is(pattern: str, part: str) -> bool:
    """Return whether one part fits; brackets mean themselves, as they do in the names of routes."""
    return fnmatchcase(part, pattern.replace("[", "[[]"))
