"""What is printed where a terminal, or a file, cannot take every character; light, since every command begins with it.

Signs that we draw with have stand-ins of plain ASCII, and any other character is spelled out. So no command ends in an
error, or prints nonsense, because of a tick.
"""

import codecs
import io
import os
import sys
from collections.abc import Mapping
from typing import Final

HANDLER: Final = "passmuster.plain"
"""The name by which Python finds :func:`_plain`."""

ASCII_LOCALES: Final = frozenset({"C", "POSIX"})

COERCED: Final = frozenset({"", "C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"})
"""What ``LC_CTYPE`` is where somebody has chosen such a locale: Python sets it anew before it starts (PEP 538)."""

STAND_INS: Final[Mapping[str, str]] = {
    "✔": "+",
    "✘": "x",
    "→": "->",
    "←": "<-",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
    "−": "-",
    "–": "-",
    "—": "-",
    "×": "x",
    "·": "-",
    "●": "o",
    "…": "...",
    "▼": "v",
    "▲": "^",
    "│": "|",
    "─": "-",
    "“": '"',
    "”": '"',
    "\u2018": "'",
    "\u2019": "'",
    "±": "+/-",
    "█": "#",
    "▉": "#",
    "▊": "#",
    "▋": "#",
    "▌": "=",
    "▐": "=",
    "▍": "=",
    "▎": "-",
    "▏": "-",
    "▇": "*",
    "▆": "+",
    "▅": "=",
    "▄": "~",
    "▃": "-",
    "▂": ".",
    "▁": "_",
}
"""What stands for a sign that cannot be written. Bars of eight heights become eight signs, ever darker."""


def settle() -> None:
    """Make standard output and standard error take whatever is printed."""
    codecs.register_error(HANDLER, _plain)
    encoding = "ascii" if is_ascii_wanted(os.environ) else None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding or stream.encoding, errors=HANDLER)


def is_ascii_wanted(environment: Mapping[str, str]) -> bool:
    """Whether somebody has chosen a locale that knows nothing but ASCII; one that is not set chooses nothing.

    Python writes UTF-8 then all the same (PEP 540), which such a terminal shows as nonsense.

    Args:
        environment: The variables of this process.
    """
    if environment.get("PYTHONIOENCODING") or environment.get("PYTHONUTF8"):
        return False
    if environment.get("LC_ALL"):
        return environment["LC_ALL"] in ASCII_LOCALES
    is_coerced = environment.get("LC_CTYPE", "") in COERCED
    return is_coerced and environment.get("LANG", "") in ASCII_LOCALES


def plain(text: str) -> str:
    """Return a text with its drawings in ASCII; other characters stay."""
    return "".join(STAND_INS.get(character, character) for character in text)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Stand in for what could not be encoded; conforms to what :func:`codecs.register_error` takes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    written = (STAND_INS.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in wrong)
    return "".join(written), error.end
