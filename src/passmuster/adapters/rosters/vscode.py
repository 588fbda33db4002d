"""Rosters of VS Code: every ``.md`` file in ``.github/agents``, and the older ``.github/chatmodes``.

What differs from Copilot: an agent is called by its ``name``, or else by its file's name; the front matter may be
missing, and so may the description; ``argument-hint`` is shown to the model; ``model`` may be a list, of which the
first available one is taken; ``mcp-servers`` and ``metadata`` are not used.
"""

from dataclasses import replace

from pydantic import Field

from passmuster.adapters.rosters.agent_files import AgentFile, stem_of
from passmuster.adapters.rosters.copilot import ENDINGS, canonical_tools, unoffered
from passmuster.adapters.rosters.folder_loading import LOCATION_HELP, FolderOptions, Host, folder_loader
from passmuster.adapters.rosters.front_matter import scalar_text
from passmuster.adapters.rosters.read_files import ReadFile, ignored
from passmuster.adapters.rosters.strict_reading import StrictFile, described, read_strictly
from passmuster.components import BuildContext, Component
from passmuster.ports import RosterLoader

_CHAT_MODES = "chatmodes"
_ELSEWHERE = ("mcp-servers", "metadata")


class VsCodeOptions(FolderOptions):
    """Options of ``vscode``."""

    location: str = Field(default=".github/agents", min_length=1, description=LOCATION_HELP)
    chat_modes: bool = Field(
        default=True, description="Whether the folder `chatmodes` beside the location is read as well."
    )


def _read(file: AgentFile) -> ReadFile:
    read = read_strictly(file, needs_front_matter=None)
    if isinstance(read, ReadFile):
        return read
    name = read.text("name").strip() or stem_of(file.path, ".chatmode.md", *ENDINGS)
    objection = unoffered(read, "vscode")
    if objection is not None:
        return read.fate(objection, name)
    loaded = read.agent(name, tools=canonical_tools(read.fields), own=("name",))
    if loaded.agent is None:
        return loaded
    lines = {key: read.front.lines[key] for key in _ELSEWHERE if key in read.fields}
    agent = replace(loaded.agent, model=loaded.agent.model or _first_model(read))
    return described(replace(loaded, agent=agent, findings=ignored(agent, lines, "only Copilot uses it")))


def _first_model(read: StrictFile) -> str | None:
    models = read.fields.get("model")
    texts = [scalar_text(model) for model in models] if isinstance(models, list) else []
    return next((text for text in texts if text), None)


_HOST = Host(name="vscode", usual=".github/agents", read=_read)


def _build(options: VsCodeOptions, context: BuildContext) -> RosterLoader:
    return folder_loader(_HOST, options, context, beside=_CHAT_MODES if options.chat_modes else None)


COMPONENT: Component[VsCodeOptions, RosterLoader] = Component(options=VsCodeOptions, build=_build)
