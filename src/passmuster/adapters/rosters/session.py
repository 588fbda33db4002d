"""Agents of one session: the JSON that Claude Code takes with ``--agents``.

A mapping from names to fields; they are called as in front matter, and the body is ``prompt``.
"""

from collections.abc import Mapping
from pathlib import Path

from passmuster.adapters.rosters.agent_files import AgentFile, shown_path
from passmuster.adapters.rosters.agent_reading import is_refused
from passmuster.adapters.rosters.examples import lines_of_examples
from passmuster.adapters.rosters.front_matter import scalar_text
from passmuster.adapters.rosters.json_files import read_json, unreadable
from passmuster.adapters.rosters.read_files import Objection, ReadFile, text_of, tools_of, without_agent
from passmuster.documents import Document
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.errors import InvalidRosterError
from passmuster.domain.values import AgentName, SourceLocation

_OWN_FIELDS = frozenset({"description", "prompt", "tools", "model"})
_SHAPE = 'write {"name": {"description": "...", "prompt": "..."}}'


def read_session(path: Path) -> list[ReadFile]:
    """Read such a file; each of its entries fares on its own.

    Raises:
        InvalidRosterError: If the file cannot be read, or is no JSON object.
    """
    file = AgentFile(path=path, shown=shown_path(path))
    document = read_json(file, hint=_SHAPE)
    if not isinstance(document.data, dict):
        raise InvalidRosterError([unreadable(file, "it holds no JSON object", _SHAPE)])
    return [_entry(file, document, name, fields) for name, fields in document.data.items()]


def _entry(file: AgentFile, document: Document, name: str, fields: object) -> ReadFile:
    line = document.location((name,)).line
    if not isinstance(fields, Mapping):
        objection = Objection(host=HostVerdict.REFUSED, reason="it is no object", remedy=_SHAPE, line=line)
        return without_agent(file, StrictVerdict.VALID, name.strip() or None, objection)
    unfit = _objection(name, fields, line)
    if unfit is not None:
        return without_agent(file, StrictVerdict.VALID, name.strip() or None, unfit)
    source = SourceLocation(path=file.shown, line=line)
    agent = AgentDefinition(
        name=AgentName(name.strip()),
        description=text_of(fields, "description"),
        instructions=text_of(fields, "prompt").strip(),
        tools=tools_of(fields),
        model=scalar_text(fields.get("model")),
        metadata={key: value for key, value in fields.items() if key not in _OWN_FIELDS},
        source=source,
    )
    verdict = FileVerdict(location=source, name=agent.name, strict=StrictVerdict.VALID, host=HostVerdict.LOADED)
    at = document.location((name, "description")).line or 1
    # A description is one line in JSON, however many it has.
    lines = (at,) * len(lines_of_examples(agent.description, first_line=at))
    return ReadFile(verdict=verdict, agent=agent, lines=lines)


def _objection(name: str, fields: Mapping[str, object], line: int | None) -> Objection | None:
    bare = name.strip()
    if not bare or is_refused(bare):
        reason = f"the name {name!r} is empty, begins with a hyphen or holds a colon, which the host refuses"
        return Objection(host=HostVerdict.REFUSED, reason=reason, remedy="use letters, digits, hyphens", line=line)
    missing = [key for key in ("description", "prompt") if not text_of(fields, key)]
    if missing:
        reason = f"{name!r} has no {' and no '.join(missing)}"
        return Objection(host=HostVerdict.REFUSED, reason=reason, remedy=_SHAPE, line=line)
    return None
