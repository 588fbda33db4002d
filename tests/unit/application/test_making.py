"""Making trials: what ends it, and what is kept and noted then."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from passmuster.adapters.executors.local import LocalExecutor
from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.making import is_unaffordable
from passmuster.domain.answers import Answer, RoutingDecision, Stage
from passmuster.domain.cases import Request
from passmuster.domain.endpoints import Ending
from passmuster.domain.errors import BudgetExhaustedError, RoutingError, StoreLockedError
from passmuster.domain.results import Run, Trial
from passmuster.domain.values import AgentName, RunIdentifier
from passmuster.testing.factories import MOMENT, a_case, a_failure, a_segment, a_trial, an_unscored
from passmuster.testing.fakes import FakeClock, FixedRouter, MemoryStore

from .small_suites import Stepwise, ignore, parts_of

UNAFFORDABLE = a_failure(Stage.COMPLETION, kind=BudgetExhaustedError.__name__)
CASES = tuple(a_case(f"case-{number:03}", text=f"request {number:03}") for number in range(100))


class Spending:
    """Chooses until the budget is used up."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.asked = 0

    async def route(self, request: Request) -> RoutingDecision:
        self.asked += 1
        number = self.asked
        await asyncio.sleep(0)
        if number > self.budget:
            raise UnaffordableError(request.text)
        return RoutingDecision(chosen=AgentName("debugger"))


UnaffordableError = type(BudgetExhaustedError.__name__, (RoutingError,), {})
"""A router's failure that has the name of the one that a budget makes."""


async def evaluated(evaluate: EvaluateSuite) -> Run:
    return await evaluate.execute(evaluate.start(), ignore)


def test_what_the_budget_refused_is_told_from_other_failures() -> None:
    """In either part of the answer, and in what judges it."""
    trials = [
        a_trial(answer=Answer(routing=UNAFFORDABLE)),
        a_trial(answer=Answer(completion=UNAFFORDABLE)),
        a_trial(outcomes=(replace(an_unscored(), failure=UNAFFORDABLE),)),
        a_trial(answer=Answer(routing=a_failure(Stage.ROUTING))),
        a_trial(),
    ]

    assert [is_unaffordable(trial) for trial in trials] == [True, True, True, False, False]


async def test_a_used_up_budget_ends_the_run_and_keeps_what_there_is() -> None:
    """Nothing more is begun, what is under way may end, and what was refused is left for another day."""
    router, store = Spending(budget=30), MemoryStore()
    parts = parts_of(store, router=router, cases=CASES, repetitions=1, executor=LocalExecutor(concurrency=8))

    run = await evaluated(EvaluateSuite(parts=parts))

    assert len(run.trials) == 30
    assert all(trial.is_finished for trial in run.trials)
    assert router.asked <= 30 + 5 * 8
    assert [segment.ending for segment in run.segments] == [Ending.BUDGET]
    assert run.is_stopped
    assert not run.is_complete


async def test_what_the_budget_left_over_is_made_by_resuming() -> None:
    """The run's second segment finishes it."""
    store = MemoryStore()
    changes = {"cases": CASES, "repetitions": 1, "executor": LocalExecutor(concurrency=8)}
    await evaluated(EvaluateSuite(parts=parts_of(store, router=Spending(budget=30), **changes)))
    router = Spending(budget=1_000)
    later = FakeClock(start=MOMENT + timedelta(hours=1))
    evaluate = EvaluateSuite(parts=parts_of(store, router=router, clock=later, **changes))

    run = await evaluate.execute(evaluate.resume(), ignore)

    assert router.asked == 70
    assert run.is_complete
    assert not run.is_stopped
    endings = [(segment.ending, segment.trials) for segment in run.segments]
    assert endings == [(Ending.BUDGET, 30), (Ending.FINISHED, 70)]


async def test_an_interruption_is_noted() -> None:
    """With the trials that were kept."""
    store, halting = MemoryStore(), Stepwise(halts_before=5)
    evaluate = EvaluateSuite(parts=parts_of(store, executor=halting))
    task = asyncio.create_task(evaluated(evaluate))
    await halting.halted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    [manifest] = store.history("example", limit=9)
    run = store.load(manifest.identifier)

    assert [(segment.ending, segment.trials) for segment in run.segments] == [(Ending.INTERRUPTED, 5)]
    assert len(run.trials) == 5


async def test_a_bug_is_noted_and_raised() -> None:
    """What had ended before is kept."""

    class Broken(FixedRouter):
        async def route(self, request: Request) -> RoutingDecision:
            if request.text == "request 003":
                raise ZeroDivisionError
            return await super().route(request)

    store = MemoryStore()
    with pytest.raises(ZeroDivisionError):
        await evaluated(EvaluateSuite(parts=parts_of(store, router=Broken(), cases=CASES, repetitions=1)))

    [manifest] = store.history("example", limit=9)
    run = store.load(manifest.identifier)
    assert [(segment.ending, segment.trials) for segment in run.segments] == [(Ending.ERROR, 3)]


async def test_a_store_that_fails_is_what_is_raised() -> None:
    """Though its complaint comes while something else is cleared up."""

    class Locked(MemoryStore):
        def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
            self.record(run, trials)

        def record(self, run: RunIdentifier, segment: object) -> None:
            message = f"{run} cannot keep {segment}"
            raise StoreLockedError(message)

    endpoints = a_segment().endpoints
    with pytest.raises(StoreLockedError):
        await evaluated(EvaluateSuite(parts=parts_of(Locked(), endpoints=lambda: endpoints)))


async def test_several_rounds_of_one_process_are_one_segment() -> None:
    """What an endpoint gave is counted from the process's beginning, so two segments would count it twice."""
    store = MemoryStore()
    evaluate = EvaluateSuite(parts=parts_of(store, repetitions=1, looks=2))
    planned = evaluate.start()
    await evaluate.execute(planned, ignore)
    taken = {evaluate.parts.subjects[0].record.name: {case.identifier: 1.0 for case in evaluate.parts.cases[:2]}}

    run = await evaluate.execute(evaluate.growing(planned.manifest, taken, range(1, 3)), ignore)

    assert [segment.trials for segment in run.segments] == [len(run.trials)]
    assert len(run.trials) == len(evaluate.parts.cases) + 4
