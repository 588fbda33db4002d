"""How one file fared, whatever the host, and what all hosts' readers share."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from passmuster.adapters.rosters.agent_files import AgentFile, Unread
from passmuster.adapters.rosters.examples import lines_of_examples, read_examples
from passmuster.adapters.rosters.front_matter import FIRST_LINE, FrontMatter, scalar_text
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation

MAXIMUM_NODES = 10_000
"""Front matter with more values is refused; aliases count as what they stand for."""

_TOOL_MARK = re.compile(r"[,()]")


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
class Objection:
    """Why the host makes no agent of what it read.

    Attributes:
        host: What it makes of it instead.
        reason: Why, in a clause.
        remedy: What to do about it.
        line: The line that decided, where one did.
    """

    host: HostVerdict
    reason: str
    remedy: str
    line: int | None = None


def without_agent(file: AgentFile, strict: StrictVerdict, name: str | None, objection: Objection) -> ReadFile:
    """Return the fate of a file that no agent comes out of."""
    verdict = FileVerdict(
        location=SourceLocation(path=file.shown, line=objection.line),
        name=AgentName(name) if name else None,
        strict=strict,
        host=objection.host,
        reason=objection.reason,
    )
    return ReadFile(verdict=verdict, plugin=file.plugin, remedy=objection.remedy)


def unread(file: AgentFile, why: Unread) -> ReadFile:
    """Return the fate of a file that cannot be read, or must not be."""
    objection = Objection(host=HostVerdict.REFUSED, reason=why.reason, remedy=why.remedy)
    return without_agent(file, StrictVerdict.INVALID, None, objection)


def with_agent(
    file: AgentFile,
    front: FrontMatter,
    *,
    name: str,
    description: str,
    tools: tuple[str, ...] | None,
    own: Collection[str],
) -> ReadFile:
    """Return the fate of a file whose agent is loaded, leniently where a strict parser refuses its front matter.

    Args:
        file: Where it is.
        front: What it holds.
        name: What the host calls the agent.
        description: What the host takes for its description.
        tools: Its tools; ``None`` for all.
        own: Fields that are no metadata, beside description and model.
    """
    fields = front.fields or {}
    known = {"description", "model", *own}
    agent = AgentDefinition(
        name=AgentName(name),
        description=description,
        instructions=front.body,
        tools=tools,
        model=scalar_text(fields.get("model")),
        metadata={key: value for key, value in fields.items() if key not in known},
        source=SourceLocation(path=file.shown, line=front.lines.get("name")),
    )
    is_lenient = front.strict is StrictVerdict.INVALID
    verdict = FileVerdict(
        location=SourceLocation(path=file.shown, line=front.line if is_lenient else None),
        name=agent.name,
        strict=front.strict,
        host=HostVerdict.LENIENT if is_lenient else HostVerdict.LOADED,
        reason=leniency(front) if is_lenient else "",
    )
    return ReadFile(
        verdict=verdict, agent=agent, plugin=file.plugin, remedy=byte_remedy(front), lines=example_lines(front)
    )


def with_examples(read: ReadFile, agent: AgentDefinition, known: Mapping[str, AgentName]) -> AgentDefinition:
    """Add the examples, now that the roster's names are known."""
    examples = read_examples(agent.description, own_name=agent.name, known=known, lines=read.lines)
    return replace(agent, examples=examples)


def example_lines(front: FrontMatter) -> tuple[int, ...]:
    """Return the lines on which the examples of a description begin."""
    line = front.lines.get("description", FIRST_LINE)
    written = "\n".join(front.text.split("\n")[line - FIRST_LINE :])
    return lines_of_examples(written, first_line=line)


def too_large(front: FrontMatter) -> Objection | None:
    """Return an objection to front matter that expands beyond :data:`MAXIMUM_NODES`."""
    if _nodes(front.fields) <= MAXIMUM_NODES:
        return None
    reason = f"the front matter holds more than {MAXIMUM_NODES:,} values"
    return Objection(host=HostVerdict.REFUSED, reason=reason, remedy="write less there", line=FIRST_LINE)


def leniency(front: FrontMatter) -> str:
    """Return what a host bears with that a strict parser refuses."""
    how = "puts values in quotes" if front.is_requoted else "puts replacement characters there"
    return f"a strict parser refuses it: {front.problem}; the host {how} and loads it"


def byte_remedy(front: FrontMatter) -> str:
    """Return what to do about a file that is loaded although its bytes are no text; empty where they are."""
    return "save it as UTF-8" if front.strict is StrictVerdict.INVALID and not front.is_requoted else ""


def text_of(fields: Mapping[str, object], key: str) -> str:
    """Return a field as text; empty if it is absent, blank, a list or a mapping."""
    text = scalar_text(fields.get(key)) or ""
    return text if text.strip() else ""


def tools_of(fields: Mapping[str, object], key: str = "tools") -> tuple[str, ...] | None:
    """Return a list of tools, or a text with commas: an absent field means all of them, an empty one none."""
    if key not in fields:
        return None
    tools = fields[key]
    written = tools if isinstance(tools, list) else _split_tools(scalar_text(tools) or "")
    return tuple(text for tool in written if (text := (scalar_text(tool) or "").strip()))


def warning(rule: str, message: str, hint: str, location: SourceLocation | None) -> Finding:
    """Warn about an agent that is loaded nevertheless."""
    return Finding(rule=rule, severity=Severity.WARNING, message=message, hint=hint, location=location)


def ignored(agent: AgentDefinition, keys: Mapping[str, int], why: str) -> tuple[Finding, ...]:
    """Warn about fields that the host passes over, each at its line."""
    return tuple(
        warning(
            "ignored-field",
            f"the field {key!r} of {agent.name!r} has no effect: {why}",
            "delete it, or say in the instructions what it is to bring about",
            replace(agent.source, line=line) if agent.source else None,
        )
        for key, line in keys.items()
    )


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
