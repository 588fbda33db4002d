"""Rosters of Codex: ``.codex/agents/*.toml``, subfolders included.

``name``, ``description`` and ``developer_instructions`` are required; the name decides, whatever the file is called.
Files in ``~/.codex/agents`` give way to the project's. Codex starts an agent only when it is asked to.
"""

from collections.abc import Mapping

from pydantic import Field

from passmuster.adapters.rosters.agent_files import AgentFile, Unread, read_content
from passmuster.adapters.rosters.built_in import BUILT_INS_HELP, CODEX
from passmuster.adapters.rosters.examples import lines_of_examples
from passmuster.adapters.rosters.folder_loading import LOCATION_HELP, FolderOptions, Host, folder_loader
from passmuster.adapters.rosters.read_files import (
    Objection,
    ReadFile,
    unread,
    without_agent,
)
from passmuster.adapters.rosters.toml_text import TomlProblem, line_of, read_toml
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, StrictVerdict
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.ports import RosterLoader

_REQUIRED = ("name", "description", "developer_instructions")
_OWN_FIELDS = frozenset({*_REQUIRED, "model"})


class CodexOptions(FolderOptions):
    """Options of ``codex``."""

    location: str = Field(default=".codex/agents", min_length=1, description=LOCATION_HELP)
    built_ins: bool = Field(default=False, description=BUILT_INS_HELP)


def _read(file: AgentFile) -> ReadFile:
    content = read_content(file)
    if isinstance(content, Unread):
        return unread(file, content)
    fields = read_toml(content)
    if isinstance(fields, TomlProblem):
        remedy = "correct the text at this place"
        problem = Objection(host=HostVerdict.REFUSED, reason=fields.reason, remedy=remedy, line=fields.line)
        return without_agent(file, StrictVerdict.INVALID, None, problem)
    name, description, instructions = (_text(fields, key) for key in _REQUIRED)
    missing = [key for key in _REQUIRED if not _text(fields, key)]
    if missing:
        absent = [f"no {key} with text in it" if key in fields else f"no {key}" for key in missing]
        reason, line = f"there is {' and '.join(absent)}", line_of(content, missing[0])
        remedy = f'write {missing[0]} = "..."'
        objection = Objection(host=HostVerdict.REFUSED, reason=reason, remedy=remedy, line=line)
        return without_agent(file, StrictVerdict.VALID, name, objection)
    at = line_of(content, "description")
    source = SourceLocation(path=file.shown, line=line_of(content, "name"))
    agent = AgentDefinition(
        name=AgentName(name),
        description=description,
        instructions=instructions,
        model=_text(fields, "model") or None,
        metadata={key: value for key, value in fields.items() if key not in _OWN_FIELDS},
        source=source,
    )
    verdict = FileVerdict(
        location=SourceLocation(path=file.shown), name=agent.name, strict=StrictVerdict.VALID, host=HostVerdict.LOADED
    )
    lines = lines_of_examples(description, first_line=at) if at else ()
    return ReadFile(verdict=verdict, agent=agent, lines=lines)


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields.get(key)
    return value.strip() if isinstance(value, str) else ""


_HOST = Host(name="codex", usual=".codex/agents", read=_read, endings=(".toml",), is_recursive=True)


def _build(options: CodexOptions, context: BuildContext) -> RosterLoader:
    return folder_loader(_HOST, options, context, built_in=CODEX if options.built_ins else ())


COMPONENT: Component[CodexOptions, RosterLoader] = Component(options=CodexOptions, build=_build)
