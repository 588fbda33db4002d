"""A roster → the files that a product reads, below a project's folder.

What was loaded by the same product's rules keeps all its fields. Of agents of another product only name, description
and instructions are taken over: names of tools and models mean nothing there.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from passmuster.adapters.products.choosing import SKILLS_HOST
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.errors import InvalidRosterError
from passmuster.domain.findings import Finding, Severity

CLAUDE_CODE_AGENTS = ".claude/agents"
CLAUDE_CODE_SKILLS = ".claude/skills"
GEMINI_CLI_AGENTS = ".gemini/agents"
OPENCODE_AGENTS = ".opencode/agents"
PLUGINS = "plugins"

_SPECIAL = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")
_GEMINI_NAME = re.compile(r"[a-z0-9_-]+")
_GEMINI_FIELDS = ("display_name", "kind", "mcp_servers", "temperature", "max_turns", "timeout_mins")


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFiles:
    """A roster as files.

    Attributes:
        files: Texts by their places, relative to the throw-away folder.
        plugins: The folders of plugins, relative to it.
        replaced: Folders of the workspace that they take the place of.
    """

    files: Mapping[str, str]
    plugins: tuple[str, ...] = ()
    replaced: tuple[str, ...]


def claude_code_files(roster: Roster) -> RosterFiles:
    """Return project agents, and plugins for agents whose names begin with one.

    Raises:
        InvalidRosterError: If a plugin's name cannot be that of a folder.
    """
    if roster.host == SKILLS_HOST:
        return _claude_code_skills(roster)
    written = _own(roster)
    _refuse_unfit(written, lambda name: all(map(_FOLDER_NAME.fullmatch, name.split(":")[:-1])), "letters, digits, -")
    files: dict[str, str] = {}
    plugins: dict[str, None] = {}
    for number, agent in enumerate(written, start=1):
        *way, name = agent.name.split(":")
        text = _markdown({"name": name, "description": agent.description, **_claude_fields(agent, roster)}, agent)
        if way:
            plugin = f"{PLUGINS}/{way[0]}"
            plugins[plugin] = None
            files[f"{plugin}/.claude-plugin/plugin.json"] = json.dumps({"name": way[0]})
            files["/".join([plugin, "agents", *way[1:], f"{number:04}.md"])] = text
        else:
            # The name is that of the front matter; that of the file does not matter, and may hold no path.
            files[f"workspace/{CLAUDE_CODE_AGENTS}/{number:04}.md"] = text
    return RosterFiles(files=files, plugins=tuple(plugins), replaced=(CLAUDE_CODE_AGENTS,))


def gemini_cli_files(roster: Roster) -> RosterFiles:
    """Return project agents for Gemini CLI, which refuses files with fields that it does not know.

    Raises:
        InvalidRosterError: If a name is none that it accepts.
    """
    written = _own(roster)
    _refuse_unfit(written, _GEMINI_NAME.fullmatch, "small letters, digits, - and _")
    files = {}
    for agent in written:
        fields: dict[str, object] = {"name": agent.name, "description": agent.description}
        if roster.host == "gemini_cli":
            fields |= _tools_and_model(agent)
            fields |= {key: agent.metadata[key] for key in _GEMINI_FIELDS if key in agent.metadata}
        files[f"workspace/{GEMINI_CLI_AGENTS}/{agent.name}.md"] = _markdown(fields, agent)
    return RosterFiles(files=files, replaced=(GEMINI_CLI_AGENTS,))


def opencode_files(roster: Roster) -> RosterFiles:
    """Return project agents for OpenCode, which names an agent by its file.

    Raises:
        InvalidRosterError: If a name cannot be that of a file.
    """
    written = _own(roster)
    _refuse_unfit(written, _FILE_NAME.fullmatch, "letters, digits, spaces, -, _ and .")
    files = {}
    for agent in written:
        fields: dict[str, object] = {"description": agent.description, "mode": "subagent"}
        if roster.host == "opencode":
            fields |= {key: value for key, value in agent.metadata.items() if key not in {"name", "prompt", "disable"}}
            fields |= {} if agent.model is None else {"model": agent.model}
        files[f"workspace/{OPENCODE_AGENTS}/{agent.name}.md"] = _markdown(fields, agent)
    return RosterFiles(files=files, replaced=(OPENCODE_AGENTS, ".opencode/agent"))


def no_files(_roster: Roster) -> RosterFiles:
    """Return nothing: the program is told of the agents in another way."""
    return RosterFiles(files={}, replaced=())


def _claude_code_skills(roster: Roster) -> RosterFiles:
    written = _own(roster)
    _refuse_unfit(written, _FOLDER_NAME.fullmatch, "letters, digits, - and _")
    files = {
        f"workspace/{CLAUDE_CODE_SKILLS}/{skill.name}/SKILL.md": _markdown(
            {**skill.metadata, "name": skill.name, "description": skill.description}, skill
        )
        for skill in written
    }
    return RosterFiles(files=files, replaced=(CLAUDE_CODE_SKILLS,))


def _own(roster: Roster) -> tuple[AgentDefinition, ...]:
    return tuple(agent for agent in roster.agents if not agent.is_built_in)


def _claude_fields(agent: AgentDefinition, roster: Roster) -> dict[str, object]:
    if roster.host not in {"", "claude_code"}:
        return {}
    fields = {key: value for key, value in agent.metadata.items() if key not in {"name", "description"}}
    return {**fields, **_tools_and_model(agent)}


def _tools_and_model(agent: AgentDefinition) -> dict[str, object]:
    tools = {} if agent.tools is None else {"tools": list(agent.tools)}
    return {**tools, **({} if agent.model is None else {"model": agent.model})}


def _markdown(fields: Mapping[str, object], agent: AgentDefinition) -> str:
    """Return front matter and body; JSON is YAML, and leaves no doubt about what is text."""
    lines = [
        f"{_json(key)}: {_json(value)}" if _needs_quotes(key) else f"{key}: {_json(value)}"
        for key, value in fields.items()
    ]
    return "\n".join(["---", *lines, "---", agent.instructions])


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _needs_quotes(key: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", key) is None


def _refuse_unfit(agents: Iterable[AgentDefinition], fits: Callable[[str], object], characters: str) -> None:
    findings = [
        Finding(
            rule="unfit-name",
            severity=Severity.ERROR,
            message=f"the product cannot have an agent named {agent.name!r}",
            hint=f"write {characters} only",
            location=agent.source,
        )
        for agent in agents
        if not fits(agent.name)
    ]
    if findings:
        raise InvalidRosterError(findings)
