"""Merging: shards of one state become one run, once; what does not belong together is named."""

import asyncio
from datetime import timedelta

import pytest

from passmuster.adapters.executors.local import LocalExecutor
from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.merging import Merged, Source, merge
from passmuster.application.pairing import EvaluatePair
from passmuster.application.sharding import Shard
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.results import Revision, Run
from passmuster.domain.values import RunIdentifier
from passmuster.testing.factories import MOMENT, a_case, a_roster
from passmuster.testing.fakes import FakeClock, MemoryStore

from .small_suites import CASES, Stepwise, ignore, parts_of

COUNT = 3


async def shard_made(number: int, store: MemoryStore, count: int = COUNT, **changes: object) -> Run:
    """Make one shard, at an hour of its own unless a clock is given."""
    clock = FakeClock(start=MOMENT + timedelta(hours=number))
    parts = parts_of(store, **{"clock": clock, **changes})
    evaluate = EvaluateSuite(parts=Shard(number, count).part_of(parts))
    return await evaluate.execute(evaluate.start(), ignore)


async def all_made(**changes: object) -> list[MemoryStore]:
    """Make every shard, each into a store of its own."""
    stores = [MemoryStore() for _ in range(COUNT)]
    for number, store in enumerate(stores, start=1):
        await shard_made(number, store, **changes)
    return stores


def merged(
    stores: list[MemoryStore], into: MemoryStore | None = None, told: list[tuple[int, int]] | None = None
) -> Merged:
    sources = [Source(label=f"store {number}", store=store) for number, store in enumerate(stores, start=1)]
    seen = [] if told is None else told
    return merge("example", sources, into or MemoryStore(), lambda done, total: seen.append((done, total)))


async def test_shards_become_the_run_that_would_have_been_made_at_once() -> None:
    """Its trials, its roster, its cases, its plan; from several stores, or from one."""
    whole = EvaluateSuite(parts=parts_of(MemoryStore(), clock=FakeClock(start=MOMENT + timedelta(hours=1))))
    alone = await whole.execute(whole.start(), ignore)
    shared = MemoryStore()
    for number in range(1, COUNT + 1):
        await shard_made(number, shared)
    told: list[tuple[int, int]] = []

    apart = merged(await all_made(), told=told).run
    together = merged([shared], shared).run

    for run in (apart, together):
        assert run.is_complete
        assert [trial.key for trial in run.trials] == [trial.key for trial in alone.trials]
        assert (run.roster, run.cases) == (alone.roster, alone.cases)
        assert run.manifest.planned == alone.manifest.planned
        assert (run.manifest.suite, run.manifest.shard) == ("example", "")
    assert apart.manifest.identifier == together.manifest.identifier
    assert [manifest.identifier for manifest in shared.history("example", limit=9)] == [apart.manifest.identifier]
    assert told == [(1, 3), (2, 3), (3, 3)]


async def test_merging_twice_changes_nothing() -> None:
    """The name of the whole follows from the shards, so everything finds its place again."""
    stores, into = await all_made(), MemoryStore()

    first = merged(stores, into).run
    second = merged(list(reversed(stores)), into).run

    assert second == first
    assert len(into.history("example", limit=9)) == 1


async def test_segments_of_one_moment_are_all_kept() -> None:
    """Machines may begin at the same microsecond."""
    cases = tuple(a_case(f"case-{number}") for number in range(60))
    run = merged(await all_made(clock=FakeClock(), cases=cases)).run

    assert len(run.segments) == COUNT
    assert sum(segment.trials for segment in run.segments) == len(run.trials)


