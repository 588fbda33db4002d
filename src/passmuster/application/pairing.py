"""Use case: make two runs in turns, so that whatever drifts meanwhile hits both sides of a comparison alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from passmuster.application.committing import Ledger, Progress
from passmuster.application.evaluating import EvaluateSuite, PlannedRun
from passmuster.application.making import Making
from passmuster.application.planning import Plans, SubjectPlans
from passmuster.application.reading import load_reduced
from passmuster.domain.cases import Case
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import PlanLanes, Response, Run, RunManifest, Trial, TrialKey, TrialPlan
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of
from passmuster.ports import TrialRunner


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
        baseline = self.baseline.start() if known is None else PlannedRun(manifest=known, missing=Plans(()))
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
        await self.make(planned, progress)
        loaded = {
            side: load_reduced(evaluate.parts.store, run.manifest.identifier) for side, (evaluate, run) in sides.items()
        }
        return Pair(baseline=loaded[Side.BASELINE], candidate=loaded[Side.CANDIDATE])

    async def make(self, planned: PlannedPair, progress: Progress) -> None:
        """Make the missing trials in turns and store each as it ends, as ``execute`` does; nothing is loaded."""
        ledgers = {
            Side.BASELINE: self.baseline.ledger(planned.baseline),
            Side.CANDIDATE: self.candidate.ledger(planned.candidate),
        }
        runner = RunEither(
            runners={
                Side.BASELINE: self.baseline.runner(planned.baseline),
                Side.CANDIDATE: self.candidate.runner(planned.candidate),
            }
        )

        def place(trial: Trial) -> tuple[Ledger, Trial]:
            side, key = _without_side(trial.key)
            return ledgers[side], replace(trial, key=key)

        parts = self.candidate.parts
        making = Making(executor=parts.executor, ledgers=tuple(ledgers.values()), progress=progress)
        await making.make(in_turns(planned, seed=parts.seed), runner, place)

    def _known_baseline(self) -> RunManifest | None:
        """Return a stored run that a new one of the baseline could only repeat.

        What a suite brings as code of its own shows in no fingerprint, so it must have been made at the same commit.
        """
        parts = self.baseline.parts
        if parts.revision is None or not all(planned.record.is_deterministic for planned in parts.subjects):
            return None
        for manifest in self.baseline.former():
            made_at = manifest.revision
            is_same = made_at is not None and made_at.commit == parts.revision.commit and not made_at.is_dirty
            if not is_same or manifest.versions != parts.versions:
                continue
            if not self.baseline.plans.without(parts.store.finished(manifest.identifier)):
                return manifest
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEither:
    """Makes trials of either side; plans and trials bear the name of their side before the subject's."""

    runners: Mapping[Side, TrialRunner]

    async def respond(self, plan: TrialPlan) -> Response:
        """Have the subject of the plan's side answer."""
        side, key = _without_side(plan.key)
        response = await self.runners[side].respond(replace(plan, key=key))
        return replace(response, plan=plan)

    async def assess(self, response: Response) -> Trial:
        """Have the criteria of the plan's side judge the answer."""
        side, key = _without_side(response.plan.key)
        trial = await self.runners[side].assess(replace(response, plan=replace(response.plan, key=key)))
        return replace(trial, key=response.plan.key)


def in_turns(planned: PlannedPair, *, seed: int) -> PlanLanes:
    """Return the missing trials of both sides, for :class:`RunEither`, a lane for each subject.

    A lane goes repetition by repetition and case by case. The two trials of one question follow each other; which
    comes first is drawn, so that neither side gains by it.
    """
    sides = {
        side: {lane.planned.record.name: lane for lane in run.missing.lanes}
        for side, run in ((Side.CANDIDATE, planned.candidate), (Side.BASELINE, planned.baseline))
    }
    subjects = dict.fromkeys(name for lanes in sides.values() for name in lanes)
    return PlanLanes(
        tuple(
            _Questions({side: lanes[name] for side, lanes in sides.items() if name in lanes}, seed) for name in subjects
        )
    )


@dataclass(frozen=True, slots=True)
class _Questions:
    """What one subject is asked on either side, laid out when it is walked."""

    sides: Mapping[Side, SubjectPlans]
    seed: int

    def __iter__(self) -> Iterator[TrialPlan]:
        cases: dict[CaseIdentifier, dict[Side, Case]] = {}
        for side, lane in self.sides.items():
            for case in lane.cases:
                cases.setdefault(case.identifier, {})[side] = case
        for repetition in sorted({repetition for lane in self.sides.values() for repetition in lane.wanted}):
            for both in cases.values():
                yield from self._in_turn(both, repetition)

    def _in_turn(self, both: Mapping[Side, Case], repetition: int) -> Iterator[TrialPlan]:
        planned = {side: self.sides[side].plan(case, repetition) for side, case in both.items()}
        plans = {side: plan for side, plan in planned.items() if plan is not None}
        for side in self._order(next(iter(plans.values())).key) if plans else ():
            if side in plans:
                yield _with_side(side, plans[side])

    def _order(self, key: TrialKey) -> tuple[Side, Side]:
        is_turned = int(fingerprint_of([self.seed, key.repetition, key.case, key.subject])[0], 16) % 2
        return (Side.CANDIDATE, Side.BASELINE) if is_turned else (Side.BASELINE, Side.CANDIDATE)


def _with_side(side: Side, plan: TrialPlan) -> TrialPlan:
    return replace(plan, key=replace(plan.key, subject=SubjectName(f"{side}/{plan.key.subject}")))


def _without_side(key: TrialKey) -> tuple[Side, TrialKey]:
    side, _, subject = key.subject.partition("/")
    return Side(side), replace(key, subject=SubjectName(subject))
