"""Rosters of GitHub Copilot: ``.github/agents/NAME.agent.md`` or ``NAME.md``.

As its documentation has it: an agent is identified by its file's name without the ending; ``description`` is
required; ``target`` may keep an agent to the other product; unknown tools are ignored; the instructions may have 30,000
characters. Its command line is strict about YAML. Agents of an organisation give way to the repository's.
"""

from collections.abc import Mapping
from dataclasses import replace

from pydantic import Field

from passmuster.adapters.rosters.agent_files import AgentFile, stem_of
from passmuster.adapters.rosters.folder_loading import LOCATION_HELP, FolderOptions, Host, folder_loader
from passmuster.adapters.rosters.read_files import Objection, ReadFile, ignored, tools_of, warning
from passmuster.adapters.rosters.strict_reading import NO_DESCRIPTION, StrictFile, read_strictly
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, HostVerdict
from passmuster.domain.findings import Finding
from passmuster.ports import RosterLoader

MAXIMUM_INSTRUCTIONS = 30_000
"""How many characters the instructions may have."""

ENDINGS = (".agent.md", ".md")
"""How the names of agents' files end, the longer ending first."""

_ALIASES = {
    "execute": ("shell", "bash", "powershell"),
    "read": ("notebookread",),
    "edit": ("multiedit", "write", "notebookedit"),
    "search": ("grep", "glob"),
    "agent": ("custom-agent", "task"),
    "web": ("websearch", "webfetch"),
    "todo": ("todowrite",),
}
_PRIMARY = {alias: primary for primary, aliases in _ALIASES.items() for alias in (primary, *aliases)}
_ELSEWHERE = ("argument-hint", "handoffs", "agents")


class CopilotOptions(FolderOptions):
    """Options of ``copilot``."""

    location: str = Field(default=".github/agents", min_length=1, description=LOCATION_HELP)


def canonical_tools(fields: Mapping[str, object]) -> tuple[str, ...] | None:
    """Return the tools by their primary names, each once; ``None`` for all."""
    tools = tools_of(fields)
    if tools is None or "*" in tools:
        return None
    return tuple(dict.fromkeys(_PRIMARY.get(tool.lower(), tool) for tool in tools))


def unoffered(file: StrictFile, product: str) -> Objection | None:
    """Return why a product does not offer an agent to its model, by the fields that say so."""
    target = file.text("target")
    if target and target != product:
        return file.objection(
            HostVerdict.NOT_OFFERED, f"its target is {target!r}, not {product!r}", "delete target", "target"
        )
    key = "disable-model-invocation"
    if file.fields.get(key) is True:
        return file.objection(HostVerdict.NOT_OFFERED, f"{key} leaves it to people to choose it", f"delete {key}", key)
    if key not in file.fields and file.fields.get("infer") is False:
        return file.objection(
            HostVerdict.NOT_OFFERED, "infer: false leaves it to people to choose it", "delete infer", "infer"
        )
    return None


def _read(file: AgentFile) -> ReadFile:
    name = stem_of(file.path, *ENDINGS)
    read = read_strictly(file, needs_front_matter=HostVerdict.NOT_AN_AGENT)
    if isinstance(read, ReadFile):
        return read
    objection = unoffered(read, "github-copilot")
    if not read.text("description"):
        objection = read.objection(
            HostVerdict.REFUSED, "there is no description, which this host requires", NO_DESCRIPTION, "description"
        )
    if objection is not None:
        return read.fate(objection, name)
    loaded = read.agent(name, tools=canonical_tools(read.fields))
    findings = (*_too_long(loaded.agent), *_ignored(loaded.agent, read)) if loaded.agent else ()
    return replace(loaded, findings=findings)


def _too_long(agent: AgentDefinition) -> tuple[Finding, ...]:
    if len(agent.instructions) <= MAXIMUM_INSTRUCTIONS:
        return ()
    message = f"the instructions of {agent.name!r} have {len(agent.instructions):,} characters"
    hint = f"shorten them: the host allows {MAXIMUM_INSTRUCTIONS:,}"
    return (warning("long-instructions", message, hint, agent.source),)


def _ignored(agent: AgentDefinition, read: StrictFile) -> tuple[Finding, ...]:
    lines = {key: read.front.lines[key] for key in _ELSEWHERE if key in read.fields}
    return ignored(agent, lines, "only VS Code knows it")


_HOST = Host(name="copilot", usual=".github/agents", read=_read)


def _build(options: CopilotOptions, context: BuildContext) -> RosterLoader:
    return folder_loader(_HOST, options, context)


COMPONENT: Component[CopilotOptions, RosterLoader] = Component(options=CopilotOptions, build=_build)
