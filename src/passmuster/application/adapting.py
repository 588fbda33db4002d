"""Use case: spend trials where they decide something, round by round, until the gate is decided.

The statistics are imported when they are needed: that takes a quarter of the time of a run of one case.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Protocol

from passmuster.analysis.observing import observe
from passmuster.application.committing import Progress
from passmuster.application.evaluating import EvaluateSuite, PlannedRun
from passmuster.application.pairing import EvaluatePair, PlannedPair
from passmuster.application.reading import load_reduced
from passmuster.domain.cases import Case
from passmuster.domain.metric_names import CRITICAL_BREAKS
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateVerdict

Expecting = Callable[[int], None]
"""Told before every round how many trials it will make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round after the first.

    Attributes:
        taken: For each subject the cases that are asked, with the probability with which each was taken.
        repetitions: Which of their trials these are.
    """

    taken: Mapping[SubjectName, Mapping[CaseIdentifier, float]]
    repetitions: range


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Both sides, as far as they were measured.

    Attributes:
        candidate: What is judged.
        other: What it is compared with: a run that was made in turns with it, or what was observed before.
        label: How sentences call such a run.
    """

    candidate: Run
    other: Run | Snapshot | None
    label: str = ""

    @cached_property
    def baseline(self) -> Snapshot | None:
        """What the candidate is compared with."""
        return replace(observe(self.other), label=self.label) if isinstance(self.other, Run) else self.other

    @property
    def is_stopped(self) -> bool:
        """Whether the budget was used up before everything was made."""
        return self.candidate.is_stopped

    @property
    def is_whole(self) -> bool:
        """Whether everything is there that the candidate is compared with."""
        return not isinstance(self.other, Run) or self.other.is_complete

    @property
    def trials(self) -> Sequence[Trial]:
        """All trials of this run, or of both."""
        return (*self.candidate.trials, *(self.other.trials if isinstance(self.other, Run) else ()))

    def before(self, repetition: int) -> "Measured":
        """Return what was known before a repetition was asked."""
        other = _before(self.other, repetition) if isinstance(self.other, Run) else self.other
        return replace(self, candidate=_before(self.candidate, repetition), other=other)


