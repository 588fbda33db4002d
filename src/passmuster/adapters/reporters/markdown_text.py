"""Untrusted text in Markdown that code hosts render, where words can notify people, link, and carry out commands."""

import re
from html import escape as escaped

from passmuster.texts.visible import excerpt

SENTENCE_LENGTH = 500
NAME_LENGTH = 80

PARTED = "\N{ZERO WIDTH SPACE}"
"""Stands where a code host would see a mention, a reference or an address."""

_SPECIAL = re.compile(r"[\\`*_\[\]|~$]")

# Sources: GitHub's "Autolinked references and URLs", GitLab's "GitLab-specific references". Hosts look for these in
# what Markdown has become, so that a backslash before them does not help.
_LINKED = re.compile(
    r"""@(?=\S)|[#!$](?=\d)|[%~^](?=[\w"'])|&amp;(?=\d)|\bG[HL]-(?=\d)|(?<=:)/(?=/)|\bwww(?=\.)"""
    r"""|\[(?=[a-z_]+:)""",
    re.IGNORECASE,
)

# A line that begins with a slash is a command to GitLab: "/merge" merges.
_BLOCK = re.compile(r"^(?:[-+=#/]|\d+(?=[.)](?:\s|$)))")


def escape(text: str, limit: int = SENTENCE_LENGTH) -> str:
    """Return untrusted text for one line of Markdown, be it a paragraph, a list or a cell of a table."""
    line = excerpt(text, limit)
    # Backslashes before entities: those bring no character that needs one.
    line = _SPECIAL.sub(lambda found: f"\\{found[0]}", line)
    line = _parted(escaped(line, quote=False))
    return _BLOCK.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", line)


def _parted(line: str) -> str:
    return _LINKED.sub(lambda found: f"{found[0]}{PARTED}", line)


def cells(texts: list[str]) -> str:
    """Return a row of a table; the texts are Markdown."""
    return f"| {' | '.join(texts)} |"
