"""Rosters of Claude Code: folders of Markdown files with front matter, by levels of precedence.

The host's rules, as its documentation gives them: an agent's identity is the ``name`` in its front matter, whatever
its file is called; agents of plugins are called ``plugin:name`` or ``plugin:subfolder:name``; of two agents with one
name on different levels the higher level's wins. The levels are, from the highest: managed settings, the session
(``--agents``), the project with the folders above it up to the repository's root, the user, plugins. Which of two on
the same level wins is not said, so that is an error.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.rosters.agent_files import Layout, find_agent_files
from passmuster.adapters.rosters.agent_reading import read_agent_file
from passmuster.adapters.rosters.built_in import BUILT_INS_HELP, CLAUDE_CODE
from passmuster.adapters.rosters.gathering import (
    DUPLICATES_HELP,
    Duplicates,
    Gathering,
    absent_level,
    optional_place,
    places,
    refuse_missing,
)
from passmuster.adapters.rosters.session import read_session
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.ports import RosterLoader

_USUAL_FOLDER = ".claude/agents"


class ClaudeCodeOptions(BaseModel):
    """Options of ``claude_code``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(
        default=_USUAL_FOLDER, min_length=1, description="The folder of agents, relative to the suite's folder."
    )
    duplicates: Duplicates = Field(default="error", description=DUPLICATES_HELP)
    layout: Layout = Field(
        default="auto",
        description="How agents are named: by their own names (folder), with their plugin's name in front (plugins), "
        "or with it wherever files lie as plugins' do (auto).",
    )
    repository: str | None = Field(
        default=None,
        min_length=1,
        description="The repository's root: the .claude/agents of every folder from the location's up to it count, "
        "the nearest first.",
    )
    managed: str | None = Field(
        default=None, min_length=1, description="The organisation's folder of agents, which come before all others."
    )
    session: str | None = Field(
        default=None,
        min_length=1,
        description="A JSON file with agents as `--agents` takes them; they come before the project's.",
    )
    user: str | None = Field(
        default=None,
        min_length=1,
        description="The user's folder of agents, such as ~/.claude/agents; they give way to the project's.",
    )
    plugins: tuple[str, ...] = Field(
        default=(), description="Folders of plugins, whose agents come last and bear their plugin's name in front."
    )
    lower_levels: tuple[str, ...] = Field(
        default=(),
        description="Further folders of the project whose agents give way to those before them, the weightiest first, "
        "as with --add-dir.",
    )
    built_ins: bool = Field(default=False, description=BUILT_INS_HELP)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeCodeRosterLoader:
    """Reads agent files the way Claude Code does.

    Attributes:
        duplicates: What becomes of two agents of one name on one level.
        layout: How agents are named.
        repository: The repository's root, up to which folders above the location count.
        managed: The organisation's folder.
        session: A file of agents for one session.
        user: The user's folder.
        plugins: Folders of plugins.
        lower_levels: Folders whose agents give way to the project's, the weightiest first.
        built_ins: Whether the product's own agents are added.
    """

    duplicates: Duplicates = "error"
    layout: Layout = "auto"
    repository: Path | None = None
    managed: Path | None = None
    session: Path | None = None
    user: Path | None = None
    plugins: tuple[Path, ...] = ()
    lower_levels: tuple[Path, ...] = ()
    built_ins: bool = False

    def load(self, location: Path) -> Roster:
        """Load every agent below a folder, and those of the other levels that are not shadowed.

        Raises:
            InvalidRosterError: If one of the folders is missing, the file of the session cannot be read, or no file
                at all gives an agent. The organisation's and the user's folder may be missing.
        """
        refuse_missing([location, *self.lower_levels, *self.plugins])
        gathering = Gathering(host="claude_code", duplicates=self.duplicates)
        self._add_optional(gathering, self.managed)
        if self.session is not None:
            gathering.add_level(read_session(self.session))
        for level in (location, *self._above(location), *self.lower_levels):
            _add(gathering, [level], self.layout)
        self._add_optional(gathering, self.user)
        if self.plugins:
            _add(gathering, self.plugins, "plugins")
        if self.built_ins:
            gathering.add_built_in(CLAUDE_CODE)
        return gathering.roster(location, usual=_USUAL_FOLDER, confuses=True)

    def _add_optional(self, gathering: Gathering, level: Path | None) -> None:
        """Add a level that not every machine has."""
        if level is None:
            return
        if level.is_dir():
            _add(gathering, [level], "folder")
        else:
            gathering.findings.append(absent_level(level))

    def _above(self, location: Path) -> Iterator[Path]:
        """Yield the usual folder of each folder above the location's, up to the repository's root."""
        project = _project_of(location)
        if project is None or self.repository is None:
            return
        root = self.repository.resolve()
        for folder in project.parents if project.is_relative_to(root) else ():
            if not folder.is_relative_to(root):
                return
            if (folder / _USUAL_FOLDER).is_dir():
                yield folder / _USUAL_FOLDER


def _project_of(location: Path) -> Path | None:
    """Return the folder whose agents lie there; ``None`` if it is no usual folder for agents."""
    resolved = location.resolve()
    return resolved.parents[1] if resolved.parts[-2:] == Path(_USUAL_FOLDER).parts else None


def _add(gathering: Gathering, folders: Sequence[Path], layout: Layout) -> None:
    found = [find_agent_files(folder, layout) for folder in folders]
    reads = [read_agent_file(file) for files, _ in found for file in files]
    gathering.add_level(reads, [complaint for _, complaints in found for complaint in complaints])


def _build(options: ClaudeCodeOptions, context: BuildContext) -> RosterLoader:
    folder = context.folder
    return ClaudeCodeRosterLoader(
        duplicates=options.duplicates,
        layout=options.layout,
        repository=optional_place(folder, options.repository),
        managed=optional_place(folder, options.managed),
        session=optional_place(folder, options.session),
        user=optional_place(folder, options.user),
        plugins=places(folder, options.plugins),
        lower_levels=places(folder, options.lower_levels),
        built_ins=options.built_ins,
    )


COMPONENT: Component[ClaudeCodeOptions, RosterLoader] = Component(options=ClaudeCodeOptions, build=_build)
