"""Use case: make a run, or finish one that was interrupted."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from passmuster.application.planning import PlannedSubject, plan_trials, refuse_hopeless, unfinished
from passmuster.application.trials import RunTrial
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.errors import PassmusterError, RunNotFoundError
from passmuster.domain.results import Revision, Run, RunManifest, Trial, TrialPlan
from passmuster.domain.values import (
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
        plans = plan_trials(parts.subjects, parts.cases, parts.roster, repetitions=parts.repetitions)
        object.__setattr__(self, "plans", plans)

    def start(self) -> PlannedRun:
        """Plan a new run; nothing is stored yet.

        Raises:
            InvalidConfigurationError: If a trial cannot be made, such as one without a recording.
        """
        refuse_hopeless(self.plans, self.parts.live_subjects)
        return PlannedRun(manifest=self._manifest(), missing=self.plans)

    def resume(self) -> PlannedRun:
        """Plan what the latest run of this suite still lacks.

        Raises:
            RunNotFoundError: If there is no run of the same roster, cases and subjects.
        """
        current = self._manifest()
        for manifest in self.parts.store.history(self.parts.suite, limit=20):
            if _measures_the_same(manifest, current):
                finished = self.parts.store.finished(manifest.identifier)
                return PlannedRun(manifest=manifest, missing=unfinished(self.plans, finished))
        message = f"no run of suite {self.parts.suite!r} with this roster, these cases and these subjects to resume"
        raise RunNotFoundError(message, hint="start a new one without --resume")

    async def execute(self, planned: PlannedRun, progress: Progress) -> Run:
        """Make the missing trials, store each as it ends, and return the whole run.

        When this is cancelled, what has been finished is stored before the cancellation goes on.
        """
        parts = self.parts
        parts.store.begin(planned.manifest, parts.roster, parts.cases)
        runner = RunTrial(subjects=parts.live_subjects, criteria=parts.criteria, clock=parts.clock)
        pending = _Pending(store=parts.store, run=planned.manifest.identifier, progress=progress)
        try:
            async with aclosing(parts.executor.execute(planned.missing, lambda: runner)) as trials:
                async for trial in trials:
                    pending.add(trial)
        finally:
            pending.flush()
        return parts.store.load(planned.manifest.identifier)

    def _manifest(self) -> RunManifest:
        parts = self.parts
        now = parts.clock.now()
        configuration = {"suite": parts.configuration, "roster": parts.roster.fingerprint}
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
        )


def _measures_the_same(one: RunManifest, other: RunManifest) -> bool:
    return (one.roster, one.dataset, one.subjects, one.planned) == (
        other.roster,
        other.dataset,
        other.subjects,
        other.planned,
    )


class _Pending:
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
        self._trials.append(trial)
        if self._error is not None:
            raise self._error
        if len(self._trials) >= BATCH:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._flush_in_time)

    def flush(self) -> None:
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
