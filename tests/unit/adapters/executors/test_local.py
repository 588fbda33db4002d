"""The local executor: bounded, and tidy when it is stopped."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, cast, overload

import pytest

from passmuster.adapters.executors.local import LocalExecutor
from passmuster.domain.results import Trial, TrialPlan
from passmuster.ports import TrialRunner
from passmuster.testing.factories import a_plan, a_trial


class Meter:
    """Counts the trials under way, and those that were begun and cancelled."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = 0
        self.most = 0
        self.cancelled = 0

    def make_runner(self) -> TrialRunner:
        return self._run

    async def _run(self, plan: TrialPlan) -> Trial:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            if plan.key.repetition < 0:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return a_trial(key=plan.key)


class Endless(Sequence[TrialPlan]):
    """A million plans that are made one by one and never kept."""

    def __init__(self, plan: TrialPlan) -> None:
        self.taken = 0
        self._plan = plan

    def __len__(self) -> int:
        return 1_000_000

    @overload
    def __getitem__(self, index: int) -> TrialPlan: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TrialPlan]: ...
    def __getitem__(self, index: int | slice) -> TrialPlan | Sequence[TrialPlan]:
        raise NotImplementedError

    def __iter__(self) -> Iterator[TrialPlan]:
        for _ in range(len(self)):
            self.taken += 1
            yield self._plan


def plans(number: int) -> list[TrialPlan]:
    return [a_plan(repetition=repetition) for repetition in range(number)]


def others() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}


async def test_no_more_trials_than_allowed_are_under_way() -> None:
    """The concurrency is reached and never passed."""
    meter = Meter()

    trials = [trial async for trial in LocalExecutor(concurrency=3).execute(plans(20), meter.make_runner)]

    assert len(trials) == 20
    assert meter.most == 3


async def test_each_worker_makes_one_runner() -> None:
    """A runner is made once per worker, and never more often than there are plans."""
    made: list[int] = []

    def make_runner() -> TrialRunner:
        made.append(1)
        return Meter().make_runner()

    _ = [trial async for trial in LocalExecutor(concurrency=4).execute(plans(20), make_runner)]

    assert len(made) == 4


async def test_a_million_plans_make_no_million_tasks() -> None:
    """While the consumer does not look, workers stop taking plans."""
    meter = Meter()
    endless = Endless(a_plan())
    async with aclosing(cast("Any", LocalExecutor(concurrency=4).execute(endless, meter.make_runner))) as trials:
        await anext(trials)

        for _ in range(1_000):
            await asyncio.sleep(0)

        assert len(others()) == 4
        assert meter.begun <= 9
        assert endless.taken <= 13


async def test_a_consumer_that_stops_leaves_nothing_behind() -> None:
    """Closing the iterator cancels the workers and waits for their end."""
    meter = Meter()
    stream = LocalExecutor(concurrency=4).execute([*plans(1), *[a_plan(repetition=-1)] * 9], meter.make_runner)
    async with aclosing(cast("Any", stream)) as trials:
        await anext(trials)

    assert meter.running == 0
    assert meter.cancelled == 4
    assert not others()


async def test_a_consumer_that_is_cancelled_leaves_nothing_behind() -> None:
    """Cancelling the task that consumes cancels the workers and waits for their end."""
    meter = Meter()
    seen = asyncio.Event()

    async def consume() -> None:
        planned = [*plans(1), *[a_plan(repetition=-1)] * 9]
        async for _ in LocalExecutor(concurrency=4).execute(planned, meter.make_runner):
            seen.set()

    consumer = asyncio.create_task(consume())
    await seen.wait()
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer

    assert meter.running == 0
    assert not others()


async def test_a_bug_stops_everything_and_is_raised() -> None:
    """What a runner raises reaches the consumer after the trials that had ended, and the others are cancelled."""
    meter = Meter()
    yielded: list[Trial] = []

    def make_runner() -> TrialRunner:
        run = meter.make_runner()

        async def fails_at_two(plan: TrialPlan) -> Trial:
            if plan.key.repetition == 2:
                raise ZeroDivisionError
            return await run(plan)

        return fails_at_two

    planned = [*plans(3), *[a_plan(repetition=-1)] * 9]

    async def consume() -> None:
        async for trial in LocalExecutor(concurrency=1).execute(planned, make_runner):
            yielded.append(trial)  # noqa: PERF401 - a comprehension would lose what came before the error

    with pytest.raises(ZeroDivisionError):
        await consume()

    assert [trial.key.repetition for trial in yielded] == [0, 1]
    assert meter.running == 0
    assert not others()


async def test_a_runner_that_cannot_be_made_stops_everything() -> None:
    """An error of make_runner reaches the consumer too."""

    def make_runner() -> TrialRunner:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await anext(aiter(LocalExecutor(concurrency=4).execute(plans(3), make_runner)))

    assert not others()


async def test_results_come_as_soon_as_they_end() -> None:
    """A slow trial does not hold back a quick one."""
    gate = asyncio.Event()

    def make_runner() -> TrialRunner:
        async def waits_for_the_gate(plan: TrialPlan) -> Trial:
            if plan.key.repetition == 0:
                await gate.wait()
            return a_trial(key=plan.key)

        return waits_for_the_gate

    order: list[int] = []
    async for trial in LocalExecutor(concurrency=2).execute(plans(2), make_runner):
        order.append(trial.key.repetition)
        gate.set()

    assert order == [1, 0]


def test_leaving_the_loop_early_gives_no_warning() -> None:
    """A consumer that just breaks leaves no task for the event loop to complain about."""
    complaints: list[dict[str, Any]] = []

    async def consume(make_runner: Callable[[], TrialRunner]) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, complaint: complaints.append(complaint))
        planned = [*plans(1), *[a_plan(repetition=-1)] * 9]
        async for _ in LocalExecutor(concurrency=4).execute(planned, make_runner):
            break

    meter = Meter()
    asyncio.run(consume(meter.make_runner))

    assert complaints == []
    assert meter.running == 0
