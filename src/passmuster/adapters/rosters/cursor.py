"""Rosters of Cursor: ``.cursor/agents/*.md``.

Little of it is documented: the fields, and that an agent without a ``name`` is called by its file. Whether the host
bears with broken front matter is not; it is taken to be strict here, which the verdict of such a file says.
"""

from pydantic import Field

from passmuster.adapters.rosters.agent_files import AgentFile, stem_of
from passmuster.adapters.rosters.folder_loading import LOCATION_HELP, FolderOptions, Host, folder_loader
from passmuster.adapters.rosters.read_files import ReadFile
from passmuster.adapters.rosters.strict_reading import described, read_strictly
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import HostVerdict
from passmuster.ports import RosterLoader


class CursorOptions(FolderOptions):
    """Options of ``cursor``."""

    location: str = Field(default=".cursor/agents", min_length=1, description=LOCATION_HELP)


def _read(file: AgentFile) -> ReadFile:
    read = read_strictly(file, needs_front_matter=HostVerdict.NOT_AN_AGENT)
    if isinstance(read, ReadFile):
        return read
    name = read.text("name").strip() or stem_of(file.path, ".md")
    return described(read.agent(name, tools=None, own=("name",)))


_HOST = Host(name="cursor", usual=".cursor/agents", read=_read)


def _build(options: CursorOptions, context: BuildContext) -> RosterLoader:
    return folder_loader(_HOST, options, context)


COMPONENT: Component[CursorOptions, RosterLoader] = Component(options=CursorOptions, build=_build)
