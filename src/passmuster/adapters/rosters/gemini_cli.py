"""Rosters of Gemini CLI: ``.gemini/agents/*.md``, read by a strict schema.

A file with a key that the host does not know is refused as a whole, and so is one whose values have other types. Files
whose names begin with an underscore are passed over. The names of fields and their types are those of the host's own
loader.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from passmuster.adapters.rosters.agent_files import AgentFile
from passmuster.adapters.rosters.built_in import BUILT_INS_HELP, GEMINI_CLI
from passmuster.adapters.rosters.folder_loading import LOCATION_HELP, FolderOptions, Host, folder_loader
from passmuster.adapters.rosters.read_files import Objection, ReadFile, tools_of, without_agent
from passmuster.adapters.rosters.strict_reading import StrictFile, described, read_strictly
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import HostVerdict, StrictVerdict
from passmuster.ports import RosterLoader

_NAME = re.compile(r"[a-z0-9_-]+")


class GeminiCliOptions(FolderOptions):
    """Options of ``gemini_cli``."""

    location: str = Field(default=".gemini/agents", min_length=1, description=LOCATION_HELP)
    built_ins: bool = Field(default=False, description=BUILT_INS_HELP)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a value must be."""

    words: str
    types: tuple[type, ...]

    def accepts(self, value: object) -> bool:
        # In YAML true is no number, but in Python it is one.
        return isinstance(value, self.types) and not (isinstance(value, bool) and bool not in self.types)


_TEXT = _Kind("a text", (str,))
_NUMBER = _Kind("a number", (int, float))
_WHOLE = _Kind("a whole number above 0", (int,))
_LIST = _Kind("a list of texts", (list,))
_MAPPING = _Kind("a mapping", (dict,))

_EITHER = {"kind": _TEXT, "name": _TEXT, "description": _TEXT, "display_name": _TEXT}
_LOCAL: Mapping[str, _Kind] = {
    **_EITHER,
    "tools": _LIST,
    "model": _TEXT,
    "temperature": _NUMBER,
    "max_turns": _WHOLE,
    "timeout_mins": _WHOLE,
    "policy": _MAPPING,
    "mcp_servers": _MAPPING,
}
_REMOTE: Mapping[str, _Kind] = {**_EITHER, "agent_card_url": _TEXT, "auth": _MAPPING}
_SCHEMAS = {"local": _LOCAL, "remote": _REMOTE}


def _read(file: AgentFile) -> ReadFile:
    if file.path.name.startswith("_"):
        objection = Objection(
            host=HostVerdict.NOT_AN_AGENT,
            reason="its name begins with an underscore, and the host passes over such files",
            remedy="rename it",
        )
        return without_agent(file, StrictVerdict.VALID, None, objection)
    read = read_strictly(file, needs_front_matter=HostVerdict.REFUSED)
    if isinstance(read, ReadFile):
        return read
    name = read.text("name")
    objection_or_none = _nameless(read, name) or _off_schema(read)
    if objection_or_none is not None:
        return read.fate(objection_or_none, name)
    return described(read.agent(name, tools=tools_of(read.fields), own=("name",)))


def _nameless(read: StrictFile, name: str) -> Objection | None:
    if not isinstance(read.fields.get("name"), str) or not _NAME.fullmatch(name):
        reason = f"the name {name!r} must be a text of small letters, digits, '-' and '_'" if name else "it has no name"
        return read.objection(HostVerdict.REFUSED, reason, "write name: and a word such as code-reviewer", "name")
    return None


def _off_schema(read: StrictFile) -> Objection | None:
    kind = "remote" if "agent_card_url" in read.fields and "kind" not in read.fields else read.text("kind") or "local"
    schema = _SCHEMAS.get(kind)
    if schema is None:
        return read.objection(HostVerdict.REFUSED, f"the kind {kind!r} is not known", "write local or remote", "kind")
    unknown = [key for key in read.fields if key not in schema]
    if unknown:
        reason = f"the key {unknown[0]!r} is not known, and the host refuses a file for that"
        remedy = "write mcp_servers" if unknown[0] == "mcpServers" else f"delete it; known keys: {', '.join(schema)}"
        return read.objection(HostVerdict.REFUSED, reason, remedy, unknown[0])
    required = "description" if kind == "local" else "agent_card_url"
    if not read.fields.get(required):
        return read.objection(HostVerdict.REFUSED, f"there is no {required}", f"write {required}:", required)
    return next(
        (
            read.objection(HostVerdict.REFUSED, f"{key} must be {schema[key].words}", f"correct {key}", key)
            for key, value in read.fields.items()
            if not _fits(schema[key], value)
        ),
        None,
    )


def _fits(kind: _Kind, value: object) -> bool:
    if not kind.accepts(value):
        return False
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return kind is not _WHOLE or (isinstance(value, int) and value > 0)


_HOST = Host(name="gemini_cli", usual=".gemini/agents", read=_read)


def _build(options: GeminiCliOptions, context: BuildContext) -> RosterLoader:
    return folder_loader(_HOST, options, context, built_in=GEMINI_CLI if options.built_ins else ())


COMPONENT: Component[GeminiCliOptions, RosterLoader] = Component(options=GeminiCliOptions, build=_build)
