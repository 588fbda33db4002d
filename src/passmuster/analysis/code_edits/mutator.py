"""What a mutator is: an edit of an answer's files, and the criterion that must catch it; and edits none may mind."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from passmuster.analysis.code_edits.source import Texts

TextEdit = Callable[[Texts], Texts | None]
"""Edits the files of an answer; ``None`` where it does not apply. It returns new files and leaves the old alone."""

LAID_OUT: Final = frozenset({"formatted", "no_cheats"})
"""Criteria on what Python does not read: layout and comments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutator:
    """A defect that can be put into an answer mechanically.

    Attributes:
        name: Short and stable, such as ``drop-docstrings``.
        criterion: The component of the criterion that must catch it.
        summary: What it does, in a few words.
        edit: Does it.
    """

    name: str
    criterion: str
    summary: str
    edit: TextEdit


@dataclass(frozen=True, slots=True, kw_only=True)
class Retouch:
    """An edit that no criterion may mind.

    Attributes:
        name: Short and stable, such as ``add-comments``.
        summary: What it does, in a few words.
        edit: Does it.
    """

    name: str
    summary: str
    edit: TextEdit


def mutated(mutator: Mutator, texts: Texts) -> Texts | None:
    """Return the files with the defect; ``None`` where the mutator does not apply, or makes no real change.

    A change is real if Python reads something else, or if the criterion looks at what Python does not read.
    """
    new = mutator.edit(texts)
    if new is None or dict(new) == dict(texts):
        return None
    return new if mutator.criterion in LAID_OUT or reading_of(new) != reading_of(texts) else None


def retouched(retouch: Retouch, texts: Texts) -> Texts | None:
    """Return the files after a harmless edit; ``None`` where it does not apply."""
    new = retouch.edit(texts)
    return None if new is None or dict(new) == dict(texts) else new


def reading_of(texts: Texts) -> dict[str, str]:
    """Return what Python reads in each file, without places; the text itself where it is no Python."""
    return {path: _reading(path, text) for path, text in texts.items()}


def _reading(path: str, text: str) -> str:
    if not path.endswith(".py"):
        return text
    try:
        return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError):
        return text
