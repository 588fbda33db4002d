"""Use case: make two runs in turns, so that whatever drifts meanwhile hits both sides of a comparison alike."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, replace
from enum import StrEnum

from passmuster.application.evaluating import EvaluateSuite, PendingTrials, PlannedRun, Progress
from passmuster.application.trials import RunTrial
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import Run, RunManifest, Trial, TrialKey, TrialPlan
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of


class Side(StrEnum):
    """One side of a comparison."""

    BASELINE = "baseline"
    CANDIDATE = "candidate"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPair:
    """Two runs about to be made.

    Attributes:
        baseline: What is compared with.
        candidate: What is judged.
        is_known: Whether the baseline's run was stored before, and is not made again.
    """

    baseline: PlannedRun
    candidate: PlannedRun
    is_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two runs as stored."""

    baseline: Run
    candidate: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatePair:
    """Evaluates two suites in turns, with the candidate's executor.

    Attributes:
        baseline: What is compared with.
        candidate: What is judged.
    """

    baseline: EvaluateSuite
    candidate: EvaluateSuite

    def start(self) -> PlannedPair:
        """Plan two new runs; nothing is stored yet.

        A baseline of which no answer can vary, and which the store holds already, is not made again.

        Raises:
            InvalidConfigurationError: If a trial of either cannot be made.
        """
        known = self._known_baseline()
        baseline = self.baseline.start() if known is None else PlannedRun(manifest=known, missing=())
        candidate = self.candidate.start(baseline.manifest.identifier)
        return PlannedPair(baseline=baseline, candidate=candidate, is_known=known is not None)

    def resume(self) -> PlannedPair:
        """Plan what the latest such pair still lacks.

        Raises:
            RunNotFoundError: If there is none of the same rosters, cases and subjects.
        """
        baselines = {manifest.identifier: manifest for manifest in self.baseline.former()}
        for manifest in self.candidate.former():
            other = None if manifest.against is None else baselines.get(manifest.against)
            if other is not None:
                return PlannedPair(baseline=self.baseline.going_on(other), candidate=self.candidate.going_on(manifest))
        message = f"no run of suite {self.candidate.parts.suite!r} was begun against that revision as both are now"
        raise RunNotFoundError(
            message, hint="give the options that it was begun with, or start a new one without --resume"
        )

    async def execute(self, planned: PlannedPair, progress: Progress) -> Pair:
        """Make the missing trials in turns, store each as it ends, and return both runs.

        When this is cancelled, what has been finished is stored on both sides before the cancellation goes on.
        """
        sides = {
            Side.BASELINE: (self.baseline, planned.baseline),
            Side.CANDIDATE: (self.candidate, planned.candidate),
        }
        for evaluate, run in sides.values():
            evaluate.parts.store.begin(run.manifest, evaluate.parts.roster, evaluate.parts.cases)
        runner = RunEither(runners={side: evaluate.runner for side, (evaluate, _) in sides.items()})
        plans = tuple(in_turns(planned, seed=self.candidate.parts.seed))
        pending = {
            side: PendingTrials(store=evaluate.parts.store, run=run.manifest.identifier, progress=progress)
            for side, (evaluate, run) in sides.items()
        }
        with ExitStack() as keeping:
            for waiting in pending.values():
                keeping.callback(waiting.flush)
            async with aclosing(self.candidate.parts.executor.execute(plans, lambda: runner)) as trials:
                async for trial in trials:
                    side, key = _without_side(trial.key)
                    pending[side].add(replace(trial, key=key))
        loaded = {side: evaluate.parts.store.load(run.manifest.identifier) for side, (evaluate, run) in sides.items()}
        return Pair(baseline=loaded[Side.BASELINE], candidate=loaded[Side.CANDIDATE])

    def _known_baseline(self) -> RunManifest | None:
        """Return a stored run that a new one of the baseline could only repeat.

        What a suite brings as code of its own shows in no fingerprint, so it must have been made at the same commit.
        """
        parts = self.baseline.parts
        if parts.revision is None or not all(planned.record.is_deterministic for planned in parts.subjects):
            return None
        keys = {plan.key for plan in self.baseline.plans}
        for manifest in self.baseline.former():
            made_at = manifest.revision
            is_same = made_at is not None and made_at.commit == parts.revision.commit and not made_at.is_dirty
            if is_same and manifest.versions == parts.versions and keys <= parts.store.finished(manifest.identifier):
                return manifest
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEither:
    """Makes trials of either side; plans and trials bear the name of their side before the subject's."""

    runners: Mapping[Side, RunTrial]

    async def __call__(self, plan: TrialPlan) -> Trial:
        """Make one trial with what belongs to its side."""
        side, key = _without_side(plan.key)
        trial = await self.runners[side](replace(plan, key=key))
        return replace(trial, key=plan.key)


def in_turns(planned: PlannedPair, *, seed: int) -> Iterator[TrialPlan]:
    """Yield the missing trials of both sides, repetition by repetition and case by case, for :class:`RunEither`.

    The two trials of one question follow each other; which comes first is drawn, so that neither side gains by it.
    """
    questions: dict[tuple[int, CaseIdentifier, SubjectName], dict[Side, TrialPlan]] = {}
    for side, run in ((Side.CANDIDATE, planned.candidate), (Side.BASELINE, planned.baseline)):
        for plan in _by_question(run.missing):
            question = (plan.key.repetition, plan.key.case, plan.key.subject)
            questions.setdefault(question, {})[side] = plan
    for question, sides in questions.items():
        order = [Side.BASELINE, Side.CANDIDATE]
        if int(fingerprint_of([seed, *question])[0], 16) % 2:
            order.reverse()
        for side in order:
            if side in sides:
                yield _with_side(side, sides[side])


def _by_question(plans: Sequence[TrialPlan]) -> Sequence[TrialPlan]:
    """Put plans in order of repetition, then of case as they come."""
    places = {case: place for place, case in enumerate(dict.fromkeys(plan.key.case for plan in plans))}
    return sorted(plans, key=lambda plan: (plan.key.repetition, places[plan.key.case]))


def _with_side(side: Side, plan: TrialPlan) -> TrialPlan:
    return replace(plan, key=replace(plan.key, subject=SubjectName(f"{side}/{plan.key.subject}")))


def _without_side(key: TrialKey) -> tuple[Side, TrialKey]:
    side, _, subject = key.subject.partition("/")
    return Side(side), replace(key, subject=SubjectName(subject))
