"""Rounds: when another one is made, what it asks, and how it goes on after an interruption."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest

from passmuster.analysis.adaptive import schedule
from passmuster.analysis.observing import observe
from passmuster.application.adapting import Alone, EvaluateInRounds, InTurns, may_be_decided
from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.pairing import EvaluatePair
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.observations import Estimate, Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Run, Trial, TrialPlan
from passmuster.domain.values import AgentName, SubjectName, fingerprint_of
from passmuster.domain.verdicts import GateFinding, GateOutcome, GatePolicy, GateRule, GateVerdict, SubjectKind
from passmuster.ports import TrialRunner
from passmuster.testing.factories import a_case
from passmuster.testing.fakes import MemoryStore

from .small_suites import Stepwise, ignore, parts_of

CASES = tuple(a_case(f"case-{number}", text=f"request {number}") for number in range(40))
MODEL = SubjectName("lexical")
DROP = GateRule(metric="routing_accuracy", maximum_drop=0.05, applies_to=SubjectKind.VARYING)
POLICY = GatePolicy(rules=(DROP,))


class BusyError(RoutingError):
    """Fails, and may succeed later."""

    is_transient = True


@dataclass
class Unsteady:
    """Chooses rightly with a rate for each request, by a seed and its own count of how often it was asked.

    Attributes:
        rates: By the text of a request; 1 for the others.
        fails: How often requests fail at first, by text.
    """

    seed: int
    rates: dict[str, float] = field(default_factory=dict)
    fails: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    async def route(self, request: Request) -> RoutingDecision:
        count = self.counts[request.text] = self.counts.get(request.text, 0) + 1
        if count <= self.fails.get(request.text, 0):
            message = "busy"
            raise BusyError(message)
        draw = int(fingerprint_of([self.seed, request.text, count])[:8], 16) / 16**8
        is_right = draw < self.rates.get(request.text, 1.0)
        return RoutingDecision(chosen=AgentName("debugger") if is_right else None)


FLAKY = {f"request {number}": 0.6 for number in range(8)}


def suite(store: MemoryStore, router: Unsteady, sizes: tuple[int, ...], **changes: object) -> EvaluateSuite:
    changes = {"cases": CASES, "repetitions": 1, "looks": len(sizes), **changes}
    return EvaluateSuite(parts=parts_of(store, router=router, **changes))


def alone(
    router: Unsteady, baseline: Snapshot | None, *, store: MemoryStore | None = None, sizes: tuple[int, ...] = (1, 2, 6)
) -> EvaluateInRounds:
    evaluate = suite(store or MemoryStore(), router, sizes)
    sides = Alone(evaluate=evaluate, planned=evaluate.start(), baseline=baseline)
    return EvaluateInRounds(sides=sides, policy=POLICY, sizes=sizes[1:])


async def kept(rates: dict[str, float]) -> Snapshot:
    """Return a baseline of ten trials."""
    evaluate = EvaluateSuite(parts=parts_of(MemoryStore(), router=Unsteady(1, rates), cases=CASES, repetitions=10))
    return observe(await evaluate.execute(evaluate.start(), ignore))


async def executed(evaluate: EvaluateInRounds) -> Report:
    return await evaluate.execute(lambda _trials: None, ignore)


def stored(evaluate: EvaluateInRounds) -> Run:
    assert isinstance(evaluate.sides, Alone)
    return evaluate.sides.evaluate.parts.store.load(evaluate.sides.planned.manifest.identifier)


async def test_a_decided_gate_asks_no_more() -> None:
    """Where everything fails at once, one trial of each case is enough."""
    evaluate = alone(Unsteady(2, {case.request.text: 0.0 for case in CASES}), await kept({}))

    report = await executed(evaluate)

    assert report.verdict.outcome is GateOutcome.FAILED
    assert len(stored(evaluate).trials) == len(CASES)


async def test_an_open_gate_asks_up_to_the_last_round() -> None:
    """Forty cases say too little; later rounds ask the eight flaky ones most, and an audit of the rest."""
    evaluate = alone(Unsteady(3, FLAKY), await kept(FLAKY))

    report = await executed(evaluate)
    run = stored(evaluate)
    counts = {case.identifier: 0 for case in CASES}
    for trial in run.trials:
        counts[trial.key.case] += 1

    assert report.verdict.outcome is GateOutcome.INCONCLUSIVE
    assert run.manifest.looks == 3
    assert run.manifest.planned == len(CASES)
    assert max(counts.values()) == 9
    assert {trial.inclusion for trial in run.trials if trial.key.repetition == 0} == {1.0}
    assert min(trial.inclusion for trial in run.trials) < 1
    flaky = [count for case, count in counts.items() if int(case.removeprefix("case-")) < 8]
    assert sum(flaky) / 8 > 1.5 * (sum(counts.values()) - sum(flaky)) / 32


async def test_without_anything_to_compare_with_there_is_one_round() -> None:
    """More trials would decide nothing."""
    evaluate = alone(Unsteady(3, FLAKY), None)

    await executed(evaluate)

    assert len(stored(evaluate).trials) == len(CASES)


async def test_a_run_without_later_rounds_is_made_and_judged() -> None:
    """That is what a run of a fixed size is."""
    evaluate = alone(Unsteady(3, FLAKY), await kept(FLAKY), sizes=(1,))
    told: list[int] = []

    report = await evaluate.execute(told.append, ignore)

    assert told == [len(CASES)]
    assert report.manifest.looks == 1


async def test_what_is_expected_is_told_before_every_round() -> None:
    """A bar can only show how far it is if it knows how far that is."""
    evaluate = alone(Unsteady(3, FLAKY), await kept(FLAKY))
    told: list[int] = []
    made: list[object] = []

    await evaluate.execute(told.append, made.append)

    assert len(told) == 3
    assert sum(told) == len(made) == len(stored(evaluate).trials)


async def test_what_failed_for_the_moment_is_made_once_more() -> None:
    """Without those cases the rest would look steadier than all are."""
    evaluate = alone(Unsteady(3, FLAKY, fails={"request 0": 1, "request 1": 9}), await kept(FLAKY))

    await executed(evaluate)
    first = {trial.key.case: trial for trial in stored(evaluate).trials if trial.key.repetition == 0}

    assert first[CASES[0].identifier].is_finished
    assert not first[CASES[1].identifier].is_finished


@pytest.mark.parametrize("halts", [3, 50, 60, 75])
async def test_an_interrupted_run_goes_on_as_it_would_have(halts: int) -> None:
    """The cases of a round follow from the trials before it, so that the two runs end alike."""
    baseline = await kept(FLAKY)
    whole = alone(Unsteady(5, FLAKY), baseline)
    await executed(whole)
    store, router, sizes = MemoryStore(), Unsteady(5, FLAKY), schedule()
    evaluate = suite(store, router, sizes, executor=HaltsAfter(left=halts))
    sides = Alone(evaluate=evaluate, planned=evaluate.start(), baseline=baseline)
    halting = EvaluateInRounds(sides=sides, policy=POLICY, sizes=sizes[1:])
    with pytest.raises(asyncio.CancelledError):
        await executed(halting)
    assert len(store.load(sides.planned.manifest.identifier).trials) == halts

    resumed = suite(store, router, sizes)
    going_on = replace(halting, sides=Alone(evaluate=resumed, planned=resumed.resume(), baseline=baseline))
    await executed(going_on)

    assert _summary(stored(going_on)) == _summary(stored(whole))


async def test_both_sides_of_a_pair_are_asked_the_same() -> None:
    """A case that is asked again is asked again on both, with the same probability."""
    store, sizes = MemoryStore(), schedule()
    pair = EvaluatePair(
        baseline=suite(store, Unsteady(6, FLAKY), sizes), candidate=suite(store, Unsteady(7, FLAKY), sizes)
    )
    sides = InTurns(pair=pair, planned=pair.start(), label="then")

    report = await executed(EvaluateInRounds(sides=sides, policy=POLICY, sizes=sizes[1:]))
    baseline, candidate = (
        store.load(run.manifest.identifier) for run in (sides.planned.baseline, sides.planned.candidate)
    )

    assert [(t.key.case, t.key.repetition, t.inclusion) for t in baseline.trials] == [
        (t.key.case, t.key.repetition, t.inclusion) for t in candidate.trials
    ]
    assert max(trial.key.repetition for trial in candidate.trials) == 8
    assert report.comparison is not None
    assert report.comparison.against == "then"


async def test_a_selection_keeps_its_probability_in_later_rounds() -> None:
    """A case that was drawn for the run, and again for a round, was doubly lucky."""
    sizes = (1, 2)
    chances = {case.identifier: 0.5 for case in CASES[:35]}
    evaluate = suite(MemoryStore(), Unsteady(3, FLAKY), sizes, inclusions=chances)
    sides = Alone(evaluate=evaluate, planned=evaluate.start(), baseline=await kept(FLAKY))
    rounds = EvaluateInRounds(sides=sides, policy=POLICY, sizes=sizes[1:])

    await executed(rounds)
    run = stored(rounds)

    assert {trial.key.case for trial in run.trials} == set(chances)
    assert {trial.inclusion for trial in run.trials if trial.key.repetition == 0} == {0.5}
    assert max(trial.inclusion for trial in run.trials if trial.key.repetition) <= 0.5


def _summary(run: Run) -> list[object]:
    return [(trial.key, trial.inclusion, trial.answer.routing) for trial in run.trials]


@dataclass
class HaltsAfter(Stepwise):
    """Cancels whoever consumes it after so many trials over all its calls."""

    left: int = 0

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        wanted = list(plans)
        made, self.left = wanted[: self.left], max(0, self.left - len(wanted))
        async for trial in super().execute(made, make_runner):
            yield trial
        if len(made) < len(wanted):
            raise asyncio.CancelledError


ESTIMATE = Estimate(value=0.0, lower=-0.1, upper=0.1, confidence=0.9, sample_size=40, method="exact")


def finding(rule: GateRule = DROP, **changes: object) -> GateFinding:
    made = GateFinding(
        rule=rule, subject=MODEL, outcome=GateOutcome.INCONCLUSIVE, sentence="lexical: nobody knows", estimate=ESTIMATE
    )
    return replace(made, **changes)  # type: ignore[arg-type] # any field may be replaced


def verdict(*findings: GateFinding, outcome: GateOutcome = GateOutcome.INCONCLUSIVE) -> GateVerdict:
    return GateVerdict(outcome=outcome, reasons=tuple(item.sentence for item in findings), findings=findings)


CRITICAL = GateRule(metric="critical_breaks", maximum=0)
LEVEL = GateRule(metric="routing_accuracy", minimum=0.9)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (verdict(finding()), True),
        (verdict(finding(CRITICAL, estimate=None)), True),
        (verdict(finding(), finding(estimate=None, is_gated=False)), True),
        (verdict(finding(estimate=None)), False),
        (verdict(finding(LEVEL)), False),
        (verdict(finding(), finding(LEVEL)), False),
        (verdict(finding(subject=SubjectName("steady"))), False),
        (verdict(finding(), outcome=GateOutcome.FAILED), False),
        (
            GateVerdict(outcome=GateOutcome.INCONCLUSIVE, reasons=("the run is incomplete",), findings=(finding(),)),
            False,
        ),
        (GateVerdict(outcome=GateOutcome.INCONCLUSIVE, reasons=("lexical: a control",), findings=(finding(),)), True),
    ],
    ids=["drop", "critical", "shown", "few", "level", "both", "steady", "decided", "incomplete", "control"],
)
def test_more_trials_are_made_only_where_they_can_decide(said: GateVerdict, *, expected: bool) -> None:
    """Neither too few cases, nor a level, nor a subject without noise is helped by them."""
    assert may_be_decided(said, {MODEL}) is expected
