"""Rosters of Claude Code: folders of Markdown files with front matter, by levels of precedence.

The host's rules, as its documentation gives them: an agent's identity is the ``name`` in its front matter, whatever
its file is called; agents of plugins are called ``plugin:name`` or ``plugin:subfolder:name``; of two agents with one
name on different levels the higher level's wins. Which of two on the same level wins is not said, so that is an error.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.rosters.agent_files import Layout, find_agent_files, roster_name, shown_path
from passmuster.adapters.rosters.agent_reading import ReadFile, read_agent_file, with_examples
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, Roster
from passmuster.domain.errors import InvalidRosterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation
from passmuster.ports import RosterLoader

_SEPARATORS = re.compile(r"[\s_-]+")
_USUAL_FOLDER = ".claude/agents"


class ClaudeCodeOptions(BaseModel):
    """Options of ``claude_code``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(
        default=_USUAL_FOLDER, min_length=1, description="The folder of agents, relative to the suite's folder."
    )
    duplicates: Literal["error", "keep_first"] = Field(
        default="error",
        description="What two agents of one name on one level are: an error, or the first path's agent and a warning.",
    )
    layout: Layout = Field(
        default="auto",
        description="How agents are named: by their own names (folder), with their plugin's name in front (plugins), "
        "or with it wherever files lie as plugins' do (auto).",
    )
    lower_levels: tuple[str, ...] = Field(
        default=(),
        description="Further folders whose agents give way to those before them, the weightiest first, "
        "such as ~/.claude/agents.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeCodeRosterLoader:
    """Reads agent files the way Claude Code does.

    Attributes:
        duplicates: What becomes of two agents of one name on one level.
        layout: How agents are named.
        lower_levels: Folders whose agents give way, the weightiest first.
    """

    duplicates: Literal["error", "keep_first"] = "error"
    layout: Layout = "auto"
    lower_levels: tuple[Path, ...] = ()

    def load(self, location: Path) -> Roster:
        """Load every agent below a folder, and those of the lower levels that it does not shadow.

        Raises:
            InvalidRosterError: If one of the folders is missing, or no file at all gives an agent.
        """
        levels = (location, *self.lower_levels)
        missing = [_no_folder(level) for level in levels if not level.is_dir()]
        if missing:
            raise InvalidRosterError(missing)
        findings: list[Finding] = []
        gathering = _Gathering(duplicates=self.duplicates)
        for level in levels:
            files, complaints = find_agent_files(level, self.layout)
            findings.extend(complaints)
            gathering.add_level([read_agent_file(file) for file in files])
        if not gathering.taken:
            raise InvalidRosterError([*findings, *_nothing_loaded(location, gathering)])
        findings.extend(gathering.findings)
        findings.extend(_confusable(gathering.sources))
        return Roster(
            name=roster_name(location),
            host="claude_code",
            agents=tuple(gathering.agents()),
            files=tuple(gathering.verdicts),
            findings=tuple(findings),
        )


class _Gathering:
    """The agents of all levels so far."""

    def __init__(self, *, duplicates: Literal["error", "keep_first"]) -> None:
        self.taken: dict[AgentName, tuple[ReadFile, AgentDefinition]] = {}
        self.verdicts: list[FileVerdict] = []
        self.findings: list[Finding] = []
        self.remedies: list[str] = []
        self._severity = Severity.ERROR if duplicates == "error" else Severity.WARNING

    def add_level(self, reads: Sequence[ReadFile]) -> None:
        """Add the files of the next lower level, in the order of their paths."""
        higher = frozenset(self.taken)
        for read in reads:
            self.remedies.append(read.remedy)
            if read.agent is None or read.agent.name not in self.taken:
                self.findings.extend(read.findings)
                self.verdicts.append(read.verdict)
                if read.agent is not None:
                    self.taken[read.agent.name] = (read, read.agent)
                continue
            first = self.taken[read.agent.name][0].verdict.location.path
            if read.agent.name not in higher:
                self.findings.append(self._duplicate(read.agent, first))
            reason = f"the agent of this name in {first!r} comes before it"
            self.verdicts.append(replace(read.verdict, host=HostVerdict.SHADOWED, reason=reason))

    @property
    def sources(self) -> Mapping[AgentName, SourceLocation]:
        """Where each agent is written."""
        return {name: agent.source for name, (_, agent) in self.taken.items() if agent.source}

    def agents(self) -> Iterator[AgentDefinition]:
        """Give the agents with their examples."""
        everywhere = {name.lower(): name for name in self.taken}
        within: defaultdict[str, dict[str, AgentName]] = defaultdict(dict)
        for name, (read, _) in self.taken.items():
            if read.plugin is not None:
                within[read.plugin][name.rpartition(":")[2].lower()] = name
        for read, agent in self.taken.values():
            known = everywhere if read.plugin is None else {**everywhere, **within[read.plugin]}
            yield with_examples(read, agent, known)

    def _duplicate(self, agent: AgentDefinition, first: str) -> Finding:
        path = agent.source.path if agent.source else ""
        return Finding(
            rule="duplicate-agent",
            severity=self._severity,
            message=f"two files of one level hold an agent named {agent.name!r}: {first!r} and {path!r}",
            hint="rename or delete one of them; 'duplicates: keep_first' takes the first",
            location=agent.source,
        )


def _build(options: ClaudeCodeOptions, context: BuildContext) -> RosterLoader:
    lower = (Path(level).expanduser() for level in options.lower_levels)
    return ClaudeCodeRosterLoader(
        duplicates=options.duplicates,
        layout=options.layout,
        lower_levels=tuple(context.folder / level for level in lower),
    )


COMPONENT: Component[ClaudeCodeOptions, RosterLoader] = Component(options=ClaudeCodeOptions, build=_build)


def _no_folder(level: Path) -> Finding:
    path = shown_path(level)
    problem = "is no folder" if level.exists() else "does not exist"
    return _error("no-folder", f"the roster's folder {path!r} {problem}", "name the folder that holds the agents", path)


def _nothing_loaded(location: Path, gathering: _Gathering) -> list[Finding]:
    """Complain about each file, or about there being none."""
    path = shown_path(location)
    if not gathering.verdicts:
        hint = "name the folder that holds the agents' .md files"
        if (location / _USUAL_FOLDER).is_dir():
            hint = f"name {shown_path(location / _USUAL_FOLDER)!r}; hidden folders are passed over"
        return [_error("empty-roster", f"there is no agent file in {path!r}", hint, path)]
    return [
        Finding(
            rule="unusable-file",
            severity=Severity.ERROR,
            message=f"no agent comes out of this file: {verdict.reason}",
            hint=remedy,
            location=verdict.location,
        )
        for verdict, remedy in zip(gathering.verdicts, gathering.remedies, strict=True)
    ]


def _confusable(sources: Mapping[AgentName, SourceLocation]) -> list[Finding]:
    """Warn of names that are one to the host, which compares them without regard to case and separators."""
    alike: defaultdict[str, list[AgentName]] = defaultdict(list)
    for name in sources:
        alike[_SEPARATORS.sub("", name.casefold())].append(name)
    return [
        Finding(
            rule="confusable-names",
            severity=Severity.WARNING,
            message=f"the host takes the names {names[0]!r} and {name!r} for the same",
            hint="let names differ in more than case, spaces, hyphens and underscores",
            location=sources[name],
        )
        for names in alike.values()
        for name in names[1:]
    ]


def _error(rule: str, message: str, hint: str, path: str) -> Finding:
    location = SourceLocation(path=path)
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)