async def test_a_missing_shard_is_named_with_what_to_do() -> None:
    """All that are missing, at once."""
    stores = await all_made()

    with pytest.raises(InvalidConfigurationError) as caught:
        merged(stores[1:2])

    assert [str(finding) for finding in caught.value.findings] == [
        f"shard {shard} is missing — make it with `passmuster run --shard {shard}`, and name the store that it is in"
        for shard in ("1/3", "3/3")
    ]


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"roster": a_roster("debugger", "tester", "newcomer")}, "other agents"),
        ({"cases": (*CASES, a_case("added"))}, "other cases"),
        ({"steady": True}, "other subjects"),
        ({"seed": 8}, "another seed"),
        ({"revision": Revision(commit="other", branch="", is_dirty=False)}, "another revision"),
        ({"versions": {"passmuster": "9"}}, "another version of passmuster"),
    ],
    ids=["roster", "cases", "subjects", "seed", "revision", "version"],
)
async def test_shards_of_different_states_are_refused(changes: dict[str, object], difference: str) -> None:
    """A run of half one thing and half another would be no run; the sentence says what differs."""
    stores = await all_made()
    odd = MemoryStore()
    await shard_made(2, odd, **changes)

    with pytest.raises(InvalidConfigurationError, match=rf"shard 2/3 in 'store 2', run .* of {difference} than"):
        merged([stores[0], odd, stores[2]])


async def test_an_older_state_in_the_same_store_is_passed_over_but_explains_what_is_missing() -> None:
    """The latest shard says which state is meant."""
    store = MemoryStore()
    for number in range(1, COUNT + 1):
        await shard_made(number, store, roster=a_roster("of last week"), clock=FakeClock())
    for number in (1, 2):
        await shard_made(number, store)

    with pytest.raises(InvalidConfigurationError, match=r"shard 3/3 is missing: run .* is of other agents") as caught:
        merged([store])
    await shard_made(3, store)

    assert len(caught.value.findings) == 1
    assert merged([store]).run.is_complete


async def test_of_a_shard_that_was_made_twice_the_more_complete_one_counts() -> None:
    """Also if it is the older one."""
    store, halting = MemoryStore(), Stepwise(halts_before=1)
    for number in range(1, COUNT + 1):
        await shard_made(number, store)
    again = EvaluateSuite(
        parts=Shard(3, COUNT).part_of(
            parts_of(store, executor=halting, clock=FakeClock(start=MOMENT + timedelta(hours=9)))
        )
    )
    task = asyncio.create_task(again.execute(again.start(), ignore))
    await halting.halted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert merged([store]).run.is_complete


def test_without_any_shard_it_says_how_to_make_them() -> None:
    """And where it has looked."""
    with pytest.raises(RunNotFoundError, match="are in 'store 1', 'store 2' — make them with"):
        merged([MemoryStore(), MemoryStore()])


async def test_a_store_without_any_shard_is_named() -> None:
    """It was named by mistake, or its shard failed to be made."""
    stores = await all_made()

    with pytest.raises(InvalidConfigurationError, match="'store 4' holds no shard of this suite"):
        merged([*stores, MemoryStore()])


async def test_both_sides_of_a_comparison_are_put_together() -> None:
    """The whole knows what it was made in turns with."""
    store = MemoryStore()
    for number in range(1, COUNT + 1):
        shard, clock = Shard(number, COUNT), FakeClock(start=MOMENT + timedelta(hours=number))
        pair = EvaluatePair(
            baseline=EvaluateSuite(
                parts=shard.part_of(parts_of(store, None, clock=clock, cases=CASES[:5]), is_other_side=True)
            ),
            candidate=EvaluateSuite(
                parts=shard.part_of(parts_of(store, clock=clock, executor=LocalExecutor(concurrency=2)))
            ),
        )
        await pair.make(pair.start(), ignore)

    found = merged([store], store)

    assert found.against is not None
    assert found.run.manifest.against == found.against.manifest.identifier
    assert {trial.key.case for trial in found.against.trials} == {case.identifier for case in CASES[:5]}
    assert {trial.key.case for trial in found.run.trials} == {case.identifier for case in CASES}
    assert found.against.is_complete
    assert found.run.is_complete
    names = {manifest.identifier for manifest in store.history("example", limit=9)}
    assert names == {found.run.manifest.identifier, found.against.manifest.identifier}
    assert RunIdentifier(found.run.manifest.identifier).startswith("20260102T")
