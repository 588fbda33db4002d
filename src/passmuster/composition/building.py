"""A suite's configuration → live objects. Nothing else in passmuster knows which parts there are."""

from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passmuster.analysis.twins import with_twins
from passmuster.application.curating import merge_datasets, refuse_unknown_agents, refuse_unusable
from passmuster.application.planning import PlannedSubject, refuse_seen
from passmuster.components import BuildContext
from passmuster.composition.answers import answer_cache, answers_file
from passmuster.composition.assembling import Assembly, built_embedder
from passmuster.composition.calibrations import FOLDER
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.confining import Confinement, confinement_of, sandboxes_of
from passmuster.composition.criteria import CriterionParts, build_criteria, executing_criteria
from passmuster.composition.judges import Court
from passmuster.composition.live import Live, live_parts
from passmuster.composition.parts import Part, part_of, section_of
from passmuster.composition.places import place, store_section
from passmuster.composition.refusals import unknown
from passmuster.composition.secrets import Secrets, refuse_missing_secrets
from passmuster.composition.sections import checked_parts
from passmuster.composition.spending import askers_of, cap_of, prices_of, refuse_boundless, refuse_unready
from passmuster.composition.versions import recorded_versions
from passmuster.configuration.reading import read_suite
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import Section
from passmuster.documents import Path as Way
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError
from passmuster.domain.values import AgentName, Fingerprint, SourceLocation, SubjectName
from passmuster.domain.verdicts import GatePolicy, GateRule, MisroutingCost, Quarantine
from passmuster.ports import Backend, Baselines, Clock, Criterion, DatasetLoader, Executor, Reporter, Revisions, Store
from passmuster.services.options import Limits

if TYPE_CHECKING:
    from passmuster.application.evaluating import SuiteParts


