"""One agent file as the host reads it: an agent, or the reason why there is none.

Outside plugins the host passes over files without a name, and drops those that it cannot use. Files of plugins never
vanish: what is missing is made up from the file's name and the plugin's.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from passmuster.adapters.rosters.agent_files import AgentFile, Unread, read_content
from passmuster.adapters.rosters.examples import ends_within_example, lines_of_examples, read_examples
from passmuster.adapters.rosters.front_matter import FIRST_LINE, FrontMatter, read_front_matter, scalar_text
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation

MAXIMUM_NODES = 10_000
"""Front matter with more values is refused; aliases count as what they stand for."""

_OWN_FIELDS = frozenset({"name", "description", "tools", "model"})
# Lines of a description that was not indented; each of them looks like a field.
_STRAY_FIELDS = frozenset({"user", "assistant", "context", "commentary", "example", "examples"})
_DOCUMENTATION = frozenset({"readme", "license", "licence", "changelog", "contributing"})
_TOOL_MARK = re.compile(r"[,()]")

_FENCES = "begin the file with a line '---', then name, description and another line '---'"
_QUOTE_IT = "put the text in quotes, or write 'description: |' with the text indented below it"
_BLOCK_IT = "write 'description: |' and indent every line of the text below it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """How one file fared.

    Attributes:
        verdict: What becomes of it, as long as no other file has its name.
        agent: The agent in it, still without examples; ``None`` if there is none.
        plugin: The plugin that it belongs to.
        findings: Complaints about an agent that is loaded nevertheless.
        remedy: What to do about a file that is not loaded.
        lines: The lines on which the description's examples begin.
    """

    verdict: FileVerdict
    agent: AgentDefinition | None = None
    plugin: str | None = None
    findings: tuple[Finding, ...] = ()
    remedy: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Objection:
    """Why the host makes no agent of what it read."""

    host: HostVerdict
    reason: str
    remedy: str
    line: int | None


def read_agent_file(file: AgentFile) -> ReadFile:
    """Read one file; nothing that is in it makes this raise."""
    content = read_content(file)
    if isinstance(content, Unread):
        unread = _Objection(host=HostVerdict.REFUSED, reason=content.reason, remedy="put a text file here", line=None)
        return _refused(file, StrictVerdict.INVALID, None, unread)
    front = read_front_matter(content, path=file.shown)
    if file.plugin is not None:
        return _of_plugin(file, front, file.plugin)
    name = _name(front)
    objection = _unreadable(front) or _nameless(front, name) or _useless(front)
    if objection is not None:
        return _refused(file, front.strict, AgentName(name) if name else None, objection)
    return _loaded(file, front, name=name, description=_description(front))


def with_examples(read: ReadFile, agent: AgentDefinition, known: Mapping[str, AgentName]) -> AgentDefinition:
    """Add the examples, now that the roster's names are known."""
    examples = read_examples(agent.description, own_name=agent.name, known=known, lines=read.lines)
    return replace(agent, examples=examples)


def _of_plugin(file: AgentFile, front: FrontMatter, plugin: str) -> ReadFile:
    stem = os.fsencode(file.path.stem).decode("utf-8", "replace")
    if front.strict is StrictVerdict.NO_FRONT_MATTER and stem.lower() in _DOCUMENTATION:
        documentation = _Objection(host=HostVerdict.NOT_AN_AGENT, reason=front.problem, remedy=_FENCES, line=front.line)
        return _refused(file, front.strict, None, documentation)
    too_large = _too_large(front)
    if too_large is not None:
        return _refused(file, front.strict, None, too_large)
    own = _name(front)
    bare = stem if not own or own.startswith("-") or ":" in own else own
    name = ":".join((plugin, *file.subfolders, bare))
    description = _description(front)
    if description:
        return _loaded(file, front, name=name, description=description)
    objection = _unreadable(front)
    reason = f"the host makes up a description: {objection.reason if objection else 'the front matter has none'}"
    read = _loaded(file, front, name=name, description=f"Agent from {plugin} plugin")
    verdict = replace(
        read.verdict,
        host=HostVerdict.PLACEHOLDER,
        reason=reason,
        location=SourceLocation(path=file.shown, line=objection.line if objection else front.lines.get("name")),
    )
    return replace(read, verdict=verdict, remedy=objection.remedy if objection else _QUOTE_IT)


def _unreadable(front: FrontMatter) -> _Objection | None:
    if front.strict is StrictVerdict.NO_FRONT_MATTER:
        return _Objection(host=HostVerdict.NOT_AN_AGENT, reason=front.problem, remedy=_FENCES, line=front.line)
    if front.fields is None:
        reason = f"the front matter cannot be read, not even leniently: {front.problem}"
        return _Objection(host=HostVerdict.REFUSED, reason=reason, remedy=_QUOTE_IT, line=front.line)
    return _too_large(front)


def _too_large(front: FrontMatter) -> _Objection | None:
    if _nodes(front.fields) <= MAXIMUM_NODES:
        return None
    reason = f"the front matter holds more than {MAXIMUM_NODES:,} values"
    return _Objection(host=HostVerdict.REFUSED, reason=reason, remedy="write less there", line=FIRST_LINE)


def _nameless(front: FrontMatter, name: str) -> _Objection | None:
    line = front.lines.get("name")
    if not name:
        reason = "the front matter has no name, so the host takes it for documentation"
        return _Objection(host=HostVerdict.NOT_AN_AGENT, reason=reason, remedy="write name: and a word", line=line)
    if name.startswith("-") or ":" in name:
        reason = f"the name {name!r} begins with a hyphen or holds a colon, which the host refuses"
        return _Objection(host=HostVerdict.REFUSED, reason=reason, remedy="use letters, digits, hyphens", line=line)
    return None


def _useless(front: FrontMatter) -> _Objection | None:
    if not _description(front):
        line = front.lines.get("description") or front.lines.get("name")
        reason = "there is a name but no description, so the host drops the agent without a word"
        return _Objection(host=HostVerdict.REFUSED, reason=reason, remedy="write when to use the agent", line=line)
    if isinstance((front.fields or {}).get("hooks"), list):
        reason = "hooks is a list, and the host drops such an agent without a word"
        remedy = "write hooks as a mapping, or leave the field out"
        return _Objection(host=HostVerdict.REFUSED, reason=reason, remedy=remedy, line=front.lines.get("hooks"))
    return None


def _refused(file: AgentFile, strict: StrictVerdict, name: AgentName | None, objection: _Objection) -> ReadFile:
    verdict = FileVerdict(
        location=SourceLocation(path=file.shown, line=objection.line),
        name=name,
        strict=strict,
        host=objection.host,
        reason=objection.reason,
    )
    return ReadFile(verdict=verdict, plugin=file.plugin, remedy=objection.remedy)


def _loaded(file: AgentFile, front: FrontMatter, *, name: str, description: str) -> ReadFile:
    fields = front.fields or {}
    agent = AgentDefinition(
        name=AgentName(name),
        description=description,
        instructions=front.body,
        tools=_tools(fields),
        model=scalar_text(fields.get("model")),
        metadata={key: value for key, value in fields.items() if key not in _OWN_FIELDS},
        source=SourceLocation(path=file.shown, line=front.lines.get("name")),
    )
    is_valid = front.strict is StrictVerdict.VALID
    verdict = FileVerdict(
        location=SourceLocation(path=file.shown, line=front.line),
        name=agent.name,
        strict=front.strict,
        host=HostVerdict.LOADED if is_valid else HostVerdict.LENIENT,
        reason="" if is_valid else _leniency(front),
    )
    line = front.lines.get("description", FIRST_LINE)
    written = "\n".join(front.text.split("\n")[line - FIRST_LINE :])
    return ReadFile(
        verdict=verdict,
        agent=agent,
        plugin=file.plugin,
        findings=tuple(_complaints(agent, front)),
        lines=lines_of_examples(written, first_line=line),
    )


def _leniency(front: FrontMatter) -> str:
    how = "puts values in quotes" if front.is_requoted else "puts replacement characters there"
    return f"a strict parser refuses it: {front.problem}; the host {how} and loads it"


def _complaints(agent: AgentDefinition, front: FrontMatter) -> list[Finding]:
    findings = []
    start = front.lines.get("description", 0)
    stray = [key for key, line in front.lines.items() if key.lower() in _STRAY_FIELDS and line > start]
    if stray:
        message = f"the description of {agent.name!r} is cut off: the host takes {stray[0]!r} for another field"
        findings.append(_warning("truncated-description", message, _BLOCK_IT, agent, front.lines[stray[0]]))
    elif ends_within_example(agent.description):
        message = f"the description of {agent.name!r} ends within an example: its last <example> is never closed"
        findings.append(_warning("truncated-description", message, "write </example> after it", agent, start or None))
    tools = (front.fields or {}).get("tools")
    if front.is_requoted and isinstance(tools, str) and tools.startswith("["):
        message = f"the tools of {agent.name!r} are one text to the host, which puts them in quotes: {tools[:60]!r}"
        hint = "put the description in quotes, so that the front matter is valid YAML"
        findings.append(_warning("requoted-tools", message, hint, agent, front.lines["tools"]))
    return findings


def _warning(rule: str, message: str, hint: str, agent: AgentDefinition, line: int | None) -> Finding:
    location = replace(agent.source, line=line) if agent.source else None
    return Finding(rule=rule, severity=Severity.WARNING, message=message, hint=hint, location=location)


def _name(front: FrontMatter) -> str:
    return (scalar_text((front.fields or {}).get("name")) or "").strip()


def _description(front: FrontMatter) -> str:
    """Return the description as it is; empty if it is blank or no text."""
    description = scalar_text((front.fields or {}).get("description")) or ""
    return description if description.strip() else ""


def _tools(fields: Mapping[str, object]) -> tuple[str, ...] | None:
    """Return the tools: an absent field means all of them, an empty one none."""
    if "tools" not in fields:
        return None
    tools = fields["tools"]
    written = tools if isinstance(tools, list) else _split_tools(scalar_text(tools) or "")
    return tuple(text for tool in written if (text := (scalar_text(tool) or "").strip()))


def _split_tools(text: str) -> list[str]:
    """Split at commas, but not within parentheses: ``Read, Agent(x, y)`` is two tools."""
    pieces, start, depth = [], 0, 0
    for mark in _TOOL_MARK.finditer(text):
        if mark[0] == "," and depth == 0:
            pieces.append(text[start : mark.start()])
            start = mark.end()
        elif mark[0] != ",":
            depth = max(0, depth + (1 if mark[0] == "(" else -1))
    return [*pieces, text[start:]]


def _nodes(value: object) -> int:
    """Count the values in plain data, but no further than the maximum."""
    waiting, count = [value], 0
    while waiting and count <= MAXIMUM_NODES:
        count += 1
        last = waiting.pop()
        if isinstance(last, Mapping):
            waiting.extend(last.values())
        elif isinstance(last, list):
            waiting.extend(last)
    return count
