"""The fenced code blocks of a Markdown text, by the rules of CommonMark (https://spec.commonmark.org/0.31.2/).

A real parser, not a scan for backticks: fences stand within lists and block quotes, and within longer fences they
are text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from passmuster.domain.answer_files import MOST_BYTES

MOST_STEPS = 60_000
"""So much is looked at, since lines and not characters take time: a line counts one, each block quote around it one
more, and an item of a list four more.
"""

# A parser opens no more blocks within one another than this, so that no line takes longer than that.
_DEEPEST = 20
_ITEM = 4
_OPENINGS = re.compile(r"^(?:[ \t]{0,40}(?:>|[-+*](?=[ \t\n])|[0-9]{1,9}[.)](?=[ \t\n]))){0,40}", re.MULTILINE)

# Inline markup, link definitions and underlined headings cannot hold a fence or end one, and are slow to parse.
_PARSER = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).disable(["inline", "reference", "lheading"])

_TAGS = re.compile(r"<!--|-->|</?[A-Za-z][^<>]{0,200}>")
_BETWEEN = frozenset({"fence", "code_block", "hr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FencedBlock:
    """One fenced block.

    Attributes:
        info: What stands on the line of the opening fence, without the space around it.
        content: What stands between the fences, without the indentation that its list or quote demands.
        line: The line of the opening fence, counted from 1.
        label: The last line of text before it with nothing else in between; empty where there is none.
        is_headed: Whether that line is a heading.
        is_closed: Whether it ends by a fence, and not because its list, its quote or the text ends.
    """

    info: str
    content: str
    line: int
    label: str = ""
    is_headed: bool = False
    is_closed: bool = True

    @property
    def language(self) -> str:
        """The first word of the info string; empty where there is none."""
        return next(iter(self.info.split()), "")

    def is_in(self, language: str) -> bool:
        """Return whether the block is marked as being in a language; case does not matter."""
        return self.language.casefold() == language.casefold()


def readable_part(text: str) -> str:
    """Return what of a text is looked at: its first ``MOST_BYTES`` bytes, and as many lines as ``MOST_STEPS`` allow."""
    # Reading bytes is only needed where characters alone could be too many.
    part = text if len(text) * 4 <= MOST_BYTES else text.encode(errors="replace")[:MOST_BYTES].decode(errors="ignore")
    if part.count("\n") < MOST_STEPS // (1 + _DEEPEST * (1 + _ITEM)):
        return part
    steps, quotes = 0, 0
    for found in _OPENINGS.finditer(part):
        opening = found.group()
        # A line without its quotes still belongs to them, up to the next empty line.
        here = opening.count(">")
        quotes = 0 if part.startswith("\n", found.start()) else min(max(quotes, here), _DEEPEST)
        steps += 1 + quotes + _ITEM * min(len(opening.replace(">", "").split()), _DEEPEST)
        if steps > MOST_STEPS:
            return part[: found.start()]
    return part


def fenced_blocks(text: str) -> tuple[FencedBlock, ...]:
    """Return the fenced blocks of the ``readable_part`` of a text, in their order.

    A block that is never closed ends where its list, its quote or the text ends.
    """
    return tuple(_blocks(_PARSER.parse(readable_part(text))))


def _blocks(tokens: Sequence[Token]) -> Iterator[FencedBlock]:
    """Yield the fences, each with the text before it."""
    label, is_headed = "", False
    for place, token in enumerate(tokens):
        if token.type == "fence":
            first, end = token.map or (0, 0)
            yield FencedBlock(
                info=token.info.strip(),
                content=token.content,
                line=first + 1,
                label=label,
                is_headed=is_headed,
                is_closed=end - first == _lines_of(token.content) + len(("opening", "closing")),
            )
        if token.type in _BETWEEN:
            label, is_headed = "", False
        elif token.type == "inline":
            label, is_headed = _last_line(token.content), tokens[place - 1].type == "heading_open"
        elif token.type == "html_block":
            label, is_headed = _last_line(_TAGS.sub("", token.content)), False


def _lines_of(content: str) -> int:
    """Return the number of lines, the last of which may have no end."""
    return content.count("\n") + (content != "" and not content.endswith("\n"))


def _last_line(text: str) -> str:
    """Return the last line that holds something."""
    return text.strip().rpartition("\n")[2].strip()