class Workbench:
    """One suite's parts, each built when it is first asked for, so that a command pays only for what it uses.

    Attributes:
        suite: The path of its ``suite.yaml``.
        folder: The suite's folder; relative places in the suite start there.
        configuration: The suite as read.
        secrets: Where the values of its secrets are looked up.
        cap: What this process may spend; to be changed only before anything is built.
        is_fresh: Whether answers that were kept before are asked for again; likewise.
    """

    def __init__(self, suite: Path, settings: Settings, live: Live | None = None) -> None:
        """Read and check the suite's file.

        Args:
            suite: The path of its ``suite.yaml``.
            settings: What the environment says.
            live: What live backends share with those of another suite; ``None`` is a beginning.

        Raises:
            InvalidConfigurationError: With every complaint about the file and about every component's options.
        """
        self.suite = suite
        self.folder = suite.parent
        self.configuration, self._document = read_suite(suite)
        self._settings = settings
        self.cap, self.is_fresh = cap_of(self.configuration), False
        self.secrets = Secrets(settings.environment_file)
        self._asked: dict[str, tuple[Part, ...]] = {}
        self._catalogue = Catalogue(folder=self.folder)
        self._parts = checked_parts(self.configuration, self._part)
        self._shares_live = live is not None
        if live is not None:
            self.live = live

    @property
    def baseline_location(self) -> Path:
        """Where the accepted baseline lies."""
        return place(self.folder, self.configuration.baseline)

    @property
    def answers_location(self) -> Path:
        """The file of kept answers, whether there is one or not."""
        return answers_file(self.configuration.cache, folder=self.folder, cache=self._settings.cache)

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
        complaints: list[InvalidDatasetError] = []
        datasets = []
        for loader, location in self.dataset_loaders:
            try:
                datasets.append(loader.load(location))
            except InvalidDatasetError as error:
                complaints.append(error)
        if complaints:
            raise InvalidDatasetError([finding for error in complaints for finding in error.findings])
        merged = merge_datasets(datasets)
        return with_twins(merged, self.roster) if self.configuration.twins == "right" else merged

    @cached_property
    def store(self) -> Store:
        """The store; close it when done."""
        if self._settings.store is not None:
            return self.store_at(self._settings.store)
        store: Store = self._parts["store",].build(self._bare)
        return store

    def store_at(self, where: Path | str | Section) -> Store:
        """Open another store, a file, a URL, or what a section says, made if there is none; close it when done."""
        store: Store = self._part("stores", store_section(where), ("store",)).build(self._bare)
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

    def check_criteria(self, cases: Iterable[Case] | None = None) -> dict[Fingerprint, Criterion]:
        """Build every criterion of every case once, and return them.

        Args:
            cases: The cases, walked once; ``None`` means the suite's.

        Raises:
            InvalidDatasetError: With every complaint about their options.
        """
        return build_criteria(self.cases if cases is None else cases, self.criterion_parts)

    @property
    def executing_criteria(self) -> tuple[str, ...]:
        """The names of the criteria that have code run in a sandbox."""
        return executing_criteria(self.cases, self._catalogue)

    @cached_property
    def confinement(self) -> Confinement:
        """Where the code of answers is run; looked for when it is first needed."""
        wanted = sandboxes_of(self.configuration.sandbox)
        return confinement_of(
            lambda: (self._part("sandboxes", item, ("sandbox",)) for item in wanted),
            self._bare,
            self._settings,
            lambda text: self.secrets.redaction().finds(text),
        )

    @property
    def criterion_parts(self) -> CriterionParts:
        """What criteria are built of."""
        return CriterionParts(
            catalogue=self._catalogue, context=self._bare, confinement=self.confinement, court=self.court
        )

    @cached_property
    def court(self) -> Court:
        """Who judges where criteria ask models."""
        return Court(
            backend=self.named_backend,
            embedder=lambda data: built_embedder(
                self._part("embedders", section_of(data, self._document, ()), ()), self._bare, self._settings.cache
            ),
            calibrations=self.folder / FOLDER,
            may_gate=self.configuration.uncalibrated_judges == "may_gate",
        )

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
        if "live" in self.__dict__ and not self._shares_live:
            self.live.close()

    @property
    def reporters(self) -> tuple[Reporter, ...]:
        """The reporters, in the suite's order."""
        places = range(len(self.configuration.reports))
        return tuple(self._parts["reports", index].build(self._bare) for index in places)

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
        if unknown_names := [name for name in only if name not in known]:
            raise InvalidConfigurationError([unknown("subject", unknown_names[0], known, rule="unknown-subject")])
        refuse_unusable(agents := self.roster if roster is None else roster)
        return tuple(self._subject(name, agents) for name in known if not only or name in only)

    def parts(
        self, former_agents: Collection[AgentName] = (), only: Collection[str] = (), *, asks: bool = True
    ) -> "SuiteParts":
        """Build everything that evaluating needs.

        Args:
            former_agents: The agents of the baseline, which expectations may still name.
            only: The subjects to evaluate; empty means all.
            asks: Whether the subjects are going to be asked, so that their secrets must be there.

        Raises:
            InvalidInputError: With every complaint about roster, cases and criteria.
        """
        from passmuster.application.evaluating import SuiteParts  # noqa: PLC0415 - most commands evaluate nothing

        subjects = self.subjects(only)
        if asks:
            self.refuse_missing_secrets([planned.record.name for planned in subjects])
        refuse_unknown_agents(self.cases, self.roster, former_agents)
        refuse_seen(subjects, self.cases)
        criteria = self.check_criteria()
        if asks:
            self.refuse_missing_secrets((), self.court.asked)
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
            versions=recorded_versions(),
            revision=self.revisions.current(self.folder),
            sandbox=self.confinement.record,
            endpoints=lambda: self.live.meter.records() if "live" in self.__dict__ else (),
        )

    def limit_of(self, backend: str) -> int | None:
        """Return how many requests a backend has under way at once, at the most; ``None`` if nothing bounds it."""
        limits = getattr(self._parts["backends", backend].options, "limits", None)
        return limits.concurrency if isinstance(limits, Limits) else None

    def refuse_missing_secrets(self, only: Collection[str], also: Iterable[Part] = ()) -> None:
        """Refuse to ask subjects where a secret is missing that they need, or where the budget could not be kept.

        Args:
            only: The names of the subjects.
            also: What else is going to be asked.

        Raises:
            InvalidConfigurationError: With the places of all such secrets, or else of all such backends.
        """
        if unbuilt := [name for name in only if name not in self._asked]:
            self.subjects(unbuilt)
        parts = [*(part for name in only for part in self._asked[name]), *also]
        refuse_missing_secrets(parts, self.secrets, self._document)
        refuse_unready(askers := tuple(askers_of(parts, self._backends)), self._document)
        if askers and (budget := self.live.budget) is not None:
            refuse_boundless(askers, budget.cap, self.live.prices, self._document)

    def _part(self, group: str, section: Section, way: Way) -> Part:
        return part_of(self._catalogue, group, section, self._document, way)

    def _built_in(self, group: str, name: str) -> Any:  # noqa: ANN401 - the group decides the type
        return self._part(group, Section(use=name), ()).build(self._bare)

    @property
    def _bare(self) -> BuildContext:
        """What parts may build upon that know no roster."""
        return BuildContext(
            folder=self.folder,
            resolve=self._catalogue.resolve,
            secret=self.secrets.value,
            sandbox=lambda: self.confinement.sandbox(),  # noqa: PLW0108 - later than the choice
            examiner=lambda: self.confinement.examiner(),  # noqa: PLW0108 - likewise
            spend=lambda work, told: self.live.afterwards(work, told),  # noqa: PLW0108 - later than the budget
            cache=self._settings.cache,
        )

    def _subject(self, name: str, roster: Roster) -> PlannedSubject:
        way: Way = ("subjects", name)
        assembly = Assembly(
            bare=self._bare,
            roster=roster,
            way=way,
            part=lambda group, data, inner: self._part(group, section_of(data, self._document, inner), inner),
            backend=lambda asked, wanted: self._backend(asked, (*way, "backend"), wanted),
            cache=self._settings.cache,
        )
        planned = assembly.subject(SubjectName(name), self._parts[way])
        self._asked[name] = (self._parts[way], *assembly.choosing, *assembly.writing)
        return planned

    def _backend(self, asked: list[Part], way: Way, wanted: str) -> Backend:
        """Return the backend of that name, noting that it was asked for."""
        if wanted not in self.configuration.backends:
            known, where = self.configuration.backends, self._document.location(way)
            raise InvalidConfigurationError([unknown("backend", wanted, known, rule="unknown-backend", location=where)])
        asked.append(self._parts["backends", wanted])
        return self._backends[wanted]

    def named_backend(self, name: str, *way: str) -> tuple[Part, Backend]:
        """Return the backend that is named at a place of the suite, and what it was built of.

        Raises:
            InvalidConfigurationError: If the suite has none of that name.
        """
        asked: list[Part] = []
        backend = self._backend(asked, way, name)
        return asked[0], backend

    @cached_property
    def live(self) -> Live:
        """What live backends share: policies, and the meter of what was had."""
        prices = prices_of(self.configuration, self.clock)
        answers = answer_cache(
            self.configuration.cache,
            self.answers_location,
            is_fresh=self.is_fresh,
            clock=self.clock,
            holds_secret=lambda text: self.secrets.redaction().finds(text),
        )
        return live_parts(self.clock, seed=self.configuration.seed, prices=prices, cap=self.cap, answers=answers)

    @cached_property
    def _backends(self) -> dict[str, Backend]:
        """Backends are shared between subjects: one place for limits and connections."""
        parts = {name: self._parts["backends", name] for name in self.configuration.backends}
        return {name: self.live.around(name, part.build(self._bare), part) for name, part in parts.items()}
