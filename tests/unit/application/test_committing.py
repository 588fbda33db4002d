"""Committing: trials go into the store in groups, by one thread, and nobody is told before they are there."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from passmuster.application import committing
from passmuster.application.committing import BATCH, SEGMENT_PATIENCE, Committer, Ledger
from passmuster.domain.endpoints import Ending, RunSegment
from passmuster.domain.errors import StoreLockedError
from passmuster.domain.results import Trial
from passmuster.domain.values import RunIdentifier
from passmuster.testing.factories import MOMENT, a_manifest, a_roster, a_segment, a_trial
from passmuster.testing.fakes import FakeClock, MemoryStore

ENDPOINTS = a_segment().endpoints


class WatchedStore(MemoryStore):
    """Remembers how many trials came together and who brought them; stops while its gate is shut."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries: list[int] = []
        self.threads: set[int] = set()
        self.segments: list[RunSegment] = []
        self.gate = threading.Event()
        self.gate.set()
        self.is_locked = False

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        assert self.gate.wait(60)
        if self.is_locked:
            message = "another process holds the store"
            raise StoreLockedError(message)
        self.deliveries.append(len(trials))
        self.threads.add(threading.get_ident())
        super().append(run, trials)

    def record(self, run: RunIdentifier, segment: RunSegment) -> None:
        self.segments.append(segment)
        super().record(run, segment)


class Bench:
    """A ledger on a watched store, and who was told of what."""

    def __init__(self, clock: FakeClock | None = None, *, asks: bool = False) -> None:
        self.store = WatchedStore()
        self.told: list[int] = []
        manifest = a_manifest()
        self.store.begin(manifest, a_roster(), ())
        self.clock = clock or FakeClock()
        self.ledger = Ledger(
            run=manifest.identifier,
            store=self.store,
            clock=self.clock,
            endpoints=lambda: ENDPOINTS if asks else (),
        )
        self.ledger.begin()

    def tell(self, trial: Trial) -> None:
        assert trial in self.store.load(self.ledger.run).trials
        self.told.append(trial.key.repetition)

    async def deliver(self, committer: Committer, number: int, start: int = 0) -> None:
        for repetition in range(start, start + number):
            await committer.add(self.ledger, a_trial(repetition=repetition))


async def test_trials_are_committed_in_groups_and_told_of_in_order() -> None:
    """Each commit waits for the disk, so many trials share one; all of them by one thread that is not the loop's."""
    bench = Bench()
    committer = Committer(bench.tell)

    await bench.deliver(committer, BATCH + 3)
    await committer.close()

    assert bench.told == list(range(BATCH + 3))
    assert len(bench.store.deliveries) <= 2
    assert len(bench.store.threads) == 1
    assert threading.get_ident() not in bench.store.threads


async def test_a_trial_does_not_wait_for_its_group_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing more comes, the last one is committed."""
    monkeypatch.setattr(committing, "PATIENCE", 0.0)
    bench = Bench()
    told = asyncio.Event()
    committer = Committer(lambda _trial: told.set())

    await bench.deliver(committer, 1)
    async with asyncio.timeout(60):  # without the commit in time this would wait for ever
        await told.wait()

    assert bench.store.deliveries == [1]
    await committer.close()


async def test_a_slow_store_does_not_stop_the_loop_and_is_not_flooded(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it writes others go on; but nobody brings more than it can take."""
    most = 2 * BATCH
    monkeypatch.setattr(committing, "MOST_WAITING", most)
    bench = Bench()
    bench.store.gate.clear()
    committer = Committer(bench.tell)

    bringing = asyncio.create_task(bench.deliver(committer, 3 * most))
    for _ in range(5 * most):
        await asyncio.sleep(0)

    assert not bringing.done()
    assert bench.told == []
    bench.store.gate.set()
    await bringing
    await committer.close()
    assert bench.told == list(range(3 * most))
    assert max(bench.store.deliveries) <= most


async def test_a_store_that_fails_is_heard_of_at_the_next_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """And again at the end; nobody is told of a trial that is not stored."""
    monkeypatch.setattr(committing, "PATIENCE", 0.0)
    bench = Bench()
    bench.store.is_locked = True
    committer = Committer(bench.tell)

    async def bring() -> None:
        for number in range(100_000):
            await bench.deliver(committer, 1, start=number)
            await asyncio.sleep(0)

    with pytest.raises(StoreLockedError):
        await bring()
    with pytest.raises(StoreLockedError):
        await committer.close()

    assert bench.told == []


async def test_two_runs_share_one_thread() -> None:
    """Each trial goes into its own."""
    bench = Bench()
    other = a_manifest("other")
    bench.store.begin(other, a_roster(), ())
    ledger = Ledger(run=other.identifier, store=bench.store, clock=FakeClock())
    committer = Committer(lambda _trial: None)

    for number in range(10):
        await committer.add(bench.ledger if number % 2 else ledger, a_trial(repetition=number))
    await committer.close()

    kept = [[trial.key.repetition for trial in bench.store.load(run).trials] for run in (ledger.run, bench.ledger.run)]
    assert kept == [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9]]
    assert len(bench.store.threads) == 1


async def test_what_was_done_is_noted_now_and_then_should_the_process_be_killed() -> None:
    """As an interruption at that moment; the end takes its place."""
    bench = Bench(asks=True)
    committer = Committer(bench.tell)

    await bench.deliver(committer, 2)
    bench.clock.advance(SEGMENT_PATIENCE)
    await bench.deliver(committer, 1, start=2)
    await committer.close()
    bench.clock.advance(5)
    bench.ledger.close(Ending.FINISHED)

    (noted, ended) = bench.store.segments
    assert (noted.ending, noted.duration, noted.endpoints) == (Ending.INTERRUPTED, SEGMENT_PATIENCE, ENDPOINTS)
    assert (ended.ending, ended.duration, ended.trials) == (Ending.FINISHED, SEGMENT_PATIENCE + 5, 3)
    assert ended.started_at == noted.started_at == MOMENT
    assert bench.store.load(bench.ledger.run).segments == (ended,)


def test_a_process_that_did_nothing_leaves_no_note() -> None:
    """Resuming what is finished changes nothing."""
    bench = Bench()

    bench.ledger.close(Ending.FINISHED)

    assert bench.store.segments == []


def test_a_process_that_only_paid_leaves_a_note() -> None:
    """What it had from an endpoint counts, though it kept no trial."""
    bench = Bench(asks=True)

    bench.ledger.close(Ending.ERROR)

    assert [(segment.trials, segment.ending) for segment in bench.store.segments] == [(0, Ending.ERROR)]
