"""Rosters of OpenCode: Markdown files in ``.opencode/agents``, and ``agent`` in ``opencode.json``.

The host lays what it finds over one another, field by field: an agent may have its model in one place and its
description in another. On each level the files come over ``opencode.json``. An agent is called by the path of its file
below the folder of agents, or by a ``name`` in its front matter. Not offered to the model are agents of mode
``primary``, those that are disabled, and those that ``permission.task`` of the calling agent denies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from passmuster.adapters.rosters.agent_files import AgentFile, confined_file, find_files
from passmuster.adapters.rosters.built_in import BUILT_INS_HELP, OPENCODE
from passmuster.adapters.rosters.folder_loading import LOCATION_HELP, FolderOptions
from passmuster.adapters.rosters.gathering import Duplicates, Gathering, places, refuse_missing
from passmuster.adapters.rosters.json_files import read_json
from passmuster.adapters.rosters.opencode_entries import Entry, Layers, entries_of_configuration, read_entry
from passmuster.adapters.rosters.read_files import ReadFile
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.findings import Finding
from passmuster.ports import RosterLoader

_USUAL_FOLDER = ".opencode"
_AGENT_FOLDERS = ("agent", "agents")
_MODE_FOLDERS = ("mode", "modes")
_CONFIGURATIONS = ("opencode.json", "opencode.jsonc")


class OpenCodeOptions(FolderOptions):
    """Options of ``opencode``."""

    location: str = Field(default=_USUAL_FOLDER, min_length=1, description=LOCATION_HELP)
    caller: str = Field(
        default="build",
        min_length=1,
        description="The agent that chooses: its `permission.task` says which agents it is offered.",
    )
    built_ins: bool = Field(default=False, description=BUILT_INS_HELP)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCodeRosterLoader:
    """Reads agents the way OpenCode does.

    Attributes:
        duplicates: What becomes of two files of one name on one level.
        lower_levels: Folders of configuration whose agents give way, the weightiest first.
        caller: The agent that chooses.
        built_ins: Whether the product's own agents are added.
    """

    duplicates: Duplicates = "error"
    lower_levels: tuple[Path, ...] = ()
    caller: str = "build"
    built_ins: bool = False

    def load(self, location: Path) -> Roster:
        """Load the agents of a folder of configuration, a folder of agents, or a project with ``opencode.json``.

        Raises:
            InvalidRosterError: If a folder is missing, a configuration cannot be read, or nothing gives an agent.
        """
        refuse_missing([location, *self.lower_levels])
        findings: list[Finding] = []
        layers = Layers(caller=self.caller, duplicates=self.duplicates)
        for number, level in enumerate((*reversed(self.lower_levels), location)):
            for found in _level(level, findings):
                layers.lay(found, level=number)
        gathering = Gathering(host="opencode", duplicates=self.duplicates)
        gathering.add_level(layers.agents(), (*findings, *layers.findings))
        gathering.add_level(layers.covered())
        if self.built_ins:
            gathering.add_built_in([agent for agent in OPENCODE if layers.offers(agent.name)])
        return gathering.roster(location, usual=_USUAL_FOLDER)


def _level(location: Path, findings: list[Finding]) -> Iterator[Entry | ReadFile]:
    """Yield what a level holds, the weakest first."""
    for place in (location.parent, location) if location.name == _USUAL_FOLDER else (location,):
        for name in _CONFIGURATIONS:
            if (place / name).is_file():
                file = confined_file(place, name)
                document = read_json(file, hint='write {"agent": {...}}', is_commented=True)
                yield from entries_of_configuration(document, folder=place)
    yield from _files(location, findings)


def _files(location: Path, findings: list[Finding]) -> Iterator[Entry | ReadFile]:
    folders = [location / name for name in _AGENT_FOLDERS if (location / name).is_dir()]
    modes = [location / name for name in _MODE_FOLDERS if (location / name).is_dir()]
    configured = any((location / name).is_file() for name in _CONFIGURATIONS)
    if not folders and not modes and not configured and location.name != _USUAL_FOLDER:
        folders = [location]
    for folder in folders:
        for file in _found(folder, findings):
            yield read_entry(file, folder=folder)
    for folder in modes:
        for file in _found(folder, findings):
            if file.path.parent == folder:
                yield read_entry(file, folder=folder, mode="primary")


def _found(folder: Path, findings: list[Finding]) -> Sequence[AgentFile]:
    files, complaints = find_files(folder)
    findings.extend(complaints)
    return files


def _build(options: OpenCodeOptions, context: BuildContext) -> RosterLoader:
    return OpenCodeRosterLoader(
        duplicates=options.duplicates,
        lower_levels=places(context.folder, options.lower_levels),
        caller=options.caller,
        built_ins=options.built_ins,
    )


COMPONENT: Component[OpenCodeOptions, RosterLoader] = Component(options=OpenCodeOptions, build=_build)
