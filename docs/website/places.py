"""Where a file of the repository lies in the site, and what becomes of its links there."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from posixpath import normpath, relpath

PICTURES = {".gif", ".png", ".svg"}
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_TARGET = re.compile(r"(?<=\]\()[^()\s]+(?=\))")
_HEADING = re.compile(r"^#{1,6} (.+)$")
_DIRECTIVE = re.compile(r"^<!-- (write|append): (\S+) -->$")
_NESTED = re.compile(r"^( +)(?=([*+-]|\d+\.) )")


def place_of(file: PurePosixPath) -> PurePosixPath:
    """Return where a file of the repository lies in the site.

    Pages of ``docs`` keep their places; other documents go below ``project``. A picture stays one, and any other file
    becomes a page that shows it.
    """
    inside = file.relative_to("docs") if file.parts[0] == "docs" else PurePosixPath("project") / file
    if is_document(file):
        return inside.with_name("index.md") if file.name == "README.md" else inside.with_name(file.name.lower())
    if file.suffix in PICTURES:
        return inside
    return PurePosixPath("files") / f"{file}.md"


def is_document(file: PurePosixPath) -> bool:
    """Return whether a file is read as a page, and not shown as a file; definitions of agents are shown."""
    return file.suffix == ".md" and file.parent.name != "agents"


def anchor_of(title: str) -> str:
    """Return the name by which links reach a heading on a code host, so that they hold in the site as well."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relinked:
    """A document as the site has it.

    Attributes:
        text: The document, whose links lead to places of the site.
        targets: The files of the repository that it links to.
    """

    text: str
    targets: frozenset[PurePosixPath]


def relinked(text: str, *, file: PurePosixPath, is_folder: Callable[[PurePosixPath], bool]) -> Relinked:
    """Return a document with links that hold in the site, and written as the site's reader of Markdown wants it.

    Args:
        text: The document.
        file: Its path in the repository, where its links begin.
        is_folder: Whether a path of the repository is a folder; a link to one leads to its README.
    """
    rewriting = _Rewriting(file=file, is_folder=is_folder)
    lines = [rewriting.line(line) for line in text.splitlines()]
    kept = [line for line in lines if line is not None]
    return Relinked(text="\n".join(kept) + "\n", targets=frozenset(rewriting.targets))


@dataclass(slots=True, kw_only=True)
class _Rewriting:
    """Rewrites a document line by line."""

    file: PurePosixPath
    is_folder: Callable[[PurePosixPath], bool]
    targets: set[PurePosixPath] = field(default_factory=set)
    names: Counter[str] = field(default_factory=Counter)
    fence: str = ""
    title: str = ""

    def line(self, line: str) -> str | None:
        """Return a line as the site has it, or nothing where it has none."""
        if self.fence:
            self.fence = "" if line.strip() == self.fence else self.fence
            return line
        if mark := _FENCE.match(line):
            self.fence, title, self.title = mark[1], self.title, ""
            return f'{line} title="{title}"' if title else line
        if directive := _DIRECTIVE.match(line):
            # The site says above a block which file it is; on a code host the words around it do.
            self.title = directive[2]
            return None
        if heading := _HEADING.match(line):
            return f"{_TARGET.sub(self._moved, line)} {{#{self._name(heading[1])}}}"
        return _NESTED.sub(lambda found: found[1] * 2, _TARGET.sub(self._moved, line))

    def _name(self, title: str) -> str:
        name = anchor_of(title)
        self.names[name] += 1
        return name if self.names[name] == 1 else f"{name}-{self.names[name] - 1}"

    def _moved(self, found: re.Match[str]) -> str:
        target, hash_sign, anchor = found.group().partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return found.group()
        path = PurePosixPath(normpath(str(self.file.parent / target)))
        if self.is_folder(path):
            path /= "README.md"
        self.targets.add(path)
        return f"{relpath(place_of(path), place_of(self.file).parent)}{hash_sign}{anchor}"
