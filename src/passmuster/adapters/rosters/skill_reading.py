"""One ``SKILL.md`` as Claude Code reads it, and as the open specification of skills does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from passmuster.adapters.rosters.agent_files import AgentFile, Unread, read_content
from passmuster.adapters.rosters.front_matter import FrontMatter, read_front_matter
from passmuster.adapters.rosters.read_files import (
    Objection,
    ReadFile,
    leniency,
    text_of,
    too_large,
    unread,
    warning,
    with_agent,
    without_agent,
)
from passmuster.domain.agents import HostVerdict, StrictVerdict
from passmuster.domain.findings import Finding
from passmuster.domain.values import SourceLocation

SHOWN_CHARACTERS = 1_536
"""How much of the description and of ``when_to_use`` the model is shown; 250 before version 2.1.105."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = {"name": 64, "description": 1_024, "compatibility": 500}
_OPEN_KEYS = frozenset({"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
_PARAGRAPHS = re.compile(r"\n[ \t]*\n")


def read_skill(file: AgentFile) -> ReadFile:
    """Read one skill; nothing that is in it makes this raise."""
    content = read_content(file)
    if isinstance(content, Unread):
        return unread(file, content)
    front = read_front_matter(content, path=file.shown)
    expanding = too_large(front)
    if expanding is not None:
        return without_agent(file, front.strict, None, expanding)
    folder = file.path.parent.name
    fields = front.fields or {}
    bare = text_of(fields, "name").strip() or folder
    name = bare if file.plugin is None else f"{file.plugin}:{bare}"
    hidden = fields.get("disable-model-invocation")
    if hidden is True:
        reason = "disable-model-invocation leaves it to people to call it"
        line = front.lines.get("disable-model-invocation")
        objection = Objection(host=HostVerdict.NOT_OFFERED, reason=reason, remedy="delete the field", line=line)
        return without_agent(file, front.strict, name, objection)
    return _loaded(file, front, name=name, folder=folder)


def _loaded(file: AgentFile, front: FrontMatter, *, name: str, folder: str) -> ReadFile:
    whole, is_made_up = _description(front)
    read = with_agent(file, front, name=name, description=_cut(whole), tools=None, own=("name", "when_to_use"))
    source = SourceLocation(path=file.shown, line=front.lines.get("name"))
    violations = tuple(_violations(front, folder))
    findings = [_off_specification(name, violation, source) for violation in violations]
    if len(whole) > SHOWN_CHARACTERS:
        message = f"the host shows {SHOWN_CHARACTERS:,} of the {len(whole):,} characters that describe {name!r}"
        at = replace(source, line=front.lines.get("description"))
        findings.append(warning("truncated-description", message, "say what matters first, and less", at))
    host, reasons = _host_verdict(front, is_made_up=is_made_up)
    reasons += [f"the open specification refuses it: {violation}" for violation in violations[:1]]
    verdict = replace(
        read.verdict,
        location=SourceLocation(path=file.shown, line=front.line),
        strict=StrictVerdict.INVALID if violations and front.strict is StrictVerdict.VALID else front.strict,
        host=host,
        reason="; ".join(reasons),
    )
    remedy = "write description: and when to use the skill" if is_made_up else read.remedy
    return replace(read, verdict=verdict, findings=tuple(findings), remedy=remedy)


def _host_verdict(front: FrontMatter, *, is_made_up: bool) -> tuple[HostVerdict, list[str]]:
    if is_made_up:
        why = front.problem or "the front matter has none"
        return HostVerdict.PLACEHOLDER, [f"the host makes up a description: {why}"]
    if front.strict is StrictVerdict.INVALID:
        return HostVerdict.LENIENT, [leniency(front)]
    return HostVerdict.LOADED, []


def _description(front: FrontMatter) -> tuple[str, bool]:
    """Return what describes the skill, uncut, and whether the host has made it up."""
    fields = front.fields or {}
    when = text_of(fields, "when_to_use")
    own = text_of(fields, "description")
    described = own or _PARAGRAPHS.split(front.body.strip(), maxsplit=1)[0]
    return (f"{described} - {when}" if when else described), not own


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _violations(front: FrontMatter, folder: str) -> Iterator[str]:
    """Yield what the open specification refuses."""
    if front.fields is None or front.strict is not StrictVerdict.VALID:
        yield front.problem or "there is no front matter"
        return
    yield from _name_violations(front.fields, folder)
    if not text_of(front.fields, "description"):
        yield "there is no description"
    for key, longest in _LONGEST.items():
        length = len(text_of(front.fields, key))
        if length > longest:
            yield f"{key} has {length:,} characters, and {longest:,} are allowed"
    metadata = front.fields.get("metadata")
    if metadata is not None and not _is_text_map(metadata):
        yield "metadata is no mapping of texts"
    unknown = [key for key in front.fields if key not in _OPEN_KEYS]
    if unknown:
        yield f"the field {unknown[0]!r} is not part of it"


def _name_violations(fields: Mapping[str, object], folder: str) -> Iterator[str]:
    name = text_of(fields, "name")
    if not name:
        yield "there is no name"
    elif not _NAME.fullmatch(name):
        yield f"the name {name!r} has more than small letters, digits and single hyphens between them"
    elif name != folder:
        yield f"the name {name!r} is not that of its folder, {folder!r}"


def _is_text_map(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(inner, str) for inner in value.values())


def _off_specification(name: str, violation: str, source: SourceLocation) -> Finding:
    message = f"the skill {name!r} is not as the open specification wants it: {violation}"
    return warning("skill-specification", message, "other products may refuse it; correct it there", source)
