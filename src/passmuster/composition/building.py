"""A suite's configuration → live objects. Nothing else in passmuster knows which parts there are."""

import platform
from collections.abc import Collection, Iterable
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from passmuster.analysis.twins import with_twins
from passmuster.application.curating import merge_datasets, refuse_unknown_agents, refuse_unusable
from passmuster.application.evaluating import SuiteParts
from passmuster.application.planning import PlannedSubject, refuse_seen
from passmuster.components import BuildContext
from passmuster.composition.assembling import Assembly
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.criteria import build_criteria
from passmuster.composition.hosts import find_place
from passmuster.composition.parts import Part, part_of, section_of
from passmuster.composition.places import place
from passmuster.configuration.reading import read_suite
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import Section
from passmuster.documents import Path as Way
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import AgentName, SourceLocation, SubjectName
from passmuster.domain.verdicts import GatePolicy, GateRule, MisroutingCost, Quarantine
from passmuster.ports import Backend, Baselines, Clock, DatasetLoader, Executor, Reporter, Revisions, Store

PACKAGES = ("numpy", "pandas", "snowballstemmer", "sqlalchemy")
"""Packages whose versions a run's manifest records."""


class Workbench:
    """One suite's parts, each built when it is first asked for, so that a command pays only for what it uses.

    Attributes:
        suite: The path of its ``suite.yaml``.
        folder: The suite's folder; relative places in the suite start there.
        configuration: The suite as read.
    """

    def __init__(self, suite: Path, settings: Settings) -> None:
        """Read and check the suite's file.

        Args:
            suite: The path of its ``suite.yaml``.
            settings: What the environment says.

        Raises:
            InvalidConfigurationError: With every complaint about the file and about every component's options.
        """
        self.suite = suite
        self.folder = suite.parent
        self.configuration, self._document = read_suite(suite)
        self._settings = settings
        self._catalogue = Catalogue(folder=self.folder)
        self._parts = self._check_sections()

    @property
    def baseline_location(self) -> Path:
        """Where the accepted baseline lies."""
        return place(self.folder, self.configuration.baseline)

    @property
    def reports_location(self) -> Path:
        """The folder for this suite's reports."""
        root = self._settings.reports or place(self.folder, self.configuration.reports_location)
        return root / self.configuration.name

    @cached_property
    def policy(self) -> GatePolicy:
        """What the suite says about its gate; a quarantine whose day has come is in force no more."""
        today = self.clock.now().date().isoformat()
        return GatePolicy(
            rules=tuple(GateRule(**rule.model_dump()) for rule in self.configuration.gate),
            costs=tuple(MisroutingCost(**cost.model_dump()) for cost in self.configuration.costs),
            quarantines=tuple(item for item in self.quarantines if item.expires > today),
        )

    @cached_property
    def quarantines(self) -> tuple[Quarantine, ...]:
        """Every quarantine of the suite, whether in force or not."""
        return tuple(Quarantine(**item.model_dump(mode="json")) for item in self.configuration.quarantine)

    def location(self, *way: str | int) -> SourceLocation:
        """Return where a part of the suite is written, such as ``"quarantine", 0, "case"``; else what it is in."""
        return self._document.location(way)

    @cached_property
    def roster(self) -> Roster:
        """The roster as loaded, with its findings; it may hold errors."""
        return self.roster_at(self.roster_location)

    @property
    def roster_location(self) -> Path:
        """Where the agents lie."""
        return place(self.folder, str(getattr(self._parts["roster",].options, "location", ".")))

    def roster_at(self, location: Path) -> Roster:
        """Load the agents of another place as this suite loads its own."""
        loaded = self._parts["roster",].build(self._bare).load(location)
        assert isinstance(loaded, Roster)  # noqa: S101 - the port promises it; a plug-in's slip is to be found here
        return loaded

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every case of every dataset, with the complaints about all of them at once."""
        findings: list[Finding] = []
        datasets = []
        for loader, location in self.dataset_loaders:
            try:
                datasets.append(loader.load(location))
            except InvalidDatasetError as error:
                findings.extend(error.findings)
        if findings:
            raise InvalidDatasetError(findings)
        merged = merge_datasets(datasets)
        return with_twins(merged, self.roster) if self.configuration.twins == "right" else merged

    @cached_property
    def store(self) -> Store:
        """The store; close it when done."""
        if self._settings.store is None:
            store: Store = self._parts["store",].build(self._bare)
        else:
            section = Section.model_validate({"use": "sqlite", "location": str(Path(self._settings.store).absolute())})
            store = self._part("stores", section, ("store",)).build(self._bare)
        return store

    @cached_property
    def executor(self) -> Executor:
        """How trials are made."""
        built: Executor = self._parts["execution",].build(self._bare)
        return built

    @cached_property
    def revisions(self) -> Revisions:
        """Knows the state of the user's repository."""
        built: Revisions = self._built_in("revisions", "git")
        return built

    @cached_property
    def clock(self) -> Clock:
        """Tells the time."""
        built: Clock = self._built_in("clocks", "system")
        return built

    @cached_property
    def baselines(self) -> Baselines:
        """Reads and writes the accepted baseline."""
        built: Baselines = self._built_in("baselines", "text")
        return built

    def check_criteria(self, cases: Iterable[Case] | None = None) -> None:
        """Build every criterion of every case once.

        Args:
            cases: The cases, walked once; ``None`` means the suite's.

        Raises:
            InvalidDatasetError: With every complaint about their options.
        """
        build_criteria(self.cases if cases is None else cases, self._catalogue, self._bare)

    @property
    def dataset_loaders(self) -> tuple[tuple[DatasetLoader, Path], ...]:
        """The loader of each dataset with the place that it is to read, in the suite's order."""
        found = []
        for index in range(len(self.configuration.datasets)):
            part = self._parts["datasets", index]
            location = place(self.folder, str(getattr(part.options, "location", None) or "."))
            found.append((part.build(self._bare), location))
        return tuple(found)

    def close(self) -> None:
        """Close what was opened."""
        if "store" in self.__dict__:
            self.store.close()

    @property
    def reporters(self) -> tuple[Reporter, ...]:
        """The reporters, in the suite's order."""
        return tuple(
            self._parts["reports", index].build(self._bare) for index in range(len(self.configuration.reports))
        )

    def subjects(self, only: Collection[str] = (), roster: Roster | None = None) -> tuple[PlannedSubject, ...]:
        """Build the subjects of these names, or all of them, in the suite's order.

        Args:
            only: The subjects to build; empty means all.
            roster: The agents to build them for; ``None`` means the suite's own.

        Raises:
            InvalidConfigurationError: If the suite has no subject of such a name.
            InvalidRosterError: If no roster can be made of the agents.
        """
        known = list(self.configuration.subjects)
        unknown = [name for name in only if name not in known]
        if unknown:
            finding = Finding(
                rule="unknown-subject",
                severity=Severity.ERROR,
                message=f"the suite has no subject {unknown[0]!r}",
                hint=f"its subjects: {', '.join(known)}",
            )
            raise InvalidConfigurationError([finding])
        agents = self.roster if roster is None else roster
        refuse_unusable(agents)
        return tuple(self._subject(name, agents) for name in known if not only or name in only)

    def parts(self, former_agents: Collection[AgentName] = (), only: Collection[str] = ()) -> SuiteParts:
        """Build everything that evaluating needs.

        Args:
            former_agents: The agents of the baseline, which expectations may still name.
            only: The subjects to evaluate; empty means all.

        Raises:
            InvalidInputError: With every complaint about roster, cases and criteria.
        """
        subjects = self.subjects(only)
        refuse_unknown_agents(self.cases, self.roster, former_agents)
        refuse_seen(subjects, self.cases)
        criteria = build_criteria(self.cases, self._catalogue, self._bare)
        return SuiteParts(
            suite=self.configuration.name,
            roster=self.roster,
            cases=self.cases,
            subjects=subjects,
            criteria=criteria,
            store=self.store,
            executor=self.executor,
            clock=self.clock,
            repetitions=self.configuration.repetitions,
            seed=self.configuration.seed,
            configuration=self.configuration.model_dump(mode="json", by_alias=True),
            versions=_versions(),
            revision=self.revisions.current(self.folder),
        )

    def _check_sections(self) -> dict[Way, Part]:
        """Check every section's options, so that all complaints come at once."""
        configuration = self.configuration
        sections: list[tuple[str, Section, Way]] = [
            ("roster_loaders", configuration.roster, ("roster",)),
            ("executors", configuration.execution, ("execution",)),
            ("stores", configuration.store, ("store",)),
            *(("dataset_loaders", item, ("datasets", at)) for at, item in enumerate(configuration.datasets)),
            *(("backends", item, ("backends", name)) for name, item in configuration.backends.items()),
            *(("subjects", item, ("subjects", name)) for name, item in configuration.subjects.items()),
            *(("reporters", item, ("reports", at)) for at, item in enumerate(configuration.reports)),
        ]
        parts: dict[Way, Part] = {}
        findings: list[Finding] = []
        for group, section, way in sections:
            try:
                parts[way] = self._part(group, section, way)
            except InvalidConfigurationError as error:
                findings.extend(error.findings)
        if findings:
            raise InvalidConfigurationError(findings)
        return parts

    def _part(self, group: str, section: Section, way: Way) -> Part:
        return part_of(self._catalogue, group, section, self._document, way)

    def _built_in(self, group: str, name: str) -> Any:  # noqa: ANN401 - the group decides the type
        return self._part(group, Section(use=name), ()).build(self._bare)

    @property
    def _bare(self) -> BuildContext:
        """What parts may build upon that know no roster."""
        return BuildContext(folder=self.folder, resolve=self._catalogue.resolve)

    def _subject(self, name: str, roster: Roster) -> PlannedSubject:
        way: Way = ("subjects", name)
        assembly = Assembly(
            bare=self._bare,
            roster=roster,
            way=way,
            part=lambda group, data, inner: self._part(group, section_of(data, self._document, inner), inner),
            backend=lambda asked, wanted: self._backend(asked, way, wanted),
            cache=self._settings.cache,
        )
        return assembly.subject(SubjectName(name), self._parts[way])

    def _backend(self, asked: list[Part], way: Way, wanted: str) -> Backend:
        """Return the backend of that name, noting that it was asked for."""
        if wanted not in self.configuration.backends:
            raise InvalidConfigurationError([self._unknown_backend(wanted, (*way, "backend"))])
        asked.append(self._parts["backends", wanted])
        return self._backends[wanted]

    @cached_property
    def _backends(self) -> dict[str, Backend]:
        """Backends are shared between subjects: one place for limits and connections."""
        return {name: self._parts["backends", name].build(self._bare) for name in self.configuration.backends}

    def _unknown_backend(self, wanted: str, way: Way) -> Finding:
        known = ", ".join(self.configuration.backends) or "none"
        return Finding(
            rule="unknown-backend",
            severity=Severity.ERROR,
            message=f"the suite has no backend {wanted!r}",
            hint=f"its backends: {known}",
            location=self._document.location(way),
        )


def load_roster(folder: Path, host: str | None = None) -> Roster:
    """Load the agents of a folder as their host does, outside any suite.

    Args:
        folder: A folder of agents, or a repository that has one.
        host: The host; ``None`` finds it by where the folder lies and what is in it.

    Raises:
        InvalidRosterError: If there are none.
        InvalidConfigurationError: If there is no such host, or the folder holds the agents of several.
    """
    found = find_place(folder, host)
    component = Catalogue(folder=Path()).component("roster_loaders", found.host)
    options = component.options(location=str(found.location), **found.options)
    roster: Roster = component.build(options, BuildContext(folder=Path())).load(place(Path(), str(found.location)))
    return roster


def _versions() -> dict[str, object]:
    return {
        "passmuster": version("passmuster"),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }
