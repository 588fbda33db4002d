"""Trials made by a few processes of this machine."""

import asyncio
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.executors.sharding import SHARD, ShardingExecutor, Work, WorkerLostError, called
from passmuster.components import BuildContext, Component
from passmuster.ports import Executor

LAST_WORDS: Final = 5.0
"""Seconds that a worker has to clear up when its driver has gone."""

_AT_WORK = threading.Lock()
"""Held in a worker while it makes a shard."""


class ProcessEngine:
    """A pool of processes; conforms to :class:`passmuster.adapters.executors.sharding.Engine`.

    Every worker holds one end of a pipe whose other end is here. However this process ends, that end closes, and the
    workers with it.
    """

    def __init__(self, workers: int) -> None:
        """Say how many; they start when there is work for them."""
        self.workers = workers
        self._context = multiprocessing.get_context("spawn")
        self._held, self._lifeline = self._context.Pipe(duplex=False)
        self._pool = self._new_pool()

    async def submit(self, work: Work) -> str:
        """Have a worker make a shard.

        Raises:
            WorkerLostError: If any worker ended: the pool cannot tell which shard it had, and all are made again.
        """
        pool = self._pool
        try:
            return await asyncio.wrap_future(pool.submit(_made, work.function, work.recipe, work.shard))
        except BrokenProcessPool as error:
            if self._pool is pool:
                self._pool = self._new_pool()
                pool.shutdown(wait=False)
            raise WorkerLostError from error

    async def close(self) -> None:
        """End the workers, and wait for them."""
        self._lifeline.close()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        self._held.close()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.workers, mp_context=self._context, initializer=_begin, initargs=(self._held,))


def _begin(lifeline: Connection) -> None:
    """Prepare a worker: the keyboard's signals are its driver's, and when that has gone it ends as well."""
    os.setsid()
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv()
    if _AT_WORK.locked():
        # Cancels what is under way, so that no program which it has started lives on.
        os.kill(os.getpid(), signal.SIGINT)
        _AT_WORK.acquire(timeout=LAST_WORDS)
    os._exit(0)


def _made(function: str, recipe: str, shard: str) -> str:
    with _AT_WORK:
        return called(function, recipe, shard)


class ProcessesExecutorOptions(BaseModel):
    """How many processes make trials."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, le=256, description="Processes. Default: one per processor."
    )
    shard: int = Field(default=SHARD, ge=1, le=1_000, description="Trials that a process is given at once.")


def build(options: ProcessesExecutorOptions, _context: BuildContext) -> Executor:
    """Make the executor."""

    async def begin() -> ProcessEngine:
        return ProcessEngine(options.workers)

    return ShardingExecutor(begin, shard=options.shard, is_elsewhere=False)


COMPONENT: Final = Component(options=ProcessesExecutorOptions, build=build)
