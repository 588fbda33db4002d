"""Trials on their way into a store: committed in groups, by one thread, and told of once they are safe."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from passmuster.domain.endpoints import Ending, EndpointRecord, RunSegment
from passmuster.domain.results import Trial
from passmuster.domain.values import RunIdentifier
from passmuster.ports import Clock, Store

if TYPE_CHECKING:
    from datetime import datetime

BATCH = 50
"""Trials that are worth a commit of their own."""

PATIENCE = 0.1
"""Seconds that a finished trial waits at the most before a commit begins."""

MOST_WAITING = 1_000
"""Trials that may wait for the store; while there are so many, nobody takes new ones from the executor."""

SEGMENT_PATIENCE = 10.0
"""Seconds after which what a process has done so far is noted, should it be killed."""

Progress = Callable[[Trial], None]
"""Told of every trial once it is safely stored."""


def no_endpoints() -> tuple[EndpointRecord, ...]:
    """Return nothing: nobody outside was asked."""
    return ()


class Ledger:
    """What this process has done for one run; it is begun with the first trial, and goes on over several rounds."""

    def __init__(
        self,
        *,
        run: RunIdentifier,
        store: Store,
        clock: Clock,
        endpoints: Callable[[], tuple[EndpointRecord, ...]] = no_endpoints,
    ) -> None:
        """Begin with nothing done.

        Args:
            run: For which run.
            store: Where it is noted.
            clock: Tells time.
            endpoints: Returns whom the process asked so far, and what it had.
        """
        self.run = run
        self.store = store
        self._clock = clock
        self._endpoints = endpoints
        self._started_at: datetime | None = None
        self._began = 0.0
        self._noted = 0.0
        self._trials = 0

    def begin(self) -> None:
        """Note when the process began; a second call changes nothing."""
        if self._started_at is None:
            self._started_at = self._clock.now()
            self._began = self._noted = self._clock.elapsed()

    def count(self, trials: int) -> None:
        """Note that trials were stored."""
        self._trials += trials

    def due(self) -> RunSegment | None:
        """Return what is to be noted by now, should the process be killed; ``None`` most of the time."""
        now = self._clock.elapsed()
        if now - self._noted < SEGMENT_PATIENCE:
            return None
        self._noted = now
        return self.ended(Ending.INTERRUPTED)

    def ended(self, ending: Ending) -> RunSegment | None:
        """Return what the process has done until now; ``None`` if it has asked nobody and made nothing."""
        endpoints = self._endpoints()
        if self._started_at is None or not (self._trials or endpoints):
            return None
        return RunSegment(
            started_at=self._started_at,
            duration=self._clock.elapsed() - self._began,
            ending=ending,
            trials=self._trials,
            endpoints=endpoints,
        )

    def close(self, ending: Ending) -> None:
        """Note what the process did, and why it stopped.

        Raises:
            StoreError: If it could not be noted.
        """
        segment = self.ended(ending)
        if segment is not None:
            self.store.record(self.run, segment)


class Committer:
    """Commits trials in groups.

    Each commit waits for the disk, so trials share one: as many as came while the last was under way, or as come
    within ``PATIENCE``. A thread of its own does it, so that nobody else waits for the disk; there is one, so that
    the store has one writer.
    """

    def __init__(self, progress: Progress) -> None:
        """Begin with nothing waiting.

        Args:
            progress: Told of every trial once it is safely stored.
        """
        self._progress = progress
        self._waiting: list[tuple[Ledger, Trial]] = []
        self._enough = asyncio.Event()
        self._any = asyncio.Event()
        self._room = asyncio.Event()
        self._is_closing = False
        self._error: BaseException | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._working = asyncio.create_task(self._work())

    async def add(self, ledger: Ledger, trial: Trial) -> None:
        """Take a trial, to be committed soon; while too many are waiting, wait.

        Raises:
            StoreError: If an earlier one could not be committed.
        """
        self._waiting.append((ledger, trial))
        self._any.set()
        if len(self._waiting) >= BATCH:
            self._enough.set()
        while len(self._waiting) >= MOST_WAITING and self._error is None:
            self._room.clear()
            await self._room.wait()
        if self._error is not None:
            raise self._error

    async def close(self) -> None:
        """Commit what is waiting, tell of it, and end.

        Raises:
            StoreError: If it could not be committed.
        """
        self._is_closing = True
        self._any.set()
        self._enough.set()
        try:
            await asyncio.shield(self._working)
        finally:
            self._thread.shutdown(wait=False)
        if self._error is not None:
            raise self._error

    async def _work(self) -> None:
        try:
            while self._waiting or not self._is_closing:
                await self._any.wait()
                await self._group()
                await self._commit()
        except Exception as error:  # noqa: BLE001 - raised where somebody waits
            self._error = error
        finally:
            self._room.set()

    async def _group(self) -> None:
        """Wait until enough trials have come, or long enough."""
        if not self._enough.is_set():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._enough.wait()
            except TimeoutError:
                pass

    async def _commit(self) -> None:
        taken, self._waiting = self._waiting[:MOST_WAITING], self._waiting[MOST_WAITING:]
        if not taken:
            return
        if not self._is_closing and len(self._waiting) < BATCH:
            self._enough.clear()
            if not self._waiting:
                self._any.clear()
        groups: dict[int, tuple[Ledger, list[Trial]]] = {}
        for ledger, trial in taken:
            groups.setdefault(id(ledger), (ledger, []))[1].append(trial)
        segments = [(ledger, ledger.due()) for ledger, _ in groups.values()]
        await asyncio.get_running_loop().run_in_executor(self._thread, _write, list(groups.values()), segments)
        for ledger, trials in groups.values():
            ledger.count(len(trials))
        self._room.set()
        for _, trial in taken:
            self._progress(trial)


def _write(
    groups: Iterable[tuple[Ledger, Sequence[Trial]]], segments: Iterable[tuple[Ledger, RunSegment | None]]
) -> None:
    for ledger, trials in groups:
        ledger.store.append(ledger.run, trials)
    for ledger, segment in segments:
        if segment is not None:
            ledger.store.record(ledger.run, segment)
