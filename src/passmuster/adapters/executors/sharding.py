"""Trials made by workers of whatever kind: shards go out, a few for each worker, and trials come back as they end."""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

from passmuster.adapters.executors.local import LocalExecutor
from passmuster.distributing import PortableRunners
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.results import PlanLanes, Trial, TrialPlan
from passmuster.ports import TrialRunner

SHARD: Final = 25
"""Trials that a worker gets at once: few enough that little is lost with a worker."""

IN_FLIGHT: Final = 2
"""Shards for each worker: the one that it makes, and the next, so that it never waits."""

MOST_LOSSES: Final = 3
"""Workers that may be lost with one shard; then it is thought to be the reason."""


class WorkerLostError(Exception):
    """A worker ended before it had made its shard, which another may make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is sent to a worker.

    Attributes:
        function: What is called there, as ``module:name``.
        recipe: How trials are made.
        shard: Which.
    """

    function: str
    recipe: str
    shard: str


class Engine(Protocol):
    """Workers that are there."""

    @property
    def workers(self) -> int:
        """How many there are at the moment."""
        ...

    async def submit(self, work: Work) -> str:
        """Return what a worker made of a shard; cancelled, what the worker makes of it is dropped.

        Raises:
            WorkerLostError: If the worker ended meanwhile.
            EnvironmentFaultError: If there are no workers any more.
        """
        ...

    async def close(self) -> None:
        """Let the workers go, and wait until those that belong to this process have ended."""
        ...


class ShardingExecutor:
    """Makes trials in other processes; conforms to :class:`passmuster.distributing.DistributingExecutor`.

    What nobody can tell another process how to make is made in this one.
    """

    def __init__(self, begin: Callable[[], Awaitable[Engine]], *, shard: int, is_elsewhere: bool) -> None:
        """Keep how workers are had; none is yet.

        Args:
            begin: Starts workers, or finds them.
            shard: Trials of a shard at the most.
            is_elsewhere: Whether workers may be on other machines.
        """
        self._begin = begin
        self._shard = shard
        self.is_elsewhere = is_elsewhere

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        """Yield each plan's trial exactly once, as soon as its shard ends, in any order.

        Args:
            plans: What to do. Lanes are mixed in every shard, so that none waits for another.
            make_runner: Called here, unless it is of :class:`PortableRunners`.

        Raises:
            EnvironmentFaultError: If a worker cannot make trials, or workers keep ending.
        """
        if not isinstance(make_runner, PortableRunners):
            async with aclosing(LocalExecutor().execute(plans, make_runner)) as trials:
                async for trial in trials:
                    yield trial
            return
        shards = cut(plans, self._shard)
        first = next(shards, None)
        if first is None:
            return
        engine = await self._begin()
        try:
            flight = _Flight(engine, make_runner, first, shards)
            try:
                while (made := await flight.next_landed()) is not None:
                    for trial in made:
                        yield trial
            finally:
                await flight.stop()
        finally:
            # Cancelled once more, the workers are still awaited: nothing of them may live on.
            await asyncio.shield(asyncio.ensure_future(engine.close()))


def cut(plans: Iterable[TrialPlan], size: int) -> Iterator[list[TrialPlan]]:
    """Yield plans in shards, taken from all lanes in turns; no more are taken than are needed."""
    walked = _in_turns(plans.lanes) if isinstance(plans, PlanLanes) else iter(plans)
    while shard := list(islice(walked, size)):
        yield shard


def _in_turns(lanes: Sequence[Iterable[TrialPlan]]) -> Iterator[TrialPlan]:
    left = [iter(lane) for lane in lanes]
    while left:
        for lane in tuple(left):
            plan = next(lane, None)
            if plan is None:
                left.remove(lane)
            else:
                yield plan


class _Flight:
    """Shards that are under way."""

    def __init__(
        self, engine: Engine, runners: PortableRunners, first: list[TrialPlan], shards: Iterator[list[TrialPlan]]
    ) -> None:
        self._engine = engine
        self._runners = runners
        self._next: list[TrialPlan] | None = first
        self._shards = shards
        self._counted = max(engine.workers, 1)
        self._seats = max(min(runners.seats(self._counted), self._counted), 1)
        self._recipe = runners.recipe(self._counted)
        self._tasks: set[asyncio.Task[Sequence[Trial]]] = set()

    async def next_landed(self) -> Sequence[Trial] | None:
        """Return the trials of the next shard that has ended; ``None`` when all have."""
        self._fill()
        if not self._tasks:
            return None
        done, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        # One at a time: of several, the others stay until they are asked for. Those that were made come first.
        task = min(done, key=lambda item: item.cancelled() or item.exception() is not None)
        self._tasks.discard(task)
        return task.result()

    async def stop(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _fill(self) -> None:
        while self._next is not None and len(self._tasks) < self._room:
            self._tasks.add(asyncio.create_task(self._make(self._next)))
            self._next = next(self._shards, None)

    @property
    def _room(self) -> int:
        """How many shards may be under way.

        Each worker keeps to its share of the limits, so that no more may be at work at once than shares were made:
        where fewer may ask than there are workers, or where workers came later, none gets a shard in advance.
        """
        is_as_counted = self._seats == self._counted and self._engine.workers <= self._counted
        return self._seats * (IN_FLIGHT if is_as_counted else 1)

    async def _make(self, plans: list[TrialPlan]) -> Sequence[Trial]:
        work = Work(function=self._runners.function, recipe=self._recipe, shard=self._runners.packed(plans))
        for _ in range(MOST_LOSSES):
            try:
                answer = await self._engine.submit(work)
            except WorkerLostError:
                continue
            return _checked(self._runners.unpacked(answer), plans)
        message = (
            f"{MOST_LOSSES} workers ended while they made the same {len(plans)} trials, from {plans[0].key.case!r} on"
        )
        raise EnvironmentFaultError(
            message, hint="see why they end, such as a lack of memory; then go on with the same command and --resume"
        )


def _checked(trials: Sequence[Trial], plans: Sequence[TrialPlan]) -> Sequence[Trial]:
    """Refuse what is no answer to a shard."""
    if len(trials) != len(plans) or {trial.key for trial in trials} != {plan.key for plan in plans}:
        message = f"a worker was given {len(plans)} trials to make and returned {len(trials)}, or others"
        raise EnvironmentFaultError(message, hint="install the same passmuster on all machines")
    return trials


def called(function: str, recipe: str, shard: str) -> str:
    """Call, in a worker, what makes a shard's trials."""
    module, _, name = function.partition(":")
    answer: str = getattr(importlib.import_module(module), name)(recipe, shard)
    return answer
