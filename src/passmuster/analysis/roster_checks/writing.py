"""How agent files are written: marks, line ends, values of two meanings, and characters that nobody sees."""

import re
import unicodedata
from collections.abc import Iterator

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.analysis.roster_checks.rules import complaint
from passmuster.domain.findings import Finding

# https://yaml.org/type/bool.html and its neighbours: what YAML 1.1 takes for something else than text.
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})
_TRUTH = ", or true or false if that is meant"
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?")
_OCTAL = re.compile(r"[-+]?0[0-7]+")

# Isolates, embeddings and overrides of writing direction; and the tag characters, which show nothing at all.
_DIRECTIONS = "\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0000-\U000e007f"
_HIDING = re.compile(f"[{_DIRECTIONS}{_TAGS}]")
_NO_WIDTH = re.compile("[\u200b\u2060-\u2064\ufeff\u00ad\u180e]|[\u200c\u200d]")
_JOINERS = "\u200c\u200d"
# A black flag, tags for its region, and the cancelling tag are one emoji (Unicode Technical Standard 51, 3.2).
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")


def byte_order_marks(material: Material) -> Iterator[Finding]:
    """Find files that begin with a byte order mark."""
    for path in sorted(material.texts):
        if material.texts[path].text.startswith("\ufeff"):
            skipped = "versions of Claude Code before 2.1.239 skip it"
            yield complaint(
                "byte-order-mark",
                material.texts[path].at(1),
                "the file begins with a byte order mark, and "
                + (skipped if material.roster.host in {"claude_code", "skills"} else "not every reader bears with one"),
                "save it as UTF-8 without a mark; `lint --fix` does so",
            )


def carriage_returns(material: Material) -> Iterator[Finding]:
    """Find files whose lines end with carriage returns."""
    for text in material.written:
        if "\r\n" in text.text:
            yield complaint(
                "carriage-return",
                text.at(1),
                "lines end with a carriage return and a line feed, so every edit elsewhere changes the whole file",
                "save it with line feeds alone; `lint --fix` does so",
            )


def trailing_spaces(material: Material) -> Iterator[Finding]:
    """Find fields that end with spaces."""
    for text in material.written:
        first = next((entry.line for entry in text.entries if _ends_with_space(text, entry.line)), None)
        if first is not None:
            yield complaint(
                "trailing-space", text.at(first), "this field ends with spaces", "delete them; `lint --fix` does so"
            )


def tabs(material: Material) -> Iterator[Finding]:
    """Find tabs at the beginning of lines of the front matter."""
    for text in material.written:
        first = next((number for number, line in text.front_matter if "\t" in line[: _indent(line)]), None)
        if first is not None:
            yield complaint(
                "tab-in-front-matter",
                text.at(first),
                "this line of the front matter is indented with a tab, which YAML refuses nearly everywhere",
                "indent with spaces",
            )


def ambiguous_values(material: Material) -> Iterator[Finding]:
    """Find plain values that readers of YAML 1.1 take for something else."""
    for text in material.written:
        for entry in text.entries:
            meaning = _other_meaning(entry.value)
            if meaning:
                yield complaint(
                    "ambiguous-value",
                    text.at(entry.line),
                    f"{entry.key!r} is {entry.value!r}: {meaning} to readers of YAML 1.1, not so to the host",
                    f'write {entry.key}: "{entry.value}"{_TRUTH if meaning == "a truth value" else ""}',
                )


def hidden_characters(material: Material) -> Iterator[Finding]:
    """Find characters that people do not see, once for each kind and file."""
    for text in material.written:
        yield from _hidden(text)


def _hidden(text: AgentText) -> Iterator[Finding]:
    hiding, without_width = None, None
    for number, written in enumerate(text.lines, start=1):
        if written.isascii():
            continue
        line = _FLAG.sub(lambda match: "x" * len(match[0]), written)
        hiding = hiding or _found(_HIDING, line, number)
        without_width = without_width or _found(_NO_WIDTH, line, number)
    if hiding:
        character, line_number, column = hiding
        yield complaint(
            "hidden-text",
            text.at(line_number, column),
            f"here stands {_called(character)}: models read what it hides from people",
            "delete it, and look at what stands around it",
        )
    if without_width:
        character, line_number, column = without_width
        yield complaint(
            "invisible-character",
            text.at(line_number, column),
            f"here stands {_called(character)}, which nobody sees and which parts words for choosers",
            "delete it",
        )


def _found(pattern: re.Pattern[str], line: str, number: int) -> tuple[str, int, int] | None:
    for match in pattern.finditer(line):
        if not _joins(line, match.start()):
            return match[0], number, match.start() + 1
    return None


def _joins(line: str, place: int) -> bool:
    """Whether a joiner does its work: between the parts of an emoji, or within a word of a script that has it."""
    before, after = line[:place].rstrip("\ufe0f")[-1:], line[place + 1 : place + 2]
    return line[place] in _JOINERS and bool(before) and not before.isascii() and bool(after) and not after.isascii()


def _called(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a tag character').lower()})"


def _ends_with_space(text: AgentText, line: int) -> bool:
    written = text.lines[line - 1]
    return written != written.rstrip(" \t") and bool(written.strip())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _other_meaning(value: str) -> str:
    plain = value.partition(" #")[0].strip()
    if plain.lower() in _WORDS:
        return "a truth value"
    if _DATE.fullmatch(plain):
        return "a date"
    if _SEXAGESIMAL.fullmatch(plain) or _OCTAL.fullmatch(plain):
        return "a number to another base"
    return ""