class Sides(Protocol):
    """What every round asks: one run beside a baseline that is there already, or two in turns."""

    @property
    def is_paired(self) -> bool:
        """Whether the baseline is asked as well."""
        ...

    @property
    def seed(self) -> int:
        """Draws the cases of every round."""
        ...

    def missing(self, later: Round | None) -> int:
        """Count the trials that a round still lacks; ``None`` is the first."""
        ...

    async def make(self, later: Round | None, progress: Progress) -> Measured:
        """Make the trials that a round still lacks, and return everything so far."""
        ...

    async def make_only(self, progress: Progress) -> RunIdentifier:
        """Make the trials of the first round, load nothing, and return the name of the run that is judged."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """A run beside a baseline that is there already."""

    evaluate: EvaluateSuite
    planned: PlannedRun
    baseline: Snapshot | None

    @property
    def is_paired(self) -> bool:
        """Never: the baseline's trials are what they are."""
        return False

    @property
    def seed(self) -> int:
        """The suite's."""
        return self.evaluate.parts.seed

    def missing(self, later: Round | None) -> int:
        """Count the trials that a round still lacks; ``None`` is the first."""
        return len(_planned(self.evaluate, self.planned, later).missing)

    async def make(self, later: Round | None, progress: Progress) -> Measured:
        """Make the trials that a round still lacks, and return everything so far."""
        run = await self.evaluate.execute(_planned(self.evaluate, self.planned, later), progress, load_reduced)
        return Measured(candidate=run, other=self.baseline)

    async def make_only(self, progress: Progress) -> RunIdentifier:
        """Make the trials of the first round, load nothing, and return the name of the run."""
        await self.evaluate.make(self.planned, progress)
        return self.planned.manifest.identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class InTurns:
    """Two runs made in turns; ``label`` is how sentences call the baseline's."""

    pair: EvaluatePair
    planned: PlannedPair
    label: str

    @property
    def is_paired(self) -> bool:
        """Always."""
        return True

    @property
    def seed(self) -> int:
        """The candidate's."""
        return self.pair.candidate.parts.seed

    def missing(self, later: Round | None) -> int:
        """Count the trials that a round still lacks on both sides; ``None`` is the first."""
        planned = self._planned(later)
        return len(planned.baseline.missing) + len(planned.candidate.missing)

    async def make(self, later: Round | None, progress: Progress) -> Measured:
        """Make the trials that a round still lacks, and return everything so far."""
        pair = await self.pair.execute(self._planned(later), progress)
        return Measured(candidate=pair.candidate, other=pair.baseline, label=self.label)

    async def make_only(self, progress: Progress) -> RunIdentifier:
        """Make the trials of the first round, load nothing, and return the name of the candidate's run."""
        await self.pair.make(self.planned, progress)
        return self.planned.candidate.manifest.identifier

    def _planned(self, later: Round | None) -> PlannedPair:
        return PlannedPair(
            baseline=_planned(self.pair.baseline, self.planned.baseline, later),
            candidate=_planned(self.pair.candidate, self.planned.candidate, later),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateInRounds:
    """Makes a first round and judges; goes on while more trials may decide what is open.

    Attributes:
        sides: What is asked.
        policy: The gate.
        sizes: How many trials a case is asked in each later round that takes it; empty for a run of one round.
    """

    sides: Sides
    policy: GatePolicy
    sizes: Sequence[int] = ()

    async def execute(self, expect: Expecting, progress: Progress) -> Report:
        """Make what is needed, and return the report.

        A round that was begun before an interruption is finished as it was drawn: its cases follow from the trials
        before it, and from the seed.
        """
        measured = await self._make(None, expect, progress)
        for number, (start, end) in enumerate(pairwise(accumulate((1, *self.sizes))), start=1):
            if measured.is_stopped:
                break
            begun = max((trial.key.repetition for trial in measured.trials), default=0)
            if begun >= end:
                continue
            if begun < start:
                report = self._report(measured)
                if not may_be_decided(report.verdict, _varying(measured.candidate)):
                    return report
            later = Round(taken=self._taken(measured.before(start), number), repetitions=range(start, end))
            measured = await self._make(later, expect, progress)
        return self._report(measured)

    def _report(self, measured: Measured) -> Report:
        from passmuster.analysis.reporting import report_of  # noqa: PLC0415 - see the module's first lines

        return report_of(measured.candidate, self.policy, measured.baseline, is_whole=measured.is_whole)

    async def _make(self, later: Round | None, expect: Expecting, progress: Progress) -> Measured:
        expect(self.sides.missing(later))
        measured = await self.sides.make(later, progress)
        # Cases that are asked often fail in the harness often, and without them the rest would look steadier than all
        # are. So what failed and may not fail again is made once more.
        if self.sizes and not measured.is_stopped and any(trial.may_succeed for trial in measured.trials):
            missing = self.sides.missing(later)
            expect(missing)
            measured = await self.sides.make(later, progress) if missing else measured
        return measured

    def _taken(self, known: Measured, number: int) -> Mapping[SubjectName, Mapping[CaseIdentifier, float]]:
        from passmuster.analysis.adaptive import drawn, next_round, tallies_of  # noqa: PLC0415 - see the first lines

        baseline, candidate = known.baseline, observe(known.candidate)
        always = {case.identifier for case in known.candidate.cases if _stands_alone(case)}
        taken = {}
        for subject in _varying(known.candidate):
            chances: dict[CaseIdentifier, float] = {}
            for tallies in tallies_of(baseline, candidate, subject).values():
                found = next_round(tallies, is_paired=self.sides.is_paired, always=always)
                # A case is asked for its choice and its output at once.
                chances |= {case: max(chance, chances.get(case, 0.0)) for case, chance in found.items()}
            cases = drawn(chances, seed=self.sides.seed, number=number, subject=subject)
            taken[subject] = {case: chances[case] for case in cases}
        return taken


def may_be_decided(verdict: GateVerdict, varying: Collection[SubjectName]) -> bool:
    """Whether more trials of the subjects that vary may turn "cannot tell" into an answer.

    They may if that is all that keeps the gate from passing. Neither too few cases nor failures of the harness are
    helped by them, nor is a level, which rests on the rounds that asked every case.

    Args:
        verdict: What the gate says now.
        varying: The subjects of which more trials can be made.
    """
    if verdict.outcome is not GateOutcome.INCONCLUSIVE:
        return False
    open_findings = [
        finding for finding in verdict.findings if finding.is_gated and finding.outcome is GateOutcome.INCONCLUSIVE
    ]
    sentences = {finding.sentence for finding in open_findings}
    if not sentences.intersection(verdict.reasons):
        # A control failed, which repeated may hold.
        return any(reason.startswith(f"{name}:") for reason in verdict.reasons for name in varying)
    return all(finding.subject in varying and _asks_for_trials(finding) for finding in open_findings)


def _asks_for_trials(finding: GateFinding) -> bool:
    rule = finding.rule
    asks_for_drop = rule.maximum_drop is not None or rule.maximum_rise is not None
    return rule.metric == CRITICAL_BREAKS or (asks_for_drop and finding.estimate is not None)


def _planned(evaluate: EvaluateSuite, planned: PlannedRun, later: Round | None) -> PlannedRun:
    if later is None:
        return evaluate.going_on(planned.manifest) if planned.missing else planned
    return evaluate.growing(planned.manifest, later.taken, later.repetitions)


def _varying(run: Run) -> tuple[SubjectName, ...]:
    return tuple(record.name for record in run.manifest.subjects if not record.is_deterministic)


def _before(run: Run, repetition: int) -> Run:
    return replace(run, trials=tuple(trial for trial in run.trials if trial.key.repetition < repetition))


def _stands_alone(case: Case) -> bool:
    """Whether a case is judged by itself, and not as one of a sample."""
    return case.is_critical or case.is_control
