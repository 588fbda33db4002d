"""Use case: make a run, or finish one that was interrupted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from passmuster.application.committing import Ledger, Progress, no_endpoints
from passmuster.application.making import Bringing, Making, handed
from passmuster.application.planning import PlannedSubject, Plans, plan_trials, refuse_hopeless
from passmuster.application.reading import load_whole
from passmuster.application.summarizing import keep_summary
from passmuster.application.trials import RunTrial
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.endpoints import EndpointRecord
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import Revision, Run, RunManifest
from passmuster.domain.sandboxes import SandboxRecord
from passmuster.domain.values import (
    CaseIdentifier,
    Fingerprint,
    JsonObject,
    RunIdentifier,
    SubjectName,
    fingerprint_of,
)
from passmuster.ports import Clock, Criterion, Executor, Store, Subject, TrialRunner

SEARCHED = 40
"""Stored runs among which one is looked for that can be gone on with."""


def unwatched(_run: RunIdentifier, runner: TrialRunner) -> TrialRunner:
    """Put nothing around what makes trials."""
    return runner


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteParts:
    """A suite as live objects: all that evaluating needs.

    Attributes:
        suite: The suite's name.
        roster: The agents.
        cases: What is asked of them.
        subjects: Who answers.
        criteria: Built criteria by the fingerprint of their reference.
        store: Where trials go.
        executor: How they are made.
        clock: Tells time.
        repetitions: For subjects that vary.
        seed: For everything that is drawn.
        configuration: The suite as resolved, without secrets.
        versions: Of passmuster and what results depend on.
        revision: Of the user's repository.
        inclusions: Where only some cases are run, these, with the probability with which each was taken.
        selection: Which those are and why, in a sentence.
        looks: How often the gate may look at the growing run. With more than one, every case is asked once at first.
        shard: Which part of a run this is, such as ``2/4``; empty for a whole one.
        sandbox: Where the code of answers is run, as far as that is known.
        endpoints: Returns whom this process has asked so far for the run, and what it had.
        around: Puts something around what makes the trials of a run, such as somebody who watches.
        bring: How workers come by what makes trials, wherever they are.
    """

    suite: str
    roster: Roster
    cases: tuple[Case, ...]
    subjects: tuple[PlannedSubject, ...]
    criteria: Mapping[Fingerprint, Criterion]
    store: Store
    executor: Executor
    clock: Clock
    repetitions: int
    seed: int
    configuration: JsonObject
    versions: JsonObject
    revision: Revision | None
    inclusions: Mapping[CaseIdentifier, float] | None = None
    selection: str = ""
    looks: int = 1
    shard: str = ""
    sandbox: SandboxRecord | None = None
    endpoints: Callable[[], tuple[EndpointRecord, ...]] = no_endpoints
    around: Callable[[RunIdentifier, TrialRunner], TrialRunner] = unwatched
    bring: Bringing = handed

    @property
    def live_subjects(self) -> Mapping[SubjectName, Subject]:
        """The live subjects by name."""
        return {planned.record.name: planned.subject for planned in self.subjects}

    @property
    def dataset_fingerprint(self) -> Fingerprint:
        """The fingerprint of all cases, whatever their order."""
        return Dataset(name=self.suite, cases=self.cases).fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """A run about to be made: its manifest, and the trials that are still missing."""

    manifest: RunManifest
    missing: Plans


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateSuite:
    """Evaluates a suite."""

    parts: SuiteParts
    plans: Plans = field(init=False)
    _ledgers: dict[RunIdentifier, Ledger] = field(init=False, default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Say which trials there are; they are laid out when they are walked."""
        parts = self.parts
        plans = plan_trials(
            parts.subjects,
            parts.cases,
            parts.roster,
            repetitions=parts.repetitions if parts.looks == 1 else 1,
            inclusions=parts.inclusions,
        )
        object.__setattr__(self, "plans", plans)

    def start(self, against: RunIdentifier | None = None) -> PlannedRun:
        """Plan a new run; nothing is stored yet.

        Args:
            against: The run that will be made in turns with it.

        Raises:
            InvalidConfigurationError: If a trial cannot be made, such as one without a recording.
        """
        refuse_hopeless(self.plans.sketches(), self.parts.live_subjects)
        return PlannedRun(manifest=self._manifest(against), missing=self.plans)

    def resume(self) -> PlannedRun:
        """Plan what the latest run of this suite still lacks.

        Raises:
            RunNotFoundError: If there is no run of the same roster, cases and subjects.
        """
        manifest = next(iter(self.former()), None)
        if manifest is None:
            message = f"no run of suite {self.parts.suite!r} with this roster, these cases and these subjects to resume"
            raise RunNotFoundError(
                message, hint="give the options that it was begun with, or start a new one without --resume"
            )
        return self.going_on(manifest)

    def former(self) -> Iterator[RunManifest]:
        """Yield the latest runs that measured, or were to measure, the same in the same way; the newest first."""
        current = self._manifest()
        for manifest in self.parts.store.history(self.parts.suite, limit=SEARCHED):
            if manifest.rescored is None and _measured(manifest) == _measured(current):
                yield manifest

    def going_on(self, manifest: RunManifest) -> PlannedRun:
        """Plan what a run that was begun still lacks of what was planned at first.

        Where a later round has begun, nothing: its cases were drawn by what was known of the first.
        """
        finished = self.parts.store.finished(manifest.identifier)
        has_grown = manifest.looks > 1 and any(key.repetition for key in finished)
        return PlannedRun(manifest=manifest, missing=Plans(()) if has_grown else self.plans.without(finished))

    def growing(
        self,
        manifest: RunManifest,
        taken: Mapping[SubjectName, Mapping[CaseIdentifier, float]],
        repetitions: range,
    ) -> PlannedRun:
        """Plan what a run still lacks of a later round.

        Args:
            manifest: The run's.
            taken: For each subject the cases that the round takes, with the probability with which each was taken
                into it. Where only some cases are run at all, that counts besides.
            repetitions: Which repetitions they are.
        """
        parts, first = self.parts, self.parts.inclusions or {}
        lanes = [
            lane
            for planned in parts.subjects
            for lane in plan_trials(
                [planned],
                parts.cases,
                parts.roster,
                repetitions=repetitions,
                inclusions={
                    case: chance * first.get(case, 1.0) for case, chance in taken.get(planned.record.name, {}).items()
                },
            ).lanes
        ]
        finished = parts.store.finished(manifest.identifier)
        return PlannedRun(manifest=manifest, missing=Plans(tuple(lanes)).without(finished))

    async def execute(
        self,
        planned: PlannedRun,
        progress: Progress,
        load: Callable[[Store, RunIdentifier], Run] = load_whole,
    ) -> Run:
        """Make the missing trials, store each as it ends, and return the run as it is to be loaded.

        When this is cancelled, what has been finished is stored before the cancellation goes on.
        """
        await self.make(planned, progress)
        run, cases = load(self.parts.store, planned.manifest.identifier), self.parts.cases
        keep_summary(self.parts.store, run)
        # The same cases and agents twice would be a third of what is in memory.
        return replace(run, cases=cases, roster=self.parts.roster) if run.cases == cases else run

    async def make(self, planned: PlannedRun, progress: Progress) -> None:
        """Make the missing trials and store each as it ends, as ``execute`` does; nothing is loaded."""
        ledger = self.ledger(planned)
        making = Making(executor=self.parts.executor, ledgers=(ledger,), progress=progress, bring=self.parts.bring)
        await making.make(planned.missing, self.runner(planned), lambda trial: (ledger, trial))

    def ledger(self, planned: PlannedRun) -> Ledger:
        """Open a run in the store, and return what this process notes for it."""
        parts, identifier = self.parts, planned.manifest.identifier
        parts.store.begin(planned.manifest, parts.roster, parts.cases)
        if identifier not in self._ledgers:
            self._ledgers[identifier] = Ledger(
                run=identifier, store=parts.store, clock=parts.clock, endpoints=parts.endpoints
            )
        return self._ledgers[identifier]

    def runner(self, planned: PlannedRun) -> TrialRunner:
        """Return what makes the trials of a run."""
        parts = self.parts
        runner = RunTrial(subjects=parts.live_subjects, criteria=parts.criteria, clock=parts.clock)
        return parts.around(planned.manifest.identifier, runner)

    def _manifest(self, against: RunIdentifier | None = None) -> RunManifest:
        parts = self.parts
        now = parts.clock.now()
        # Two sides of a comparison may be alike, and begin at the same moment; so may shards.
        configuration = {"suite": parts.configuration, "roster": parts.roster.fingerprint, "against": against}
        suffix = fingerprint_of([configuration, parts.suite, parts.shard, now.isoformat()])[:6]
        return RunManifest(
            identifier=RunIdentifier(f"{now:%Y%m%dT%H%M%S}-{suffix}"),
            suite=parts.suite,
            started_at=now,
            seed=parts.seed,
            planned=len(self.plans),
            roster=parts.roster.fingerprint,
            dataset=parts.dataset_fingerprint,
            configuration=parts.configuration,
            subjects=tuple(planned.record for planned in parts.subjects),
            versions=parts.versions,
            revision=parts.revision,
            looks=parts.looks,
            selection=parts.selection,
            against=against,
            shard=parts.shard,
            sandbox=parts.sandbox,
        )


def _measured(manifest: RunManifest) -> tuple[object, ...]:
    return (
        manifest.roster,
        manifest.dataset,
        manifest.subjects,
        manifest.planned,
        manifest.looks,
        manifest.selection,
        manifest.shard,
    )
