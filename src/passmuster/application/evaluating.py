"""Use case: make a run, or finish one that was interrupted."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from passmuster.application.planning import PlannedSubject, plan_trials, refuse_hopeless, unfinished
from passmuster.application.trials import RunTrial
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import PassmusterError, RunNotFoundError
from passmuster.domain.results import Revision, Run, RunManifest, Trial, TrialPlan
from passmuster.domain.values import (
    CaseIdentifier,
    Fingerprint,
    JsonObject,
    RunIdentifier,
    SubjectName,
    fingerprint_of,
)
from passmuster.ports import Clock, Criterion, Executor, Store, Subject

BATCH = 50
"""Trials that are committed together at the most."""

PATIENCE = 0.25
"""Seconds that a finished trial waits at the most before it is committed."""

SEARCHED = 40
"""Stored runs among which one is looked for that can be gone on with."""

Progress = Callable[[Trial], None]
"""Told of every trial once it is safely stored."""


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
    missing: tuple[TrialPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateSuite:
    """Evaluates a suite."""

    parts: SuiteParts
    plans: tuple[TrialPlan, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Lay out the trials once."""
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
        refuse_hopeless(self.plans, self.parts.live_subjects)
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
            if _measured(manifest) == _measured(current):
                yield manifest

    def going_on(self, manifest: RunManifest) -> PlannedRun:
        """Plan what a run that was begun still lacks of what was planned at first.

        Where a later round has begun, nothing: its cases were drawn by what was known of the first.
        """
        finished = self.parts.store.finished(manifest.identifier)
        has_grown = manifest.looks > 1 and any(key.repetition for key in finished)
        return PlannedRun(manifest=manifest, missing=() if has_grown else unfinished(self.plans, finished))

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
        plans = [
            plan
            for planned in parts.subjects
            for plan in plan_trials(
                [planned],
                parts.cases,
                parts.roster,
                repetitions=repetitions,
                inclusions={
                    case: chance * first.get(case, 1.0) for case, chance in taken.get(planned.record.name, {}).items()
                },
            )
        ]
        return PlannedRun(manifest=manifest, missing=unfinished(plans, parts.store.finished(manifest.identifier)))

    async def execute(self, planned: PlannedRun, progress: Progress) -> Run:
        """Make the missing trials, store each as it ends, and return the whole run.

        When this is cancelled, what has been finished is stored before the cancellation goes on.
        """
        parts = self.parts
        parts.store.begin(planned.manifest, parts.roster, parts.cases)
        runner = self.runner
        pending = PendingTrials(store=parts.store, run=planned.manifest.identifier, progress=progress)
        try:
            async with aclosing(parts.executor.execute(planned.missing, lambda: runner)) as trials:
                async for trial in trials:
                    pending.add(trial)
        finally:
            pending.flush()
        return parts.store.load(planned.manifest.identifier)

    @property
    def runner(self) -> RunTrial:
        """What makes this suite's trials."""
        parts = self.parts
        return RunTrial(subjects=parts.live_subjects, criteria=parts.criteria, clock=parts.clock)

    def _manifest(self, against: RunIdentifier | None = None) -> RunManifest:
        parts = self.parts
        now = parts.clock.now()
        # Two sides of a comparison may be alike, and begin at the same moment.
        configuration = {"suite": parts.configuration, "roster": parts.roster.fingerprint, "against": against}
        suffix = fingerprint_of([configuration, now.isoformat()])[:6]
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
        )


def _measured(manifest: RunManifest) -> tuple[object, ...]:
    return (
        manifest.roster,
        manifest.dataset,
        manifest.subjects,
        manifest.planned,
        manifest.looks,
        manifest.selection,
    )


class PendingTrials:
    """Finished trials that are not committed yet.

    Commits are grouped, because each waits for the disk; a trial waits ``PATIENCE`` at the most, and everything is
    committed when the run ends, whatever ends it.
    """

    def __init__(self, *, store: Store, run: RunIdentifier, progress: Progress) -> None:
        self._store = store
        self._run = run
        self._progress = progress
        self._trials: list[Trial] = []
        self._timer: asyncio.TimerHandle | None = None
        self._error: PassmusterError | None = None

    def add(self, trial: Trial) -> None:
        """Take a trial, to be committed soon.

        Raises:
            StoreError: If an earlier one could not be committed.
        """
        self._trials.append(trial)
        if self._error is not None:
            raise self._error
        if len(self._trials) >= BATCH:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._flush_in_time)

    def flush(self) -> None:
        """Commit what is waiting, and tell of it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._trials:
            return
        self._store.append(self._run, self._trials)
        finished, self._trials = self._trials, []
        for trial in finished:
            self._progress(trial)

    def _flush_in_time(self) -> None:
        try:
            self.flush()
        except PassmusterError as error:
            # A timer has nobody to raise to: the next trial, or the end of the run, raises it.
            self._error = error
