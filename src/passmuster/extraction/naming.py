"""The path of a code block's file: from its info string, from the line before it, or from its first line."""

import re
from dataclasses import dataclass

from passmuster.domain.answer_files import PathSource
from passmuster.extraction.fences import FencedBlock
from passmuster.extraction.languages import can_hold, is_language_name, looks_like_path

_LONGEST_LINE = 400
_KEY = re.compile(
    r"""(?:^|[\s{,:])(?:title|file|filename|file_name|filepath|path)\s?[=:]\s?("[^"]*"|'[^']*'|[^\s},]+)"""
)
_JOINED = re.compile(r"\.?([A-Za-z][\w+#-]+)[:,](.*)")
_LABEL = re.compile(r"(?:file ?(?:name|path)?|path|datei)\s?:\s?", re.IGNORECASE)
_NUMBER = re.compile(r"(?:step )?[0-9]{1,3}[.):]\s", re.IGNORECASE)
_REMARK = re.compile(r"\s\([^()]{0,60}\)$")
_SPAN = re.compile(r"`([^`]+)`")
_COMMENT = re.compile(r"#+|//+|--|;+|%+|<!--|/\*+|\{#|\"\"\"|'''")
_COMMENT_END = re.compile(r"(?:-->|\*/|#\}|\"\"\"|''')$")
_MARKUP = "*_ \t"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPath:
    """A path as it was written, and where."""

    path: str
    source: PathSource


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoString:
    """What the line of an opening fence says: ``language`` is empty where it says none, as is ``path``."""

    language: str
    path: str


def info_of(block: FencedBlock) -> InfoString:
    """Read an info string: ``python app/x.py``, ``python title="x.py"``, ``python:x.py``, ``{.python file=x.py}``."""
    info = block.info[:_LONGEST_LINE]
    words = info.strip("{} ").split()
    first = words[0] if words else ""
    joined = _JOINED.match(first)
    if joined is not None:
        language, attached = joined.groups()
    elif is_language_name(first) or not looks_like_path(first):
        language, attached = first.lstrip("."), ""
    else:
        language, attached = "", first
    key = _KEY.search(info)
    if key is not None:
        return InfoString(language="" if "=" in language else language, path=key.group(1).strip("\"'"))
    further = (word for word in words[1:] if _is_named(word))
    path = attached if _is_named(attached) else next(further, "")
    return InfoString(language=language, path=path.strip("`()"))


def _is_named(word: str) -> bool:
    """Return whether a word of an info string is meant as a path, even as one that is refused."""
    return looks_like_path(word.strip("`()")) or word.startswith(("/", "../", "~/"))


def path_of(block: FencedBlock, info: InfoString) -> NamedPath | None:
    """Return the path of a block's file, from the first of the three places that names one."""
    if info.path:
        return NamedPath(path=info.path, source=PathSource.INFO_STRING)
    label = _labelled(block, info.language)
    if label:
        return NamedPath(path=label, source=PathSource.LABEL)
    comment = _commented(block.content)
    if comment and can_hold(info.language, comment):
        return NamedPath(path=comment, source=PathSource.COMMENT)
    return None


def _labelled(block: FencedBlock, language: str) -> str:
    """Return the path that the line before a block is, or that alone stands in backticks in it."""
    line = block.label
    if not line or len(line) > _LONGEST_LINE:
        return ""
    bare = _NUMBER.sub("", line.strip(_MARKUP), count=1).strip(_MARKUP).rstrip(":").rstrip(_MARKUP)
    bare = _LABEL.sub("", _REMARK.sub("", bare), count=1).strip(_MARKUP + "`:")
    if looks_like_path(bare):
        return bare if can_hold(language, bare) else ""
    is_bold = line.startswith(("**", "__")) and line.rstrip(":").endswith(("**", "__"))
    if not (line.rstrip(_MARKUP).endswith(":") or block.is_headed or is_bold):
        return ""
    spans = [span for span in _SPAN.findall(line) if looks_like_path(span)]
    return spans[0] if len(spans) == 1 and can_hold(language, spans[0]) else ""


def _commented(content: str) -> str:
    """Return the path that a first line, or the one after a line for the system, holds as a comment and alone."""
    first, _, rest = content[: 2 * _LONGEST_LINE].partition("\n")
    if first.startswith("#!"):
        first = rest.partition("\n")[0]
    line = first.strip()
    found = _COMMENT.match(line) if len(first) <= _LONGEST_LINE else None
    if found is None:
        return ""
    comment = _COMMENT_END.sub("", line[found.end() :]).strip()
    comment = _LABEL.sub("", _REMARK.sub("", comment), count=1).strip("`")
    return comment if looks_like_path(comment) else ""
