"""Runs of some cases only, and runs that grow: what is planned, said, and resumed."""

import asyncio
from typing import Any

import pytest

from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.domain.errors import RoutingError, RunNotFoundError
from passmuster.domain.results import Run
from passmuster.domain.values import SubjectName
from passmuster.testing.fakes import FixedRouter, MemoryStore

from .small_suites import CASES, Stepwise, ignore, parts_of

MODEL = SubjectName("lexical")


async def evaluated(parts: SuiteParts) -> Run:
    evaluate = EvaluateSuite(parts=parts)
    return await evaluate.execute(evaluate.start(), ignore)


async def test_a_selection_is_run_and_said() -> None:
    """The whole suite stays known, so that it shows what was left out."""
    chances = {CASES[0].identifier: 1.0, CASES[3].identifier: 0.5}

    run = await evaluated(parts_of(MemoryStore(), repetitions=1, inclusions=chances, selection="Two of six cases."))

    assert [(trial.key.case, trial.inclusion) for trial in run.trials] == [("case-0", 1.0), ("case-3", 0.5)]
    assert (run.manifest.planned, run.manifest.selection) == (2, "Two of six cases.")
    assert run.cases == CASES
    assert run.is_complete


async def test_a_run_that_may_grow_begins_with_one_trial_of_each_case() -> None:
    """The gate looks more than once, whatever number of repetitions the suite asks for."""
    run = await evaluated(parts_of(MemoryStore(), repetitions=4, looks=3))

    assert (run.manifest.looks, run.manifest.planned, len(run.trials)) == (3, 6, 6)


async def test_a_run_that_has_grown_leaves_its_first_round_alone() -> None:
    """What failed in it stays failed: the cases of the next round were drawn by that."""
    failing = FixedRouter({"request 1": RoutingError("out of reach")}, default="debugger")
    evaluate = EvaluateSuite(parts=parts_of(MemoryStore(), router=failing, looks=2))
    planned = evaluate.start()
    await evaluate.execute(planned, ignore)
    before = evaluate.resume()
    taken = {MODEL: {CASES[2].identifier: 0.5}}

    grown = evaluate.growing(planned.manifest, taken, range(1, 3))
    run = await evaluate.execute(grown, ignore)

    assert [plan.case.identifier for plan in before.missing] == ["case-1"]
    assert [(plan.key.case, plan.key.repetition, plan.inclusion) for plan in grown.missing] == [
        ("case-2", 1, 0.5),
        ("case-2", 2, 0.5),
    ]
    assert len(run.trials) == 8
    assert not evaluate.resume().missing
    assert not evaluate.growing(planned.manifest, taken, range(1, 3)).missing


@pytest.mark.parametrize("changes", [{"looks": 2}, {"selection": "Some."}, {"repetitions": 2}])
async def test_a_run_made_in_another_way_is_not_resumed(changes: dict[str, Any]) -> None:
    """One that grows, one of a selection, one of more repetitions: each is judged by other rules."""
    store, halting = MemoryStore(), Stepwise(halts_before=2)
    task = asyncio.create_task(evaluated(parts_of(store, repetitions=1, executor=halting)))
    await halting.halted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    with pytest.raises(RunNotFoundError, match="give the options that it was begun with"):
        EvaluateSuite(parts=parts_of(store, **{"repetitions": 1, **changes})).resume()
