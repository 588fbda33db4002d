"""Trials made in this process: a fixed number of workers, and a bounded number of results under way."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.domain.results import Trial, TrialPlan
from passmuster.ports import Executor, TrialRunner

Results = asyncio.Queue[Trial | asyncio.Task[None]]


class LocalExecutor:
    """Runs trials as tasks of one event loop; conforms to :class:`passmuster.ports.Executor`.

    Memory depends on the concurrency, not on the number of plans: workers take plans from one iterator, and stop
    taking them while twice as many results as there are workers wait for the consumer.
    """

    def __init__(self, *, concurrency: int = 16) -> None:
        """Keep the number of workers.

        Args:
            concurrency: At least 1.
        """
        self._concurrency = concurrency

    async def execute(
        self, plans: Sequence[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        """Yield each plan's trial exactly once, as soon as it ends, in any order.

        When the consumer stops or is cancelled, the workers are cancelled and have ended before that returns.

        Args:
            plans: What to do.
            make_runner: Called once by each worker.

        Raises:
            Exception: Whatever a runner raises, which is a bug; trials that had ended before are yielded first.
        """
        # The queue itself has no bound, so that a worker's end always finds a place in it; the slots bound it.
        results: Results = asyncio.Queue()
        slots = asyncio.Semaphore(2 * self._concurrency)
        waiting = iter(plans)
        workers = [
            asyncio.create_task(_work(waiting, make_runner, results, slots))
            for _ in range(min(self._concurrency, len(plans)))
        ]
        for worker in workers:
            worker.add_done_callback(results.put_nowait)
        running = len(workers)
        try:
            while running:
                result = await results.get()
                if isinstance(result, Trial):
                    yield result
                    slots.release()
                else:
                    result.result()
                    running -= 1
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)


async def _work(
    waiting: Iterator[TrialPlan], make_runner: Callable[[], TrialRunner], results: Results, slots: asyncio.Semaphore
) -> None:
    run = make_runner()
    for plan in waiting:
        await slots.acquire()
        results.put_nowait(await run(plan))


class LocalExecutorOptions(BaseModel):
    """How many trials are made at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    concurrency: int = Field(default=16, ge=1, le=10_000, description="Trials that are under way at the same time.")


def build(options: LocalExecutorOptions, _context: BuildContext) -> Executor:
    """Make the executor."""
    return LocalExecutor(concurrency=options.concurrency)


COMPONENT: Final = Component(options=LocalExecutorOptions, build=build)
