"""Use case: does this suite notice what it should? Mutated rosters must turn its gate red, neutral edits must not.

Nothing is stored and nobody writes: only choices are measured, and the baseline is the roster as it is now, in memory.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.application.mutating import Edit, Mutation, harmful, reflowed
from passmuster.application.planning import PlannedSubject, plan_trials
from passmuster.application.trials import RunTrial
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.metric_names import HARNESS_FAILURE_RATE
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Run, RunManifest, Trial
from passmuster.domain.values import AgentName, RunIdentifier, SubjectName
from passmuster.domain.verdicts import GateOutcome, GatePolicy, GateRule
from passmuster.ports import Clock, Executor

GREEN = frozenset({GateOutcome.PASSED, GateOutcome.EQUAL})
OUTPUT_METRICS = frozenset({"rubric_pass_rate", "rubric_score"})
"""Metrics of answers, which nobody writes here: rules on them could only say that they cannot tell."""

Progress = Callable[[int, int], None]
"""Told after every trial how many were made and how many there will be, as far as is known yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestParts:
    """All that a self-test needs.

    Attributes:
        suite: The suite's name.
        roster: The agents as they are.
        cases: What is asked of them.
        build: Makes the subjects that take part, for any roster.
        policy: What the suite says about its gate.
        executor: How trials are made.
        clock: Tells time.
        repetitions: For subjects that vary.
        seed: Decides which agents are mutated.
        limit: How many mutations of each edit.
        rewritten: Rosters that were loaded from files written otherwise.
    """

    suite: str
    roster: Roster
    cases: tuple[Case, ...]
    build: Callable[[Roster], tuple[PlannedSubject, ...]]
    policy: GatePolicy
    executor: Executor
    clock: Clock
    repetitions: int
    seed: int
    limit: int
    rewritten: tuple[Mutation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What the gate said of one mutation.

    Attributes:
        edit: What was done.
        agents: To whom; empty for all of them.
        outcome: The gate's verdict.
        broken: How many cases broke.
        reason: The weightiest reason of the verdict; may be empty.
    """

    edit: Edit
    agents: tuple[AgentName, ...]
    outcome: GateOutcome
    broken: int
    reason: str

    @property
    def holds(self) -> bool:
        """Whether the gate was red, or green, as the edit asks for. *Cannot tell* is neither."""
        return self.outcome in GREEN if self.edit.is_neutral else self.outcome is GateOutcome.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Selftest:
    """What a self-test found.

    Attributes:
        subjects: Who took part.
        probes: The neutral edits first, then the harmful ones.
        watched: Agents to which at least one case goes rightly now; the mutated ones are among them.
        unwatched: The other agents: no edit of theirs alone can break a case of their own.
    """

    subjects: tuple[SubjectName, ...]
    probes: tuple[Probe, ...]
    watched: tuple[AgentName, ...]
    unwatched: tuple[AgentName, ...]

    @property
    def holds(self) -> bool:
        """Whether every probe holds, and there was something harmful to notice."""
        return all(probe.holds for probe in self.probes) and any(not probe.edit.is_neutral for probe in self.probes)


def usual_subjects(subjects: Sequence[PlannedSubject], rules: Sequence[GateRule]) -> tuple[SubjectName, ...]:
    """Return the names of the subjects that take part where none is named.

    These are the ones that answer equal requests equally, and of these the ones that the gate says anything about but
    failures of the harness; all of them if it says nothing about any.

    Raises:
        InvalidConfigurationError: If there are none: others vary by themselves, and may cost money.
    """
    steady = tuple(planned.record.name for planned in subjects if planned.record.is_deterministic)
    if not steady:
        names = ", ".join(repr(planned.record.name) for planned in subjects)
        finding = Finding(
            rule="varying-subjects",
            severity=Severity.ERROR,
            message=f"no subject answers equal requests equally ({names}), so each mutation would cost a run",
            hint="name one with --subject if that is what you want, or add a subject with the lexical router",
        )
        raise InvalidConfigurationError([finding])
    judged = {rule.subject for rule in rules if rule.metric not in {*OUTPUT_METRICS, HARNESS_FAILURE_RATE}}
    return tuple(name for name in steady if judged & {None, name}) or steady


async def selftest(parts: SelftestParts, progress: Progress) -> Selftest:
    """Measure the roster as it is, mutate it, and let the suite's own gate judge every mutation."""
    measuring = _Measuring(parts, progress)
    measuring.expect(2 + len(parts.rewritten))
    baseline = await measuring.run(parts.roster)
    snapshot = observe(baseline)
    watched = _watched(snapshot, parts.roster)
    neutral = (reflowed(parts.roster), *parts.rewritten)
    mutations = (*neutral, *harmful(parts.roster, watched, limit=parts.limit, seed=parts.seed))
    measuring.expect(1 + len(mutations))
    unedited = Mutation(edit=Edit.NONE, roster=parts.roster)
    probes = [_probe(unedited, report_of(baseline, measuring.policy, snapshot))]
    for mutation in mutations:
        run = await measuring.run(mutation.roster)
        probes.append(_probe(mutation, report_of(run, measuring.policy, snapshot)))
    return Selftest(
        subjects=tuple(record.name for record in baseline.manifest.subjects),
        probes=tuple(probes),
        watched=watched,
        unwatched=tuple(name for name in parts.roster.names if name not in watched),
    )


class _Measuring:
    """Makes runs that nobody keeps, and counts their trials."""

    def __init__(self, parts: SelftestParts, progress: Progress) -> None:
        self._parts = parts
        self._progress = progress
        # Without a rubric nobody is asked to write. A control that minds an edit would void the verdict on it.
        self._cases = tuple(replace(case, rubric=None, is_control=False) for case in parts.cases)
        self._rosters = 0
        self._done = 0
        rules = tuple(rule for rule in parts.policy.rules if rule.metric not in OUTPUT_METRICS)
        self.policy = replace(parts.policy, rules=rules)

    def expect(self, rosters: int) -> None:
        self._rosters = rosters

    async def run(self, roster: Roster) -> Run:
        parts = self._parts
        subjects = parts.build(roster)
        plans = plan_trials(subjects, self._cases, roster, repetitions=parts.repetitions)
        live = {planned.record.name: planned.subject for planned in subjects}
        runner = RunTrial(subjects=live, criteria={}, clock=parts.clock)
        trials: list[Trial] = []
        async with aclosing(parts.executor.execute(plans, lambda: runner)) as made:
            async for trial in made:
                trials.append(trial)
                self._done += 1
                self._progress(self._done, self._rosters * len(plans))
        manifest = self._manifest(roster, subjects, len(plans))
        return Run(manifest=manifest, roster=roster, cases=self._cases, trials=tuple(trials))

    def _manifest(self, roster: Roster, subjects: Sequence[PlannedSubject], planned: int) -> RunManifest:
        parts = self._parts
        return RunManifest(
            identifier=RunIdentifier("selftest"),
            suite=parts.suite,
            started_at=parts.clock.now(),
            seed=parts.seed,
            planned=planned,
            roster=roster.fingerprint,
            dataset=Dataset(name=parts.suite, cases=self._cases).fingerprint,
            configuration={},
            subjects=tuple(subject.record for subject in subjects),
            versions={},
        )


def _watched(snapshot: Snapshot, roster: Roster) -> tuple[AgentName, ...]:
    """Return the agents that some case rightly goes to, in order of name."""
    chosen = {
        agent
        for item in snapshot.observations
        for agent, outcome in zip(item.chosen, item.outcomes, strict=True)
        if outcome.is_right
    }
    return tuple(name for name in roster.names if name in chosen)


def _probe(mutation: Mutation, report: Report) -> Probe:
    broken = report.comparison.of_kind(ChangeKind.BROKEN) if report.comparison else ()
    return Probe(
        edit=mutation.edit,
        agents=mutation.agents,
        outcome=report.verdict.outcome,
        broken=len({change.case for change in broken}),
        reason=next(iter(report.verdict.reasons), ""),
    )
