"""TOML text (version 1.0) from anybody, read by the standard library within bounds.

The standard library recurses into lists and tables, and keeps every beginning of a dotted key: a small file could take
all memory. So keys and nesting are measured first, in the text without its strings and comments.
"""

import math
import re
import tomllib
from dataclasses import dataclass

MAXIMUM_DEPTH = 30
"""Keys of more parts, and lists and tables more deeply nested, are refused."""

# What is never closed ends with the text: trying again at each later quote would take quadratic time. Groups that look
# ahead are not possessive, since Python 3.11.2 gets such a group wrong.
_OPAQUE = re.compile(
    r'"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*(?:"""|\Z)'
    r"|'''[^']*+(?:'(?!'')[^']*+)*(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\.)*+(?:"|$|\\?\Z)'
    r"|'[^'\n]*+(?:'|$)"
    r"|#[^\n]*+",
    re.DOTALL | re.MULTILINE,
)
_LONG_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{MAXIMUM_DEPTH}}}")
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_BRACKET = re.compile(r"[\[\]{}]")
_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlProblem:
    """Why a text is not read.

    Attributes:
        reason: What is wrong, in a clause.
        line: Where, if that is known.
    """

    reason: str
    line: int | None = None


def read_toml(content: bytes) -> dict[str, object] | TomlProblem:
    """Return the data of a TOML file, or why there are none; whatever the bytes are, this returns."""
    try:
        # The parser that Codex is built with passes over a byte order mark.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return TomlProblem(reason=f"the byte 0x{content[error.start]:02x} is not UTF-8", line=line)
    text = text.replace("\r\n", "\n")
    excess = _excess(text)
    if excess is not None:
        return excess
    try:
        return {key: _plain(value) for key, value in tomllib.loads(text).items()}
    except (tomllib.TOMLDecodeError, ValueError, OverflowError, RecursionError) as error:
        # Beside its own errors the parser lets those of impossible dates and huge numbers through.
        message = str(error)
        place = _PLACE.search(message)
        at = int(place[1]) if place and place[1] else None
        return TomlProblem(reason=f"not valid TOML: {_PLACE.sub('', message)}", line=at)


def line_of(content: bytes, key: str) -> int | None:
    """Return the line on which a top-level key is set in plain form; ``None`` if it is written otherwise."""
    text = _OPAQUE.sub(lambda match: "\n" * match[0].count("\n"), content.decode("utf-8-sig", "replace"))
    found = re.search(rf"^[ \t]*{re.escape(key)}[ \t]*=", text, re.MULTILINE)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def _excess(text: str) -> TomlProblem | None:
    bare = _OPAQUE.sub(lambda match: "s" + "\n" * match[0].count("\n"), text)
    found = _LONG_KEY.search(bare)
    if found:
        return TomlProblem(reason=f"a key has more than {MAXIMUM_DEPTH} parts", line=_line(bare, found.start()))
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth = max(0, depth + _STEPS[bracket[0]])
        if depth > MAXIMUM_DEPTH:
            reason = f"lists and tables are nested more than {MAXIMUM_DEPTH} deep"
            return TomlProblem(reason=reason, line=_line(bare, bracket.start()))
    return None


def _plain(value: object) -> object:
    """Return dates, times and numbers that are not finite as text: JSON has no form for them."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float) else str(value)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
