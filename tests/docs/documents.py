"""The documents as data: fenced blocks, links, headings and tables, read as CommonMark."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent.parent
_DIRECTIVE = re.compile(r"<!-- (write|append): (\S+) -->")
_FIRST_CELL = re.compile(r"^\|([^|]*`[^|]*)\|", re.MULTILINE)


def all_documents() -> list[Path]:
    """Return every document of the project, in order of path; the agents of an example are none."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("datasets/*/README.md"), *ROOT.glob("docs/**/*.md")]
    return sorted(path for path in found if path.parent.name != "agents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block.

    Attributes:
        language: The first word of its info string.
        text: What is inside.
        line: The line of its fence, counted from 1.
        action: What the comment before it asks for: ``write``, ``append``, or nothing.
        target: The file that the comment names.
    """

    language: str
    text: str
    line: int
    action: str
    target: str


def blocks_of(document: Path) -> Iterator[Block]:
    """Yield a document's fenced blocks, in order."""
    action, target = "", ""
    for token in MarkdownIt().parse(document.read_text(encoding="utf-8")):
        if token.type == "html_block" and (found := _DIRECTIVE.match(token.content)):
            action, target = found[1], found[2]
        elif token.type == "fence":
            line = token.map[0] + 1 if token.map else 0
            yield Block(language=token.info.strip(), text=token.content, line=line, action=action, target=target)
            action, target = "", ""


def links_of(document: Path) -> Iterator[str]:
    """Yield the targets of a document's links and pictures."""
    for token in MarkdownIt().parse(document.read_text(encoding="utf-8")):
        for child in token.children or ():
            target = child.attrs.get("href") or child.attrs.get("src")
            if target:
                yield str(target)


def anchors_of(document: Path) -> set[str]:
    """Return the names by which links reach a document's headings."""
    tokens = MarkdownIt().parse(document.read_text(encoding="utf-8"))
    titles = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def first_cells(text: str) -> list[str]:
    """Return what stands in backticks in the first column of tables."""
    return [name for cell in _FIRST_CELL.findall(text) for name in re.findall(r"`([^`]+)`", cell)]
