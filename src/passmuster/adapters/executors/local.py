"""Trials made in this process: so many requests under way, so many answers waiting, and no lane starving another."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.domain.results import PlanLanes, Trial, TrialPlan
from passmuster.ports import Executor, TrialRunner

CONCURRENCY: Final = 256
"""Trials that are answered at once: more than one service takes by default, so that its own limit decides."""

WAITING: Final = 4
"""Trials for each place that may wait: for somebody to judge them, or for the consumer."""


class LocalExecutor:
    """Runs trials as tasks of one event loop; conforms to :class:`passmuster.ports.Executor`.

    A trial gives up its place as soon as it is answered, so that slow judging holds no request back. Memory depends
    on the concurrency, not on the number of plans: none is taken while too many answers wait. A free place goes to
    the lane with the fewest trials under way, so that a slow service gets its share of places and no more.
    """

    def __init__(self, *, concurrency: int = CONCURRENCY) -> None:
        """Keep the number of places.

        Args:
            concurrency: At least 1.
        """
        self._concurrency = concurrency

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        """Yield each plan's trial exactly once, as soon as it ends, in any order.

        When the consumer stops or is cancelled, what is under way is cancelled and has ended before that returns.

        Args:
            plans: What to do. The lanes of :class:`PlanLanes` are walked side by side, and anything else in order.
            make_runner: Called once for each place that is used.

        Raises:
            Exception: Whatever a runner raises, which is a bug; trials that had ended before are yielded first.
        """
        making = _Making(plans, make_runner, self._concurrency)
        try:
            while (trial := await making.next_ended()) is not None:
                yield trial
        finally:
            await making.stop()


@dataclass(slots=True, eq=False)
class _Lane:
    """Plans that are walked in order.

    Attributes:
        plans: Those not taken yet.
        under_way: How many trials are being answered.
        taken: How many were begun.
    """

    plans: Iterator[TrialPlan]
    under_way: int = 0
    taken: int = 0


class _Making:
    """Trials that are being made.

    No task does nothing but hand on: whoever gives up a place fills it.
    """

    def __init__(self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner], concurrency: int) -> None:
        lanes = plans.lanes if isinstance(plans, PlanLanes) else (plans,)
        self._lanes = [_Lane(plans=iter(lane)) for lane in lanes]
        self._make_runner = make_runner
        self._concurrency = concurrency
        self._judges = asyncio.Semaphore(concurrency)
        self._resting: list[TrialRunner] = []
        self._answering = 0
        # Begun and not yet handed out.
        self._unread = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended: deque[Trial] = deque()
        self._error: BaseException | None = None
        self._news = asyncio.Event()

    async def next_ended(self) -> Trial | None:
        """Return the next trial that has ended; ``None`` when all have."""
        self._fill()
        while not self._ended:
            if self._error is not None:
                raise self._error
            if not self._unread:
                return None
            self._news.clear()
            await self._news.wait()
        self._unread -= 1
        return self._ended.popleft()

    async def stop(self) -> None:
        """Cancel what is under way, and wait for its end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _fill(self) -> None:
        """Begin as many trials as there is place for."""
        most = self._concurrency * (1 + WAITING)
        while self._error is None and self._lanes and self._answering < self._concurrency and self._unread < most:
            lane = min(self._lanes, key=_share)
            try:
                plan = next(lane.plans, None)
                if plan is None:
                    self._lanes.remove(lane)
                    continue
                runner = self._resting.pop() if self._resting else self._make_runner()
            except Exception as error:  # noqa: BLE001 - raised where the consumer waits
                self._break(error)
                return
            self._begin(lane, plan, runner)

    def _begin(self, lane: _Lane, plan: TrialPlan, runner: TrialRunner) -> None:
        lane.under_way += 1
        lane.taken += 1
        self._answering += 1
        self._unread += 1
        task = asyncio.create_task(self._make(lane, plan, runner))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _make(self, lane: _Lane, plan: TrialPlan, runner: TrialRunner) -> None:
        try:
            response = await runner.respond(plan)
            lane.under_way -= 1
            self._answering -= 1
            self._resting.append(runner)
            self._fill()
            async with self._judges:
                trial = await runner.assess(response)
        except asyncio.CancelledError as error:
            # Cancelled by itself, and not by a consumer who has gone: nobody else would tell.
            self._break(error)
            raise
        except Exception as error:  # noqa: BLE001 - raised where the consumer waits
            self._break(error)
        else:
            self._ended.append(trial)
            self._news.set()

    def _break(self, error: BaseException) -> None:
        self._error = self._error or error
        self._news.set()


def _share(lane: _Lane) -> tuple[int, int]:
    return lane.under_way, lane.taken


class LocalExecutorOptions(BaseModel):
    """How many trials are made at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrency: int = Field(
        default=CONCURRENCY, ge=1, le=10_000, description="Trials that are being answered at the same time."
    )


def build(options: LocalExecutorOptions, _context: BuildContext) -> Executor:
    """Make the executor."""
    return LocalExecutor(concurrency=options.concurrency)


COMPONENT: Final = Component(options=LocalExecutorOptions, build=build)
