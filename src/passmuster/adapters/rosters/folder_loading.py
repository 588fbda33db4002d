"""What loaders have in common whose hosts read one folder of files on each level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.rosters.agent_files import AgentFile, find_files
from passmuster.adapters.rosters.gathering import DUPLICATES_HELP, Duplicates, Gathering, places, refuse_missing
from passmuster.adapters.rosters.read_files import ReadFile
from passmuster.adapters.rosters.strict_reading import in_subfolder
from passmuster.components import BuildContext
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.ports import RosterLoader

LOCATION_HELP = "The folder of agents, relative to the suite's folder."
"""What the option ``location`` says of itself."""

LEVELS_HELP = "Further folders whose agents give way to those before them, the weightiest first, such as the user's."
"""What the option ``lower_levels`` says of itself."""


class FolderOptions(BaseModel):
    """Options of every such loader; each adds where its host's agents usually lie."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    duplicates: Duplicates = Field(default="error", description=DUPLICATES_HELP)
    lower_levels: tuple[str, ...] = Field(default=(), description=LEVELS_HELP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """How a host finds and reads its agents.

    Attributes:
        name: The name of its loader.
        usual: Where its agents usually lie.
        read: Reads one file.
        endings: How the files' names may end.
        is_recursive: Whether it looks into subfolders.
    """

    name: str
    usual: str
    read: Callable[[AgentFile], ReadFile]
    endings: tuple[str, ...] = (".md",)
    is_recursive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRosterLoader:
    """Reads agent files the way a host does.

    Attributes:
        host: The host.
        duplicates: What becomes of two agents of one name on one level.
        lower_levels: Folders whose agents give way, the weightiest first.
        built_in: Agents that the host brings itself.
        beside: A folder beside the location that belongs to the same level, such as one of an older name; it may be
            missing.
    """

    host: Host
    duplicates: Duplicates = "error"
    lower_levels: tuple[Path, ...] = ()
    built_in: Sequence[AgentDefinition] = ()
    beside: str | None = None

    def load(self, location: Path) -> Roster:
        """Load every agent of a folder, and those of the lower levels that it does not shadow.

        Raises:
            InvalidRosterError: If one of the folders is missing, or no file at all gives an agent.
        """
        refuse_missing([location, *self.lower_levels])
        gathering = Gathering(host=self.host.name, duplicates=self.duplicates)
        for level in (location, *self.lower_levels):
            files, findings = find_files(level, *self.host.endings)
            reads = [self._read(file, level) for file in files]
            other = level.parent / self.beside if self.beside else None
            if other is not None and other.is_dir() and other.resolve() != level.resolve():
                more, complaints = find_files(other, *self.host.endings)
                reads += [self._read(file, other) for file in more]
                findings += complaints
            gathering.add_level(reads, findings)
        gathering.add_built_in(self.built_in)
        return gathering.roster(location, usual=self.host.usual, suffix=self.host.endings[-1])

    def _read(self, file: AgentFile, level: Path) -> ReadFile:
        is_within = self.host.is_recursive or file.path.parent == level
        return self.host.read(file) if is_within else in_subfolder(file)


def folder_loader(
    host: Host,
    options: FolderOptions,
    context: BuildContext,
    *,
    built_in: Sequence[AgentDefinition] = (),
    beside: str | None = None,
) -> RosterLoader:
    """Make a loader from its options."""
    return FolderRosterLoader(
        host=host,
        duplicates=options.duplicates,
        lower_levels=places(context.folder, options.lower_levels),
        built_in=built_in,
        beside=beside,
    )
