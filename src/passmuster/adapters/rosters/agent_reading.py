"""One agent file as the host reads it: an agent, or the reason why there is none.

Outside plugins the host passes over files without a name, and drops those that it cannot use. Files of plugins never
vanish: what is missing is made up from the file's name and the plugin's.
"""

import os
from dataclasses import replace

from passmuster.adapters.rosters.agent_files import AgentFile, Unread, read_content
from passmuster.adapters.rosters.examples import ends_within_example
from passmuster.adapters.rosters.front_matter import FrontMatter, read_front_matter, scalar_text
from passmuster.adapters.rosters.read_files import (
    Objection,
    ReadFile,
    ignored,
    text_of,
    too_large,
    tools_of,
    unread,
    warning,
    with_agent,
    without_agent,
)
from passmuster.domain.agents import AgentDefinition, HostVerdict, StrictVerdict
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation

# Lines of a description that was not indented; each of them looks like a field.
_STRAY_FIELDS = frozenset({"user", "assistant", "context", "commentary", "example", "examples"})
_DOCUMENTATION = frozenset({"readme", "license", "licence", "changelog", "contributing"})
_IGNORED_IN_PLUGINS = ("permissionMode", "mcpServers", "hooks")

_FENCES = "begin the file with a line '---', then name, description and another line '---'"
_QUOTE_IT = "put the text in quotes, or write 'description: |' with the text indented below it"
_DESCRIBE = "write description: and when to use the agent"
_BLOCK_IT = "write 'description: |' and indent every line of the text below it"


def read_agent_file(file: AgentFile) -> ReadFile:
    """Read one file; nothing that is in it makes this raise."""
    content = read_content(file)
    if isinstance(content, Unread):
        return unread(file, content)
    front = read_front_matter(content, path=file.shown)
    if file.plugin is not None:
        return _of_plugin(file, front, file.plugin)
    name = _name(front)
    objection = _unreadable(front) or _nameless(front, name) or _useless(front)
    if objection is not None:
        return without_agent(file, front.strict, name, objection)
    return _loaded(file, front, name=name, description=text_of(front.fields or {}, "description"))


def is_refused(name: str) -> bool:
    """Whether the host refuses an agent's name."""
    return name.startswith("-") or ":" in name


def _of_plugin(file: AgentFile, front: FrontMatter, plugin: str) -> ReadFile:
    stem = os.fsencode(file.path.stem).decode("utf-8", "replace")
    if front.strict is StrictVerdict.NO_FRONT_MATTER and stem.lower() in _DOCUMENTATION:
        documentation = Objection(host=HostVerdict.NOT_AN_AGENT, reason=front.problem, remedy=_FENCES, line=front.line)
        return without_agent(file, front.strict, None, documentation)
    expanding = too_large(front)
    if expanding is not None:
        return without_agent(file, front.strict, None, expanding)
    own = _name(front)
    bare = stem if not own or is_refused(own) else own
    name = ":".join((plugin, *file.subfolders, bare))
    description = text_of(front.fields or {}, "description")
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
    return replace(read, verdict=verdict, remedy=objection.remedy if objection else _DESCRIBE)


def _unreadable(front: FrontMatter) -> Objection | None:
    if front.strict is StrictVerdict.NO_FRONT_MATTER:
        return Objection(host=HostVerdict.NOT_AN_AGENT, reason=front.problem, remedy=_FENCES, line=front.line)
    if front.fields is None:
        reason = f"the front matter cannot be read, not even leniently: {front.problem}"
        return Objection(host=HostVerdict.REFUSED, reason=reason, remedy=front.remedy or _QUOTE_IT, line=front.line)
    return too_large(front)


def _nameless(front: FrontMatter, name: str) -> Objection | None:
    line = front.lines.get("name")
    if not name:
        reason = "the front matter has no name, so the host takes it for documentation"
        return Objection(host=HostVerdict.NOT_AN_AGENT, reason=reason, remedy="write name: and a word", line=line)
    if is_refused(name):
        reason = f"the name {name!r} begins with a hyphen or holds a colon, which the host refuses"
        return Objection(host=HostVerdict.REFUSED, reason=reason, remedy="use letters, digits, hyphens", line=line)
    return None


def _useless(front: FrontMatter) -> Objection | None:
    if not text_of(front.fields or {}, "description"):
        line = front.lines.get("description") or front.lines.get("name")
        reason = "there is a name but no description, so the host drops the agent without a word"
        return Objection(host=HostVerdict.REFUSED, reason=reason, remedy=_DESCRIBE, line=line)
    if isinstance((front.fields or {}).get("hooks"), list):
        reason = "hooks is a list, and the host drops such an agent without a word"
        remedy = "write hooks as a mapping, or leave the field out"
        return Objection(host=HostVerdict.REFUSED, reason=reason, remedy=remedy, line=front.lines.get("hooks"))
    return None


def _loaded(file: AgentFile, front: FrontMatter, *, name: str, description: str) -> ReadFile:
    tools = tools_of(front.fields or {})
    read = with_agent(file, front, name=name, description=description, tools=tools, own=("name", "tools"))
    return replace(read, findings=tuple(_complaints(read.agent, front, plugin=file.plugin)) if read.agent else ())


def _complaints(agent: AgentDefinition, front: FrontMatter, *, plugin: str | None) -> list[Finding]:
    findings: list[Finding] = []
    start = front.lines.get("description", 0)
    stray = [key for key, line in front.lines.items() if key.lower() in _STRAY_FIELDS and line > start]
    if stray:
        message = f"the description of {agent.name!r} is cut off: the host takes {stray[0]!r} for another field"
        findings.append(warning("truncated-description", message, _BLOCK_IT, _at(agent, front.lines[stray[0]])))
    elif ends_within_example(agent.description):
        message = f"the description of {agent.name!r} ends within an example: its last <example> is never closed"
        findings.append(
            warning("truncated-description", message, "write </example> after it", _at(agent, start or None))
        )
    tools = (front.fields or {}).get("tools")
    if front.is_requoted and isinstance(tools, str) and tools.startswith("["):
        message = f"the tools of {agent.name!r} are one text to the host, which puts them in quotes: {tools[:60]!r}"
        hint = "put the description in quotes, so that the front matter is valid YAML"
        findings.append(warning("requoted-tools", message, hint, _at(agent, front.lines["tools"])))
    if plugin is not None:
        lines = {key: front.lines[key] for key in _IGNORED_IN_PLUGINS if key in front.lines}
        findings.extend(ignored(agent, lines, "the host passes over it in plugins"))
    return findings


def _at(agent: AgentDefinition, line: int | None) -> SourceLocation | None:
    return replace(agent.source, line=line) if agent.source else None


def _name(front: FrontMatter) -> str:
    return (scalar_text((front.fields or {}).get("name")) or "").strip()
