"""What OpenCode knows of one agent from one place, and what becomes of all places together."""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from passmuster.adapters.rosters.agent_files import MAXIMUM_BYTES, AgentFile, Unread, confined_file, read_content
from passmuster.adapters.rosters.built_in import OPENCODE
from passmuster.adapters.rosters.front_matter import SPECIAL_TO_OPENCODE, scalar_text
from passmuster.adapters.rosters.gathering import Duplicates, duplicate_agent
from passmuster.adapters.rosters.read_files import ReadFile, text_of, warning
from passmuster.adapters.rosters.strict_reading import read_strictly
from passmuster.documents import Document
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.findings import Finding
from passmuster.domain.values import AgentName, SourceLocation

_MODES = ("primary", "subagent", "all")
_OWN_FIELDS = frozenset({"name", "description", "prompt", "model"})
_FILE_REFERENCE = re.compile(r"\{file:([^{}]{1,1000})\}")
_PERMISSIONS = "permission"
# What an entry is laid over that bears the name of an agent which the host brings.
_OF_THE_HOST: Mapping[str, Mapping[str, object]] = {
    "build": {"mode": "primary"},
    "plan": {"mode": "primary"},
    **{agent.name: {"mode": "subagent", "description": agent.description} for agent in OPENCODE},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An agent, or a part of it, as one place has it.

    Attributes:
        name: What the host calls it; empty for settings that hold for all agents.
        fields: What is said there; the instructions are ``prompt``.
        verdict: How the place fares, as long as nothing is laid over it.
        lines: The lines of the examples.
        is_file: Whether it is a file of its own.
        findings: Complaints.
        level: The level on which it is, counted from the weakest.
    """

    name: str
    fields: Mapping[str, object]
    verdict: FileVerdict
    lines: tuple[int, ...] = ()
    is_file: bool = False
    findings: tuple[Finding, ...] = ()
    level: int = 0


@dataclass(slots=True, kw_only=True)
class Layers:
    """Entries laid over one another, the weakest first.

    Attributes:
        caller: The agent that chooses.
        duplicates: What two files of one name on one level are.
        findings: Complaints about entries.
    """

    caller: str
    duplicates: Duplicates
    findings: list[Finding] = field(default_factory=list)
    _fields: dict[str, dict[str, object]] = field(default_factory=dict)
    _entries: dict[str, list[Entry]] = field(default_factory=dict)
    _failed: list[ReadFile] = field(default_factory=list)

    def lay(self, found: Entry | ReadFile, *, level: int) -> None:
        """Lay what was found on a level over what is there."""
        if isinstance(found, ReadFile):
            self._failed.append(found)
            return
        self.findings.extend(found.findings)
        self._fields[found.name] = _merged(self._fields.get(found.name, {}), found.fields)
        if found.name:
            self._note(replace(found, level=level))

    def agents(self) -> list[ReadFile]:
        """Return each agent, and what came of files that could not be read."""
        own = [self._read(name, entries) for name, entries in self._entries.items()]
        return sorted([*own, *self._failed], key=lambda read: read.verdict.location.path)

    def covered(self) -> list[ReadFile]:
        """Return the fate of entries that others are laid over."""
        return [
            ReadFile(verdict=replace(lower.verdict, host=HostVerdict.SHADOWED, reason=_covering(entries[-1])))
            for entries in self._entries.values()
            for lower in entries[:-1]
        ]

    def offers(self, name: str) -> bool:
        """Whether the calling agent is offered an agent of that name."""
        fields = self._fields.get(name, {})
        return fields.get("disable") is not True and self._action(name) != "deny"

    def _note(self, found: Entry) -> None:
        entries = self._entries.setdefault(found.name, [])
        same = [other for other in entries if other.is_file and found.is_file and other.level == found.level]
        if same:
            path = same[-1].verdict.location.path
            self.findings.append(duplicate_agent(found.name, path, found.verdict.location, self.duplicates))
        entries.append(found)

    def _read(self, name: str, entries: list[Entry]) -> ReadFile:
        fields, last = _merged(_OF_THE_HOST.get(name, {}), self._fields[name]), entries[-1]
        verdict = self._judged(name, fields, last.verdict)
        if not verdict.host.is_loaded:
            return ReadFile(verdict=verdict, remedy="correct the agent's settings")
        agent = AgentDefinition(
            name=AgentName(name),
            description=text_of(fields, "description"),
            instructions=text_of(fields, "prompt").strip(),
            tools=_tools(fields.get("tools")),
            model=scalar_text(fields.get("model")),
            metadata={key: value for key, value in fields.items() if key not in _OWN_FIELDS},
            source=last.verdict.location,
        )
        return ReadFile(verdict=verdict, agent=agent, lines=last.lines)

    def _judged(self, name: str, fields: Mapping[str, object], verdict: FileVerdict) -> FileVerdict:
        if not verdict.host.is_loaded:
            return verdict
        mode = fields.get("mode", "all")
        if mode not in _MODES:
            reason = f"the mode {mode!r} is none of {', '.join(_MODES)}, and the host refuses that"
            return replace(verdict, host=HostVerdict.REFUSED, reason=reason)
        reasons = {
            "disable: true switches it off": fields.get("disable") is True,
            "its mode is primary, so it is started by people only": mode == "primary",
            f"permission.task of {self.caller!r} denies it": self._action(name) == "deny",
        }
        unoffered = next((reason for reason, holds in reasons.items() if holds), None)
        if unoffered is not None:
            return replace(verdict, host=HostVerdict.NOT_OFFERED, reason=unoffered)
        if not text_of(fields, "description"):
            reason = "without a description the host says that it is to be called by people only"
            return replace(verdict, host=HostVerdict.PLACEHOLDER, reason=reason)
        return verdict

    def _action(self, name: str) -> str:
        """Return what the last rule says that fits; the caller's own come after those for all agents."""
        action = "allow"
        for whose in ("", self.caller):
            for pattern, said in _task_rules(self._fields.get(whose, {}).get(_PERMISSIONS)):
                if _matches(pattern, name):
                    action = said
        return action


def read_entry(file: AgentFile, *, folder: Path, mode: str | None = None) -> Entry | ReadFile:
    """Read one Markdown file below a folder of agents."""
    read = read_strictly(file, needs_front_matter=None, lenient=SPECIAL_TO_OPENCODE)
    if isinstance(read, ReadFile):
        return read
    path = file.path.relative_to(folder).with_suffix("").as_posix()
    name = read.text("name").strip() or path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    loaded = read.agent(name, tools=None)
    fields = {**({"mode": mode} if mode else {}), **read.fields, "prompt": read.front.body}
    return Entry(name=name, fields=fields, verdict=loaded.verdict, lines=loaded.lines, is_file=True)


def entries_of_configuration(document: Document, *, folder: Path) -> Iterator[Entry]:
    """Yield the agents of an ``opencode.json``, and its settings for all of them.

    Args:
        document: The file.
        folder: Where it lies; files that prompts name must not leave it.
    """
    data = document.data if isinstance(document.data, Mapping) else {}
    yield Entry(name="", fields={_PERMISSIONS: data.get(_PERMISSIONS, {})}, verdict=_verdict(document, ""))
    agents = data.get("agent")
    for name, fields in agents.items() if isinstance(agents, Mapping) else ():
        verdict = _verdict(document, name)
        if not isinstance(fields, Mapping):
            verdict = replace(verdict, host=HostVerdict.REFUSED, reason="it is no object")
            yield Entry(name=name, fields={}, verdict=verdict)
            continue
        filled, findings = _with_files(fields, folder=folder, location=verdict.location)
        yield Entry(name=name, fields=filled, verdict=verdict, findings=findings)


def _verdict(document: Document, name: str) -> FileVerdict:
    location = replace(document.location(("agent", name)), column=None)
    return FileVerdict(
        location=location, name=AgentName(name), strict=StrictVerdict.VALID, host=HostVerdict.LOADED, reason=""
    )


def _with_files(
    fields: Mapping[str, object], *, folder: Path, location: SourceLocation
) -> tuple[dict[str, object], tuple[Finding, ...]]:
    """Put the files in their places that the instructions name; those outside the folder are not read."""
    findings: list[Finding] = []
    room = MAXIMUM_BYTES

    def content(match: re.Match[str]) -> str:
        nonlocal room
        read = read_content(confined_file(folder, match[1]))
        if not isinstance(read, Unread) and len(read) > room:
            # A file may be named thousands of times.
            read = Unread(reason=f"with it they are larger than {MAXIMUM_BYTES:,} bytes")
        if isinstance(read, Unread):
            message = f"the instructions in {match[1]!r} are not read: {read.reason}"
            findings.append(warning("unread-prompt", message, "name a file beside the configuration", location))
            return match[0]
        room -= len(read)
        return read.decode("utf-8", "replace").strip()

    prompt = fields.get("prompt")
    filled = _FILE_REFERENCE.sub(content, prompt) if isinstance(prompt, str) else prompt
    return {**fields, **({} if prompt is None else {"prompt": filled})}, tuple(dict.fromkeys(findings))


def _merged(lower: Mapping[str, object], higher: Mapping[str, object]) -> dict[str, object]:
    """Lay one mapping over another; mappings within them are laid over one another as well."""
    merged = dict(lower)
    for key, value in higher.items():
        below = merged.get(key)
        # Documents are at most 100 deep, so this may call itself.
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _covering(entry: Entry) -> str:
    return f"{entry.verdict.location.path!r} is laid over it; only fields that it alone has count"


def _task_rules(permissions: object) -> Iterator[tuple[str, str]]:
    """Yield patterns of agents' names and what they get, in the order in which they are written."""
    written = {"*": permissions} if isinstance(permissions, str) else permissions
    for key, said in written.items() if isinstance(written, Mapping) else ():
        if not _matches(key, "task"):
            continue
        rules = {"*": said} if isinstance(said, str) else said
        if isinstance(rules, Mapping):
            yield from ((pattern, action) for pattern, action in rules.items() if isinstance(action, str))


def _matches(pattern: str, name: str) -> bool:
    """Whether a pattern with ``*`` and ``?`` fits; brackets stand for themselves."""
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def _tools(tools: object) -> tuple[str, ...] | None:
    """Return the tools that alone are switched on; ``None`` where all others are on, too."""
    if not isinstance(tools, Mapping) or tools.get("*") is not False:
        return None
    return tuple(name for name, is_on in tools.items() if is_on is True)
