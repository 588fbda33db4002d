"""Use case: say before a run what it will take and what it will be able to see. Nobody is asked, nothing is stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from passmuster.analysis.comparing import compare
from passmuster.analysis.expenses import Amount, Consumed, consumed
from passmuster.analysis.precedents import Precedents, comparable, owner_in, usual_trials
from passmuster.analysis.sensitivity import AgentSight, Outlook, Sight, noise_of
from passmuster.analysis.stakes import Compared, Stake, allowed_breaks, count_tests, stakes_of
from passmuster.application.billing import Bill, Billing, Source
from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.planning import Plans, refuse_hopeless
from passmuster.domain.answers import Asked
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.observations import Aspect, Snapshot
from passmuster.domain.results import SubjectRecord, TrialPlan
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName
from passmuster.domain.verdicts import GatePolicy

LATEST_RUNS = 3
"""Earlier runs that are read: what models and servers did long ago says little about what they will do."""

ENOUGH_TRIALS = 40_000
"""With so many trials read no further run is: they say all that there is to say."""

HISTORY = 20
"""Manifests among which runs of the same subjects are looked for."""

PARTS = {Aspect.ROUTING: Asked.ROUTING, Aspect.OUTPUT: Asked.COMPLETION}

Progress = Callable[[int, int], None]
"""Told after every earlier run how many were read, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseeingParts:
    """All that foreseeing needs.

    Attributes:
        evaluate: The run that would be made.
        policy: What the suite says about its gate.
        baseline: What the run would be compared with; ``None`` where nothing has been accepted yet.
        free: By subject, which parts of its answers are had without asking anybody, at no price.
        workers: How many trials are under way at the same time.
        most_written: The most tokens of one output, by subject; one that is not in it has no limit.
        expected: By subject and part of an answer what one trial of each case takes, where its requests are known.
    """

    evaluate: EvaluateSuite
    policy: GatePolicy
    baseline: Snapshot | None
    free: Mapping[SubjectName, Asked]
    workers: int
    most_written: Mapping[SubjectName, int]
    expected: Mapping[tuple[SubjectName, Asked], Mapping[CaseIdentifier, Amount]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AspectForesight:
    """What can be seen of a subject's choices, or of its outputs.

    Attributes:
        aspect: Which of the two.
        obstacle: Why nothing can be compared before a run is accepted, in words; empty where something can.
        new: How many cases are not in the baseline as they are now; they are compared once they are accepted.
        outlook: The cases that will be compared; where none can be, those that will be once this run is accepted.
        tests: How many rules share the error rate of a failure.
        sights: Over all cases, then over each subset that the gate asks about.
        agents: By agent, the least watched first; empty for outputs.
    """

    aspect: Aspect
    obstacle: str
    new: int
    outlook: Outlook
    tests: int
    sights: tuple[Sight, ...]
    agents: tuple[AgentSight, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectForesight:
    """One subject.

    Attributes:
        record: Who.
        bill: What its trials take.
        sources: What the figures on its choices and its outputs rest on.
        allowed_breaks: How many cases may break before the gate fails; ``None`` if no rule counts them.
        aspects: Its choices, and its outputs if any are asked for.
    """

    record: SubjectRecord
    bill: Bill
    sources: Mapping[Asked, Source]
    allowed_breaks: int | None
    aspects: tuple[AspectForesight, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a run will take, and what it will be able to see.

    Attributes:
        suite: The suite's name.
        cases: How many it has.
        bill: What a new run takes.
        interrupted: The run that ``run --resume`` would finish, if there is one.
        left: What that would still take.
        runs: The earlier runs that figures rest on, the latest first.
        subjects: In the suite's order.
    """

    suite: str
    cases: int
    bill: Bill
    interrupted: RunIdentifier | None
    left: Bill
    runs: tuple[RunIdentifier, ...]
    subjects: tuple[SubjectForesight, ...]


def foresee(parts: ForeseeingParts, progress: Progress) -> Foresight:
    """Foresee a run.

    Raises:
        InvalidConfigurationError: If a trial cannot be made, such as one without a recording: `run` would refuse it.
    """
    evaluate = parts.evaluate
    refuse_hopeless(evaluate.plans.sketches(), evaluate.parts.live_subjects)
    past = _read(evaluate, progress)
    interrupted, missing = _interrupted(evaluate)
    bills, left = (_bills(parts, past, plans) for plans in (evaluate.plans, missing))
    return Foresight(
        suite=evaluate.parts.suite,
        cases=len(evaluate.parts.cases),
        bill=_sum(bills.values()),
        interrupted=interrupted,
        left=_sum(left.values()),
        runs=tuple(past.runs),
        subjects=tuple(_Seeing(parts=parts, past=past, bills=bills).subjects()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    """What earlier runs say, by subject; only runs of the very same subject count."""

    runs: list[RunIdentifier] = field(default_factory=list)
    consumed: dict[SubjectName, list[Consumed]]
    precedents: dict[SubjectName, Precedents]


def _read(evaluate: EvaluateSuite, progress: Progress) -> _Past:
    parts = evaluate.parts
    fingerprints = {planned.record.name: planned.record.fingerprint for planned in parts.subjects}
    cases = {case.identifier: case for case in parts.cases}
    past = _Past(consumed={name: [] for name in fingerprints}, precedents={name: Precedents() for name in fingerprints})
    known = {
        manifest.identifier: [one.name for one in manifest.subjects if fingerprints.get(one.name) == one.fingerprint]
        for manifest in parts.store.history(parts.suite, limit=HISTORY)
        if manifest.rescored is None
    }
    latest = [(identifier, names) for identifier, names in known.items() if names][:LATEST_RUNS]
    trials = 0
    for number, (identifier, names) in enumerate(latest, start=1):
        if trials >= ENOUGH_TRIALS:
            break
        run = parts.store.load(identifier)
        trials += len(run.trials)
        past.runs.append(identifier)
        for name in names:
            past.consumed[name].append(consumed(run, name))
            past.precedents[name].add(run, name, cases)
        progress(number, len(latest))
    return past


def _interrupted(evaluate: EvaluateSuite) -> tuple[RunIdentifier | None, Plans]:
    """Return the run that ``run --resume`` would finish and what it lacks, if there is anything to finish."""
    try:
        planned = evaluate.resume()
    except RunNotFoundError:
        return None, Plans(())
    if not 0 < len(planned.missing) < len(evaluate.plans):
        return None, Plans(())
    return planned.manifest.identifier, planned.missing


def _bills(parts: ForeseeingParts, past: _Past, plans: Plans) -> dict[SubjectName, tuple[Bill, Billing]]:
    found = {}
    for planned in parts.evaluate.parts.subjects:
        name = planned.record.name
        billing = Billing(
            planned=planned,
            roster=parts.evaluate.parts.roster,
            runs=past.consumed[name],
            free=parts.free.get(name, Asked(0)),
            workers=parts.workers,
            most_written=parts.most_written.get(name),
            expected={part: cases for (subject, part), cases in parts.expected.items() if subject == name},
        )
        found[name] = (billing.bill(plans.of(name)), billing)
    return found


def _sum(bills: Iterable[tuple[Bill, Billing]]) -> Bill:
    return reduce(Bill.plus, (bill for bill, _ in bills), Bill())


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """The cases of one subject and aspect that will be compared, before it is known what else the gate judges."""

    outlook: Outlook
    obstacle: str
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seeing:
    """Says what each subject's trials will show."""

    parts: ForeseeingParts
    past: _Past
    bills: Mapping[SubjectName, tuple[Bill, Billing]]

    def subjects(self) -> Iterator[SubjectForesight]:
        rules = self.parts.policy.rules
        records = [planned.record for planned in self.parts.evaluate.parts.subjects]
        obstacles = self._obstacles(records)
        views = {record.name: self._views(record, obstacles) for record in records}
        compared = {
            record.name: Compared(
                record=record, cases={aspect: view.outlook.cases for aspect, view in views[record.name].items()}
            )
            for record in records
        }
        tests = count_tests(rules, list(compared.values()))
        for record in records:
            bill, billing = self.bills[record.name]
            yield SubjectForesight(
                record=record,
                bill=bill,
                sources=billing.sources,
                allowed_breaks=allowed_breaks(rules, record),
                aspects=tuple(
                    self._foresight(view, stakes_of(rules, compared[record.name], aspect, tests), tests)
                    for aspect, view in views[record.name].items()
                ),
            )

    def _foresight(self, view: _View, stakes: Sequence[Stake], tests: int) -> AspectForesight:
        is_choice = view.outlook.aspect is Aspect.ROUTING
        return AspectForesight(
            aspect=view.outlook.aspect,
            obstacle=view.obstacle,
            new=view.new,
            outlook=view.outlook,
            tests=tests,
            sights=tuple(view.outlook.sight(stake) for stake in stakes),
            agents=view.outlook.agents(self.parts.evaluate.parts.roster.names) if is_choice else (),
        )

    def _views(self, record: SubjectRecord, obstacles: Mapping[tuple[SubjectName, Aspect], str]) -> dict[Aspect, _View]:
        plans = self.parts.evaluate.plans.of(record.name)
        found = {}
        for aspect, part in PARTS.items():
            # One plan stands for all repetitions of a case.
            asked = {plan.case.identifier: plan for plan in plans if part in plan.asked and self._counts(plan)}
            if asked:
                found[aspect] = self._view(record, aspect, asked, obstacles.get((record.name, aspect), ""))
        return found

    def _counts(self, plan: TrialPlan) -> bool:
        quarantines = self.parts.policy.quarantines
        is_quarantined = any(item.covers(plan.key.subject, plan.case.identifier) for item in quarantines)
        return not plan.case.is_control and not is_quarantined

    def _view(
        self, record: SubjectRecord, aspect: Aspect, asked: Mapping[CaseIdentifier, TrialPlan], obstacle: str
    ) -> _View:
        cases = tuple(plan.case for plan in asked.values())
        before = {} if obstacle else comparable(self.parts.baseline, record, aspect, cases)
        if not obstacle and not before:
            obstacle = "the baseline has none of these cases as they are now"
        compared = cases if obstacle else tuple(case for case in cases if case.identifier in before)
        precedents = self.past.precedents[record.name]
        owners = {
            identifier: precedents.owners[plan.key]
            for identifier, plan in asked.items()
            if plan.key in precedents.owners
        }
        if aspect is Aspect.ROUTING:
            owners |= {identifier: owner_in(observation) for identifier, observation in before.items()}
        outlook = Outlook(
            record=record,
            aspect=aspect,
            cases=compared,
            repetitions=1 if record.is_deterministic else self.parts.evaluate.parts.repetitions,
            baseline_trials=usual_trials(list(before.values()), aspect) if before else None,
            noise=noise_of(precedents.most_repeated(aspect, compared, before)),
            owners=owners,
        )
        return _View(outlook=outlook, obstacle=obstacle, new=len(cases) - len(compared))

    def _obstacles(self, records: Sequence[SubjectRecord]) -> Mapping[tuple[SubjectName, Aspect], str]:
        """Say for which subjects and aspects nothing can be compared with the baseline, and why."""
        baseline = self.parts.baseline
        if baseline is None:
            reasons = {record.name: "there is no accepted baseline" for record in records}
        else:
            known = {record.name for record in baseline.subjects}
            reasons = {
                one.name: f"the baseline has no subject {one.name!r}" for one in records if one.name not in known
            }
        found = {(name, aspect): reason for name, reason in reasons.items() for aspect in Aspect}
        if baseline is not None:
            candidate = replace(baseline, subjects=tuple(records), observations=())
            comparison = compare(replace(baseline, observations=()), candidate)
            found |= {(item.subject, item.aspect): item.reason for item in comparison.incomparable}
        return found
