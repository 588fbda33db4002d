"""The fenced code blocks of a Markdown text, by the rules of CommonMark (https://spec.commonmark.org/0.31.2/).

A real parser, not a scan for backticks: fences stand within lists and block quotes, and within longer fences they
are text.
"""

from dataclasses import dataclass

from markdown_it import MarkdownIt

MAXIMUM_CHARACTERS = 262_144
"""Text beyond this is not looked at: the worst input that we know takes 12 seconds at this length, prose 0.2."""

# Inline markup cannot hold a fence, and is where hostile text is slow to parse.
_PARSER = MarkdownIt("commonmark").disable("inline")


@dataclass(frozen=True, slots=True, kw_only=True)
class FencedBlock:
    """One fenced block.

    Attributes:
        language: The first word of the info string; empty where there is none.
        content: What stands between the fences, without the indentation that its list or quote demands.
        line: The line of the opening fence, counted from 1.
    """

    language: str
    content: str
    line: int

    def is_in(self, language: str) -> bool:
        """Return whether the block is marked as being in a language; case does not matter."""
        return self.language.casefold() == language.casefold()


def fenced_blocks(text: str) -> tuple[FencedBlock, ...]:
    """Return the fenced blocks of the first ``MAXIMUM_CHARACTERS`` of a text, in their order.

    A block that is never closed ends where its list, its quote or the text ends.
    """
    tokens = (token for token in _PARSER.parse(text[:MAXIMUM_CHARACTERS]) if token.type == "fence")
    return tuple(
        FencedBlock(
            language=next(iter(token.info.split()), ""),
            content=token.content,
            line=1 if token.map is None else token.map[0] + 1,
        )
        for token in tokens
    )
