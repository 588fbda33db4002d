"""Whether an author left parts of a file out, by a comment in their place."""

import re

_LONGEST_LINE = 160
_THINGS = (
    "code|file|class|function|implementation|imports?|methods?|functions?|routes?|endpoints?|fields?|models?|tests?"
)
_HINT = re.compile(r"\.\.\.|…|rest of|remainder|omitted|unchanged|remain|same as", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*(?:\#|//|--|/\*|<!--|\{\#|;)+\s*(.*?)$")
_ELISIONS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Nothing but dots, or dots before and after some words.
        r"^(?:\.{3,}|…)(?:.{0,120}(?:\.{3,}|…))?$",
        # Dots on one side of words that speak of what is not shown.
        r"^(?:\.{3,}|…)\s?(?:the |your |and )?(?:rest|remain|exist|previous|other|unchanged|omitted|same|more|code)",
        r"^(?:the |your |keep )?(?:rest|remain|exist|previous|other|unchanged|omitted|more)[^.…]{0,80}(?:\.{3,}|…)$",
        # Words alone that leave no doubt.
        rf"^(?:the )?(?:rest|remainder) of (?:the |your |this )?(?:{_THINGS})\b",
        rf"^(?:existing|previous|other|remaining) (?:{_THINGS})\b.{{0,40}}\b(?:unchanged|here|omitted|as before)$",
        r"\bomitted for (?:brevity|clarity)\b|^unchanged$|^same as (?:above|before)$",
    )
)


def is_elided(text: str) -> bool:
    """Return whether a file has a comment such as ``# ... existing code ...`` where its content should be.

    Three dots that are code, as the body of a Python function may be, are none.
    """
    if not _HINT.search(text):
        return False
    return any(_says_so(line) for line in text.split("\n") if len(line) <= _LONGEST_LINE and _HINT.search(line))


def _says_so(line: str) -> bool:
    """Return whether one line is such a comment."""
    comment = _COMMENT.match(line)
    if comment is None:
        return False
    words = comment.group(1).removesuffix("*/").removesuffix("-->").removesuffix("#}").strip()
    return any(pattern.search(words) for pattern in _ELISIONS)
