"""Shards: every case in exactly one, whatever else there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.sharding import Shard, shelf_of
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.values import CaseIdentifier
from passmuster.testing.factories import a_case
from passmuster.testing.fakes import MemoryStore

from .small_suites import ignore, parts_of

CASES = tuple(a_case(f"case-{number}") for number in range(200))


@given(count=st.integers(1, 9), case=st.text())
def test_every_case_is_in_exactly_one_shard(count: int, case: str) -> None:
    """Whatever its name."""
    shards = [Shard(number, count) for number in range(1, count + 1)]

    assert sum(shard.takes(CaseIdentifier(case)) for shard in shards) == 1


def test_shards_are_of_about_one_size() -> None:
    """None waits long for another."""
    sizes = [sum(Shard(number, 4).takes(case.identifier) for case in CASES) for number in range(1, 5)]

    assert sum(sizes) == 200
    assert min(sizes) >= 30


def test_the_split_is_fixed() -> None:
    """Machines with different versions of everything must agree."""
    taken = [number for number in range(12) if Shard(1, 3).takes(CaseIdentifier(f"case-{number}"))]

    assert taken == [7, 8, 11]


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "1/0", "1/1001", "-1/4", "1/4/4", "a/b", "1.0/2", " 1/2"])
def test_what_names_no_shard_is_refused(text: str) -> None:
    """With what to write instead."""
    with pytest.raises(InvalidConfigurationError, match="write 2/4 for the second of four"):
        Shard.read(text)


def test_a_shard_is_read_as_it_is_written() -> None:
    """Both ways."""
    assert Shard.read("2/4") == Shard(2, 4)
    assert str(Shard(2, 4)) == "2/4"


async def test_a_shard_is_a_run_on_a_shelf_of_its_own() -> None:
    """Of the whole dataset, with the trials of its cases alone; nothing is compared with it by mistake."""
    store, shard = MemoryStore(), Shard(2, 3)
    evaluate = EvaluateSuite(parts=shard.part_of(parts_of(store, cases=CASES)))
    planned = evaluate.start()

    run = await evaluate.execute(planned, ignore)

    own = {case.identifier for case in CASES if shard.takes(case.identifier)}
    assert {trial.key.case for trial in run.trials} == own
    assert len(run.trials) == planned.manifest.planned == 2 * len(own)
    assert {trial.inclusion for trial in run.trials} == {1.0}
    assert run.manifest.dataset == parts_of(store, cases=CASES).dataset_fingerprint
    assert run.manifest.shard == "2/3"
    assert store.history("example", limit=9) == ()
    assert [manifest.identifier for manifest in store.history(shelf_of("example"), limit=9)] == [
        run.manifest.identifier
    ]


async def test_another_shard_is_not_resumed() -> None:
    """Though it has as many trials and lies on the same shelf."""
    store = MemoryStore()
    first = EvaluateSuite(parts=Shard(1, 3).part_of(parts_of(store)))
    await first.execute(first.start(), ignore)

    with pytest.raises(RunNotFoundError):
        EvaluateSuite(parts=Shard(2, 3).part_of(parts_of(store))).resume()


def test_a_selection_is_cut_as_the_whole_is() -> None:
    """With its probabilities."""
    taken = {case.identifier: 0.5 for case in CASES[:50]}

    parts = Shard(1, 2).part_of(parts_of(MemoryStore(), cases=CASES, inclusions=taken))

    assert parts.inclusions == {case: 0.5 for case in taken if Shard(1, 2).takes(case)}
