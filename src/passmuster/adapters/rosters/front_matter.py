"""The front matter of agent files, as strict YAML and as lenient hosts read it.

Claude Code tries strict YAML first. Where that fails, it puts double quotes around top-level one-line values that hold
special characters and tries once more; a file that fails twice has no fields. Versions of the product up to 2.1.259
behave so; what is emulated here is not documented by its makers. OpenCode does likewise with values that hold a colon.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from passmuster.documents import Document, parse_yaml
from passmuster.domain.agents import StrictVerdict
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding

FIRST_LINE = 2
"""The line on which the text between the fences begins."""

SPECIAL_TO_CLAUDE_CODE = re.compile(r"[{}\[\]*&#!|>%@`]|: ")
"""What a value holds that Claude Code puts in quotes."""

SPECIAL_TO_OPENCODE = re.compile(r"^(?![\"']).*?:")
"""What a value holds that OpenCode writes as a block, which comes to the same as quotes."""

_FENCE = re.compile(r"---[ \t]*")
# The classes spell out what "\s" and "." mean in the host's language.
_ONE_LINE_ENTRY = re.compile("([A-Za-z_-]+):([ \\t\\v\\f\xa0]+)([^\\r\\n\u2028\u2029]+)")
_SYNTAX = "not valid YAML: "
_NO_TEXT = "it holds NUL characters, so it is no text"
_QUOTES = ('"', "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What can be read from an agent file.

    Attributes:
        strict: The verdict of a strict YAML parser.
        fields: What the host reads, empty where the YAML is no mapping; ``None`` where the host cannot read it.
        lines: The line of the file on which each field begins.
        text: The text between the fences as it is written, with line feeds as line ends.
        body: What follows, without the space around it; all of the text where there are no fences.
        problem: What is wrong, in a clause; empty where nothing is.
        remedy: What to write instead, where the parser knows.
        line: The line of the file at which it is wrong, where that can be said.
        is_requoted: Whether the host had to put values in quotes.
    """

    strict: StrictVerdict
    fields: Mapping[str, object] | None
    lines: Mapping[str, int] = field(default_factory=dict)
    text: str = ""
    body: str = ""
    problem: str = ""
    remedy: str = ""
    line: int | None = None
    is_requoted: bool = False


def read_front_matter(content: bytes, *, path: str, special: re.Pattern[str] = SPECIAL_TO_CLAUDE_CODE) -> FrontMatter:
    """Read an agent file's front matter; whatever the bytes are, this returns.

    Bytes that are no UTF-8 are replaced as the host replaces them, but the strict verdict is then ``INVALID``.

    Args:
        content: The whole file.
        path: The file's name, for messages.
        special: Found in values that are put in quotes where strict YAML fails.
    """
    text, problem, line = _decoded(content)
    parts = _split(text)
    if isinstance(parts, str):
        return FrontMatter(
            strict=StrictVerdict.NO_FRONT_MATTER,
            fields=None,
            body=text.strip(),
            problem=problem or parts,
            line=line if problem else 1,
        )
    front, body = parts
    blank = FrontMatter(strict=StrictVerdict.INVALID, fields=None, text=front, body=body.strip())
    if "\0" in text:
        found = text.index("\0")
        return replace(blank, problem=_NO_TEXT, remedy="save it as text", line=text.count("\n", 0, found) + 1)
    read = _parsed(blank, path, special)
    return replace(read, strict=StrictVerdict.INVALID, problem=problem, line=line) if problem else read


def requoted(text: str, special: re.Pattern[str] = SPECIAL_TO_CLAUDE_CODE) -> str:
    """Put the values in quotes that the host would; line numbers stay as they are."""
    return "\n".join(_requoted_line(line, special) for line in text.split("\n"))


def scalar_text(value: object) -> str | None:
    """Return a scalar as the host shows it (``true``, ``1`` for ``1.0``); ``None`` for null, lists and mappings."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def _decoded(content: bytes) -> tuple[str, str, int | None]:
    """Return the text with line feeds as line ends, and what is wrong with its bytes, where."""
    problem, line = "", None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        line = content.count(b"\n", 0, error.start) + 1
        text = content.decode("utf-8-sig", "replace")
    return text.replace("\r\n", "\n"), problem, line


def _split(text: str) -> tuple[str, str] | str:
    """Return the front matter and the body, or why there is none."""
    first, _, rest = text.partition("\n")
    if not _FENCE.fullmatch(first):
        if _FENCE.fullmatch(first.strip()):
            return "the fence '---' on the first line is indented"
        if not first.strip() and _FENCE.match(text.lstrip()):
            return "the file begins with a blank line, and the fence '---' must be its first line"
        return "the first line is not the fence '---'"
    lines = rest.split("\n")
    for number, line in enumerate(lines):
        if _FENCE.fullmatch(line):
            return "\n".join(lines[:number]), "\n".join(lines[number + 1 :])
    return "the front matter has no closing fence '---'"


def _parsed(blank: FrontMatter, path: str, special: re.Pattern[str]) -> FrontMatter:
    try:
        return _with_fields(replace(blank, strict=StrictVerdict.VALID), _parse(blank.text, path))
    except InvalidInputError as error:
        finding = error.findings[0]
    line = finding.location.line if finding.location else None
    blank = replace(blank, problem=_clause(finding), remedy=_remedy(finding), line=line)
    changed = requoted(blank.text, special)
    if changed == blank.text:
        return blank
    try:
        return _with_fields(replace(blank, is_requoted=True), _parse(changed, path))
    except InvalidInputError:
        return blank


def _parse(text: str, path: str) -> Document:
    return parse_yaml(text, path=path, first_line=FIRST_LINE)


def _with_fields(blank: FrontMatter, document: Document) -> FrontMatter:
    fields = document.data if isinstance(document.data, dict) else {}
    lines = {key: document.location((key,)).line or FIRST_LINE for key in fields}
    return replace(blank, fields=fields, lines=lines)


def _clause(finding: Finding) -> str:
    return finding.message.removeprefix(_SYNTAX)


def _remedy(finding: Finding) -> str:
    """Return what to write where the parser knows; of a slip in the syntax, readers know better what is usual."""
    return "" if finding.message.startswith(_SYNTAX) else finding.hint


def _requoted_line(line: str, special: re.Pattern[str]) -> str:
    match = _ONE_LINE_ENTRY.fullmatch(line)
    if match is None:
        return line
    key, space, value = match.groups()
    is_quoted = any(value.startswith(quote) and value.endswith(quote) for quote in _QUOTES)
    if is_quoted or not special.search(value):
        return line
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    # The space is kept, so that columns before the quote stay as well.
    return f'{key}:{space}"{escaped}"'
