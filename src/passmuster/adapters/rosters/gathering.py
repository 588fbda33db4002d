"""From read files to a roster: levels of precedence, agents of one name, and what to say where nothing is loaded."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from passmuster.adapters.rosters.agent_files import roster_name, shown_path
from passmuster.adapters.rosters.read_files import ReadFile, warning, with_examples
from passmuster.domain.agents import AgentDefinition, FileVerdict, HostVerdict, Roster
from passmuster.domain.errors import InvalidRosterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation, folded_name

Duplicates = Literal["error", "keep_first"]
"""What two agents of one name on one level are: an error, or the first path's agent and a warning."""

DUPLICATES_HELP = "What two agents of one name on one level are: an error, or the first path's agent and a warning."
"""What the option ``duplicates`` says of itself, for every host."""


@dataclass(slots=True, kw_only=True)
class Gathering:
    """The agents of all levels so far.

    Attributes:
        host: The product, by the name of its loader.
        duplicates: What becomes of two agents of one name on one level.
        verdicts: The fate of each file.
        findings: Complaints.
    """

    host: str
    duplicates: Duplicates = "error"
    verdicts: list[FileVerdict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _taken: dict[AgentName, tuple[ReadFile, AgentDefinition]] = field(default_factory=dict)
    _built_in: list[AgentDefinition] = field(default_factory=list)
    _holders: dict[AgentName, str] = field(default_factory=dict)

    def add_level(self, reads: Sequence[ReadFile], findings: Sequence[Finding] = ()) -> None:
        """Add the files of the next lower level, in the order of their paths, and complaints about their folder."""
        self.findings.extend(findings)
        higher = frozenset(self._holders)
        for read in reads:
            name = _claimed(read)
            if name is None or name not in self._holders:
                self._keep(read, name)
                continue
            if name not in higher and read.agent is not None:
                self.findings.append(duplicate_agent(name, self._holders[name], _place(read), self.duplicates))
            reason = f"the agent of this name in {self._holders[name]!r} comes before it"
            self.verdicts.append(replace(read.verdict, host=HostVerdict.SHADOWED, reason=reason))

    def add_built_in(self, agents: Sequence[AgentDefinition]) -> None:
        """Add agents that the host brings itself; any file of their name comes before them."""
        self._built_in.extend(agent for agent in agents if agent.name not in self._holders)

    def roster(self, location: Path, *, usual: str, suffix: str = ".md", confuses: bool = False) -> Roster:
        """Make the roster.

        Args:
            location: The folder that people named.
            usual: Where the host's agents usually lie, for hints.
            suffix: How the names of the host's files end, for hints.
            confuses: Whether the host compares names without regard to case and separators.

        Raises:
            InvalidRosterError: If no file at all gives an agent.
        """
        if not self._taken:
            raise InvalidRosterError([*self.findings, *self._nothing_loaded(location, usual, suffix)])
        return Roster(
            name=roster_name(location),
            host=self.host,
            agents=(*self._agents(), *self._built_in),
            files=tuple(self.verdicts),
            findings=(*self.findings, *(_confusable(self._sources) if confuses else ())),
        )

    def _keep(self, read: ReadFile, name: AgentName | None) -> None:
        self.findings.extend(read.findings)
        self.verdicts.append(replace(read.verdict, remedy=read.remedy))
        if name is not None:
            self._holders[name] = read.verdict.location.path
        if read.agent is not None:
            self._taken[read.agent.name] = (read, read.agent)

    @property
    def _sources(self) -> Mapping[AgentName, SourceLocation]:
        return {name: agent.source for name, (_, agent) in self._taken.items() if agent.source}

    def _agents(self) -> Iterator[AgentDefinition]:
        """Give the agents with their examples."""
        names = (*self._taken, *(agent.name for agent in self._built_in))
        everywhere = {name.lower(): name for name in names}
        within: defaultdict[str, dict[str, AgentName]] = defaultdict(dict)
        for name, (read, _) in self._taken.items():
            if read.plugin is not None:
                within[read.plugin][name.rpartition(":")[2].lower()] = name
        for read, agent in self._taken.values():
            known = everywhere if read.plugin is None else {**everywhere, **within[read.plugin]}
            yield with_examples(read, agent, known)

    def _nothing_loaded(self, location: Path, usual: str, suffix: str) -> list[Finding]:
        """Complain about each file, or about there being none."""
        if not self.verdicts:
            hint = f"name the folder that holds the agents' {suffix} files"
            if (location / usual).is_dir():
                hint = f"name {shown_path(location / usual)!r}; hidden folders are passed over"
            path = shown_path(location)
            return [_error("empty-roster", f"there is no agent file in {path!r}", hint, path)]
        return [
            Finding(
                rule="unusable-file",
                severity=Severity.ERROR,
                message=f"no agent comes out of this file: {verdict.reason}",
                hint=verdict.remedy,
                location=verdict.location,
            )
            for verdict in self.verdicts
        ]


def duplicate_agent(name: str, first: str, second: SourceLocation, duplicates: Duplicates) -> Finding:
    """Complain about two files of one level that hold an agent of one name."""
    return Finding(
        rule="duplicate-agent",
        severity=Severity.ERROR if duplicates == "error" else Severity.WARNING,
        message=f"two files of one level hold an agent named {name!r}: {first!r} and {second.path!r}",
        hint="rename or delete one of them; 'duplicates: keep_first' takes the first",
        location=second,
    )


def refuse_missing(folders: Sequence[Path]) -> None:
    """Refuse folders that are not there.

    Raises:
        InvalidRosterError: Naming each of them.
    """
    missing = [_no_folder(folder) for folder in folders if not folder.is_dir()]
    if missing:
        raise InvalidRosterError(missing)


def places(folder: Path, written: Iterable[str]) -> tuple[Path, ...]:
    """Return where folders are that options name, from the suite's folder or from the user's home."""
    return tuple(folder / Path(path).expanduser() for path in written)


def optional_place(folder: Path, written: str | None) -> Path | None:
    """Return where a folder is that an option may name; ``None`` if it does not."""
    return None if written is None else places(folder, [written])[0]


def _place(read: ReadFile) -> SourceLocation:
    return read.agent.source if read.agent and read.agent.source else read.verdict.location


def _claimed(read: ReadFile) -> AgentName | None:
    """Return the name that a file takes away from lower levels: its agent's, offered or not."""
    if read.agent is not None:
        return read.agent.name
    return read.verdict.name if read.verdict.host is HostVerdict.NOT_OFFERED else None


def _no_folder(folder: Path) -> Finding:
    path = shown_path(folder)
    problem = "is no folder" if folder.exists() else "does not exist"
    return _error("no-folder", f"the roster's folder {path!r} {problem}", "name the folder that holds the agents", path)


def _confusable(sources: Mapping[AgentName, SourceLocation]) -> list[Finding]:
    """Warn of names that are one to the host, which compares them without regard to case and separators."""
    alike: defaultdict[str, list[AgentName]] = defaultdict(list)
    for name in sources:
        alike[folded_name(name)].append(name)
    hint = "let names differ in more than case, spaces, hyphens and underscores"
    return [
        warning(
            "confusable-names", f"the host takes the names {names[0]!r} and {name!r} for the same", hint, sources[name]
        )
        for names in alike.values()
        for name in names[1:]
    ]


def _error(rule: str, message: str, hint: str, path: str) -> Finding:
    location = SourceLocation(path=path)
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)


def absent_level(level: Path) -> Finding:
    """Note that a folder is not here which only some machines have."""
    path = shown_path(level)
    return Finding(
        rule="absent-level",
        severity=Severity.NOTE,
        message=f"the folder {path!r} is not on this machine, so none of its agents is in the roster",
        hint="leave the option out where results are to be the same on every machine",
        location=SourceLocation(path=path),
    )
