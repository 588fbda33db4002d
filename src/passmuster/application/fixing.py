"""Mending how agent files are written, where that cannot change what they mean.

Nothing here is believed by itself: whoever applies a fix loads the roster before and after, and compares.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from functools import partial

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.domain.agents import AgentDefinition, HostVerdict
from passmuster.domain.values import Fingerprint, fingerprint_of

_ONE_LINE_ENTRY = re.compile(r"([A-Za-z_-]+:[ \t]+)(\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """One file, mended.

    Attributes:
        path: The file, as findings name it.
        before: Its text.
        after: The same, mended.
        rules: Whose findings are gone then.
    """

    path: str
    before: str
    after: str
    rules: tuple[str, ...]

    @property
    def difference(self) -> str:
        """What changes, line by line; marks and line ends that nobody sees are written out."""
        before, after = (_visible(text).splitlines(keepends=True) for text in (self.before, self.after))
        lines = unified_diff(before, after, fromfile=self.path, tofile=self.path, n=1)
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def proposed_fixes(material: Material, is_strict: Callable[[str], bool]) -> Iterator[Fix]:
    """Propose a fix for every file that has something to mend, in order of path.

    Args:
        material: The roster and its files.
        is_strict: Whether one line is strict YAML by itself.
    """
    loose = {verdict.location.path for verdict in material.roster.files if verdict.host is HostVerdict.LENIENT}
    loaded = {verdict.location.path for verdict in material.roster.files if verdict.host.is_loaded}
    for path in sorted(loaded & material.texts.keys()):
        fix = _fix(material.texts[path], partial(_quoted, is_strict) if path in loose else str)
        if fix.after != fix.before:
            yield fix


def meaning_of(agent: AgentDefinition) -> Fingerprint:
    """Return the fingerprint of all that a host gets out of a file; not of its places."""
    examples = [[item.context, item.user, item.assistant, item.commentary, item.agent] for item in agent.examples]
    return fingerprint_of([agent.fingerprint, examples])


def _fix(text: AgentText, quote: Callable[[str], str]) -> Fix:
    after, rules = text.text, []
    if after.startswith("\ufeff"):
        after = after.removeprefix("\ufeff")
        rules.append("byte-order-mark")
    if "\r\n" in after:
        after = after.replace("\r\n", "\n")
        rules.append("carriage-return")
    # In this order: spaces at the end of a value are a part of it to the host, once it puts quotes around it.
    for rule, mend in (("not-strict-yaml", quote), ("trailing-space", _trimmed)):
        lines = after.split("\n")
        first, last = 1, max(text.end_of_front_matter - 1, 1)
        mended = [mend(line) for line in lines[first:last]]
        if mended != lines[first:last]:
            after = "\n".join([*lines[:first], *mended, *lines[last:]])
            rules.append(rule)
    return Fix(path=text.path, before=text.text, after=after, rules=tuple(rules))


def _trimmed(line: str) -> str:
    """Take the spaces from the end of a field; lines within a block of text keep theirs."""
    carriage = "\r" if line.endswith("\r") else ""
    return line.rstrip(" \t\r") + carriage if line[:1].isalpha() else line


def _quoted(is_strict: Callable[[str], bool], line: str) -> str:
    """Put a value in double quotes that strict YAML cannot read, as the host does in its second pass."""
    match = _ONE_LINE_ENTRY.fullmatch(line)
    if match is None or is_strict(line):
        return line
    key, value = match.groups()
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}"{escaped}"'


def _visible(text: str) -> str:
    return text.replace("\ufeff", "<byte order mark>").replace("\r\n", "<carriage return>\n")
