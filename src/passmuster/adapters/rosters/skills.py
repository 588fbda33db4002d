"""Skills of Claude Code: ``.claude/skills/NAME/SKILL.md``, with the open specification's verdict beside the host's.

Claude Code requires nothing: a skill without a name is called by its folder, one without a description by the first
paragraph of its text, and one whose front matter cannot be read loads without any fields. The model is shown the
description and ``when_to_use``, cut after 1,536 characters. The user's skills come before the project's, and the
organisation's before both. The open specification requires a name, which must be the folder's, and a description.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.rosters.agent_files import AgentFile, find_files, plugin_name
from passmuster.adapters.rosters.gathering import (
    DUPLICATES_HELP,
    Duplicates,
    Gathering,
    absent_level,
    optional_place,
    places,
    refuse_missing,
)
from passmuster.adapters.rosters.skill_reading import read_skill
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.findings import Finding
from passmuster.ports import RosterLoader

_USUAL_FOLDER = ".claude/skills"
_FILE = "SKILL.md"


class SkillsOptions(BaseModel):
    """Options of ``skills``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(
        default=_USUAL_FOLDER,
        min_length=1,
        description="The project's folder of skills, relative to the suite's folder.",
    )
    duplicates: Duplicates = Field(default="error", description=DUPLICATES_HELP)
    managed: str | None = Field(
        default=None, min_length=1, description="The organisation's folder of skills, which come before all others."
    )
    user: str | None = Field(
        default=None,
        min_length=1,
        description="The user's folder of skills, such as ~/.claude/skills; they come before the project's.",
    )
    plugins: tuple[str, ...] = Field(
        default=(), description="Folders of plugins, whose skills come last and bear their plugin's name in front."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillsRosterLoader:
    """Reads skills the way Claude Code does.

    Attributes:
        duplicates: What becomes of two skills of one name on one level.
        managed: The organisation's folder.
        user: The user's folder.
        plugins: The folders of plugins.
    """

    duplicates: Duplicates = "error"
    managed: Path | None = None
    user: Path | None = None
    plugins: tuple[Path, ...] = ()

    def load(self, location: Path) -> Roster:
        """Load every skill of a folder, and those of the other levels that are not shadowed.

        Raises:
            InvalidRosterError: If a folder is missing, or there is no skill. The organisation's and the user's folder
                may be missing.
        """
        refuse_missing([location, *self.plugins])
        gathering = Gathering(host="skills", duplicates=self.duplicates)
        for level in (self.managed, self.user):
            if level is not None and not level.is_dir():
                gathering.findings.append(absent_level(level))
        for level in (self.managed, self.user, location):
            if level is not None and level.is_dir():
                files, findings = _skill_files(level)
                gathering.add_level([read_skill(file) for file in files], findings)
        complaints: list[Finding] = []
        reads = [read_skill(file) for folder in self.plugins for file in _of_plugins(folder, complaints)]
        gathering.add_level(reads, complaints)
        return gathering.roster(location, usual=_USUAL_FOLDER, suffix=_FILE)


def _skill_files(level: Path) -> tuple[list[AgentFile], tuple[Finding, ...]]:
    files, findings = find_files(level, _FILE)
    return [file for file in files if file.path.name == _FILE], findings


def _of_plugins(folder: Path, complaints: list[Finding]) -> Iterator[AgentFile]:
    """Yield the skills in the ``skills`` folders of plugins, each with its plugin's name."""
    files, findings = _skill_files(folder)
    complaints.extend(findings)
    names: dict[Path, str] = {}
    for file in files:
        plugin = next((above.parent for above in file.path.parents if above.name == "skills"), None)
        if plugin is None:
            continue
        if plugin not in names:
            names[plugin] = plugin_name(plugin, complaints)
        yield replace(file, plugin=names[plugin])


def _build(options: SkillsOptions, context: BuildContext) -> RosterLoader:
    return SkillsRosterLoader(
        duplicates=options.duplicates,
        managed=optional_place(context.folder, options.managed),
        user=optional_place(context.folder, options.user),
        plugins=places(context.folder, options.plugins),
    )


COMPONENT: Component[SkillsOptions, RosterLoader] = Component(options=SkillsOptions, build=_build)
