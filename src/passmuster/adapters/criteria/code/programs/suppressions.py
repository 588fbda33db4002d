"""Comments that tell a tool to look away: found, counted, and made to say nothing.

Characters are replaced one for one, so that every line and column of what a tool then reports is the answer's own.
"""

import re
from collections.abc import Iterable

from .sources import Place, Source, lines_of

# What stands after the sign of a comment, or after another comment's sign within it. The names are documented.
_PATTERNS = {
    "type_ignore": r"type:\s*ignore\b(?:\s*\[[^\]]*\])?",
    "mypy_comment": r"mypy:\s*[\w-]+.*",
    "pyright_comment": r"(?:based)?pyright:\s*\w+.*|(?:ty|pyrefly):\s*ignore\b.*",
    "file_noqa": r"(?:ruff|flake8)\s*:\s*noqa\b.*|ruff:\s*(?:disable|ignore|file-ignore|enable)\b.*",
    "noqa": r"noqa\b(?:\s*:\s*[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?",
    "format_off": r"fmt:\s*(?:off|on|skip)\b.*|yapf:\s*(?:disable|enable)\b.*|autopep8:\s*(?:off|on)\b.*",
    "isort_skip": r"isort:\s*(?:skip|skip_file|off|on|split)\b.*|ruff:\s*isort:.*",
    "no_cover": r"pragma:\s*no\s*(?:cover|branch)\b",
    "nosec": r"nosec\b|nosemgrep\b|noinspection\b|noseccheck\b",
    "pylint_disable": r"pylint:\s*(?:disable|skip-file|enable)\b.*",
}
_FOUND = {
    name: re.compile(rf"#\s*(?P<directive>{pattern})", re.IGNORECASE if name != "mypy_comment" else 0)
    for name, pattern in _PATTERNS.items()
}
# The length of a line is measured without these, by the formatter and by the rule on long lines alike; ruff is told
# in another way not to heed them.
_LEFT_FOR_RUFF = frozenset({"type_ignore", "noqa", "pyright_comment", "no_cover", "nosec", "pylint_disable"})
_MEANING = {
    "type_ignore": "the type checker is told to look away",
    "mypy_comment": "mypy is told by the file how to look",
    "pyright_comment": "the type checker is told to look away",
    "file_noqa": "the linter is told not to look at the file",
    "noqa": "the linter is told to look away",
    "format_off": "the formatter is told to look away",
    "isort_skip": "the sorting of imports is told to look away",
    "no_cover": "coverage is told not to count",
    "nosec": "the security rules are told to look away",
    "pylint_disable": "pylint is told to look away",
}
NAMES = tuple(_PATTERNS)
"""The names of suppressions."""


def suppressions(source: Source) -> list[tuple[str, Place]]:
    """Return every suppression of a file, with its name."""
    found = []
    for comment in source.comments:
        for name, pattern in _FOUND.items():
            for match in pattern.finditer(comment.text):
                message = f"{_MEANING[name]}: {match['directive']}"
                found.append((name, Place(source.path, comment.line, message)))
    return found


def neutralised(source: Source, *, for_ruff: bool) -> str:
    """Return the text with all suppressions crossed out; those that only ruff reads in its own way may stay."""
    left = _LEFT_FOR_RUFF if for_ruff else frozenset()
    lines = lines_of(source.text)
    for comment in source.comments:
        line = lines[comment.line - 1]
        text = _crossed_out(comment.text, (name for name in NAMES if name not in left))
        lines[comment.line - 1] = line[: comment.column] + text + line[comment.column + len(comment.text) :]
    return "".join(lines)


def _crossed_out(text: str, names: Iterable[str]) -> str:
    for name in names:
        for match in _FOUND[name].finditer(text):
            start, end = match.span("directive")
            text = text[:start] + re.sub(r"\S", "x", text[start:end]) + text[end:]
    return text
