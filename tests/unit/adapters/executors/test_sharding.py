"""Shards under way: each trial once, so many and no more, and nothing left when it is stopped."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from passmuster.adapters.executors.sharding import (
    IN_FLIGHT,
    MOST_LOSSES,
    ShardingExecutor,
    Work,
    WorkerLostError,
    called,
    cut,
)
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.results import PlanLanes, TrialPlan
from passmuster.testing.factories import a_plan
from passmuster.testing.portable import PlainPortableRunners


class HereEngine:
    """Workers that are tasks of this process."""

    def __init__(self, workers: int = 2, *, losses: int = 0, hangs: bool = False) -> None:
        self.workers = workers
        self.under_way = 0
        self.most = 0
        self.cancelled = 0
        self.losses = losses
        self.hangs = hangs
        self.is_closed = False

    async def submit(self, work: Work) -> str:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            if self.losses:
                self.losses -= 1
                raise WorkerLostError
            if self.hangs and "99" in work.shard:
                await asyncio.Event().wait()
            return called(work.function, work.recipe, work.shard)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1

    async def close(self) -> None:
        assert not self.under_way
        self.is_closed = True


def executor_over(engine: HereEngine, shard: int = 3) -> ShardingExecutor:
    async def begin() -> HereEngine:
        return engine

    return ShardingExecutor(begin, shard=shard, is_elsewhere=False)


def plans(count: int) -> list[TrialPlan]:
    return [a_plan(repetition=number) for number in range(count)]


async def test_so_many_shards_are_under_way_for_each_worker() -> None:
    """A worker always has its next shard, and no more are taken: memory does not depend on the number of plans."""
    engine = HereEngine(workers=2)

    made = [trial.key.repetition async for trial in executor_over(engine).execute(plans(50), PlainPortableRunners())]

    assert sorted(made) == list(range(50))
    assert engine.most == 2 * IN_FLIGHT
    assert engine.is_closed


async def test_plans_are_taken_only_as_far_as_needed() -> None:
    """A budget that ends, or a consumer who stops, finds the rest of the plans not even looked at."""
    taken: list[int] = []

    def walked() -> Iterator[TrialPlan]:
        for plan in plans(1_000):
            taken.append(plan.key.repetition)
            yield plan

    async with aclosing(executor_over(HereEngine()).execute(walked(), PlainPortableRunners())) as trials:
        await anext(trials)

    assert len(taken) <= 3 * (2 * IN_FLIGHT + 2)


async def test_only_so_many_workers_ask_as_the_limits_allow() -> None:
    """Where a service takes one request at a time, one shard is made at a time, however many workers there are."""
    engine = HereEngine(workers=8)

    made = [trial async for trial in executor_over(engine).execute(plans(30), PlainPortableRunners(seats=1))]

    assert len(made) == 30
    assert engine.most == 1


async def test_workers_that_come_later_get_nothing_in_advance() -> None:
    """Each keeps to a share that was made for fewer, so that no more may be at work than shares were made."""
    engine, seen = HereEngine(workers=2), 0

    async with aclosing(executor_over(engine).execute(plans(90), PlainPortableRunners())) as trials:
        async for _ in trials:
            seen += 1
            if seen == 1:
                engine.workers = 9
            if seen == 30:
                engine.most = 0

    assert seen == 90
    assert 1 <= engine.most <= 2


async def test_a_consumer_who_goes_leaves_nothing_under_way() -> None:
    """What is under way is cancelled, and the workers are let go, before closing returns."""
    engine = HereEngine(hangs=True)

    async with aclosing(executor_over(engine).execute([*plans(3), *plans(100)[99:]], PlainPortableRunners())) as trials:
        await anext(trials)

    assert (engine.cancelled, engine.under_way, engine.is_closed) == (1, 0, True)


async def test_a_shard_whose_worker_ended_is_made_by_another() -> None:
    """Each trial is there once all the same."""
    engine = HereEngine(losses=MOST_LOSSES - 1)

    made = [trial.key.repetition async for trial in executor_over(engine).execute(plans(3), PlainPortableRunners())]

    assert sorted(made) == [0, 1, 2]


async def test_a_shard_that_ends_every_worker_ends_the_run() -> None:
    """It is said which trials they were, and how to go on."""
    engine = HereEngine(losses=MOST_LOSSES)

    with pytest.raises(EnvironmentFaultError, match="ended while they made the same 3 trials") as caught:
        _ = [trial async for trial in executor_over(engine).execute(plans(3), PlainPortableRunners())]

    assert "--resume" in caught.value.hint
    assert engine.is_closed


async def test_what_is_no_answer_to_a_shard_is_refused() -> None:
    """Trials of other plans never get into a run."""

    class Forgetful(HereEngine):
        async def submit(self, work: Work) -> str:
            return "[7, 8, 9]" if work.shard else ""

    with pytest.raises(EnvironmentFaultError, match="returned 3, or others"):
        _ = [trial async for trial in executor_over(Forgetful()).execute(plans(3), PlainPortableRunners())]


def test_lanes_are_mixed_in_every_shard() -> None:
    """A slow service holds no shard back whole, while a quick one is done long before."""
    lanes = PlanLanes((plans(2), [a_plan(subject="other", repetition=number) for number in range(4)]))

    shards = [[(plan.key.subject, plan.key.repetition) for plan in shard] for shard in cut(lanes, 4)]

    assert shards == [
        [("lexical", 0), ("other", 0), ("lexical", 1), ("other", 1)],
        [("other", 2), ("other", 3)],
    ]
