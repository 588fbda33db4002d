"""Two runs made in turns: who comes when, what is stored where, and what an interruption leaves."""

import asyncio

import pytest

from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.pairing import EvaluatePair, Pair, PlannedPair, Side, in_turns
from passmuster.domain.errors import RunNotFoundError
from passmuster.domain.results import Revision
from passmuster.testing.factories import a_case
from passmuster.testing.fakes import MemoryStore

from .small_suites import CASES, Stepwise, ignore, parts_of


def pair_of(store: MemoryStore | None = None, **changes: object) -> EvaluatePair:
    kept = store or MemoryStore()
    return EvaluatePair(
        baseline=EvaluateSuite(parts=parts_of(kept, None, **changes)),
        candidate=EvaluateSuite(parts=parts_of(kept, **changes)),
    )


async def evaluated(pair: EvaluatePair, planned: PlannedPair | None = None) -> Pair:
    return await pair.execute(planned or pair.start(), ignore)


async def test_each_side_is_asked_by_its_own_and_stored_by_itself() -> None:
    """Equal names on both sides are no trouble, and neither are equal fingerprints at the same moment."""
    pair = pair_of()

    found = await evaluated(pair)

    assert {trial.answer.routing.chosen for trial in found.candidate.trials} == {"debugger"}  # type: ignore[union-attr] # none failed
    assert {trial.answer.routing.chosen for trial in found.baseline.trials} == {None}  # type: ignore[union-attr] # none failed
    assert found.baseline.manifest.identifier != found.candidate.manifest.identifier
    assert found.candidate.manifest.against == found.baseline.manifest.identifier
    assert found.baseline.manifest.against is None
    for run in (found.baseline, found.candidate):
        assert run.is_complete
        assert {trial.key.subject for trial in run.trials} == {"lexical"}
        assert run == pair.candidate.parts.store.load(run.manifest.identifier)


async def test_the_two_trials_of_a_question_follow_each_other() -> None:
    """Drift between them is as small as it can be; and repetitions come after one another."""
    executor = Stepwise()
    pair = pair_of(executor=executor)

    await evaluated(pair)

    pairs = [executor.asked[at : at + 2] for at in range(0, len(executor.asked), 2)]
    assert len(pairs) == len(CASES) * 2
    assert all({one.split("/")[0] for one in two} == {"baseline", "candidate"} for two in pairs)
    assert all(len({one.split("/")[1] for one in two}) == 1 for two in pairs)
    repetitions = [int(two[0][-1]) for two in pairs]
    assert repetitions == sorted(repetitions)


def test_neither_side_always_comes_first() -> None:
    """Which does is drawn from the seed."""
    cases = tuple(a_case(f"case-{number}") for number in range(40))
    planned = pair_of(cases=cases, repetitions=1).start()

    firsts = [plan.key.subject.split("/")[0] for plan in in_turns(planned, seed=1)][::2]
    others = [plan.key.subject.split("/")[0] for plan in in_turns(planned, seed=2)][::2]

    assert 8 <= firsts.count(Side.BASELINE) <= 32
    assert firsts != others
    assert firsts == [plan.key.subject.split("/")[0] for plan in in_turns(planned, seed=1)][::2]


async def test_cases_of_one_side_alone_are_asked_of_it() -> None:
    """A case that was added, or is gone, has no counterpart."""
    store = MemoryStore()
    pair = EvaluatePair(
        baseline=EvaluateSuite(parts=parts_of(store, cases=CASES[:2])),
        candidate=EvaluateSuite(parts=parts_of(store, cases=CASES[1:3])),
    )

    found = await evaluated(pair)

    assert {trial.key.case for trial in found.baseline.trials} == {"case-0", "case-1"}
    assert {trial.key.case for trial in found.candidate.trials} == {"case-1", "case-2"}


async def test_an_interruption_keeps_both_sides_and_resuming_makes_the_rest() -> None:
    """The same two runs go on; nothing is asked twice."""
    store, halting = MemoryStore(), Stepwise(halts_before=7)
    task = asyncio.create_task(evaluated(pair_of(store, executor=halting)))
    await halting.halted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = [store.load(manifest.identifier) for manifest in store.history("example", limit=9)]

    rest = Stepwise()
    pair = pair_of(store, executor=rest)
    found = await evaluated(pair, pair.resume())

    assert sum(len(run.trials) for run in kept) == 7
    assert {found.baseline.manifest.identifier, found.candidate.manifest.identifier} == {
        run.manifest.identifier for run in kept
    }
    assert found.candidate.is_complete
    assert found.baseline.is_complete
    assert sorted(halting.asked + rest.asked) == sorted({*halting.asked, *rest.asked})
    assert len(rest.asked) == 2 * 2 * len(CASES) - 7


async def test_a_run_made_alone_is_no_half_of_a_pair() -> None:
    """Its other side was made at another time, if at all."""
    store = MemoryStore()
    alone = EvaluateSuite(parts=parts_of(store))
    await alone.execute(alone.start(), ignore)

    with pytest.raises(RunNotFoundError, match="was begun against that revision"):
        pair_of(store).resume()


async def test_a_baseline_that_cannot_vary_is_not_made_again() -> None:
    """The same commit, roster, cases and subject give the same answers."""
    store = MemoryStore()
    first = await evaluated(pair_of(store, steady=True))

    pair = pair_of(store, steady=True)
    planned = pair.start()
    second = await evaluated(pair, planned)

    assert planned.is_known
    assert second.baseline == first.baseline
    assert second.candidate.manifest.against == first.baseline.manifest.identifier


@pytest.mark.parametrize(
    "changes",
    [
        {"steady": False},
        {"revision": Revision(commit="another", branch="", is_dirty=False)},
        {"revision": None},
        {"versions": {"passmuster": "0.2.0"}},
        {"cases": CASES[:5]},
    ],
    ids=["varies", "commit", "unknown", "version", "cases"],
)
async def test_whatever_may_differ_is_made_again(changes: dict[str, object]) -> None:
    """What a suite brings as code of its own shows in no fingerprint, so the commit must be the same."""
    store = MemoryStore()
    await evaluated(pair_of(store, steady=changes.get("steady", True)))

    planned = pair_of(store, **{"steady": True, **changes}).start()

    assert not planned.is_known
    assert planned.baseline.missing


async def test_an_unfinished_baseline_is_made_again() -> None:
    """Half of it is nothing to compare with."""
    store, halting = MemoryStore(), Stepwise(halts_before=5)
    task = asyncio.create_task(evaluated(pair_of(store, executor=halting, steady=True)))
    await halting.halted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not pair_of(store, steady=True).start().is_known
