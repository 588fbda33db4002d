"""Evaluating: what is stored when, what survives a cancellation, and what resuming does."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.planning import PlannedSubject
from passmuster.domain.errors import InvalidConfigurationError, RoutingError, RunNotFoundError, StoreLockedError
from passmuster.domain.results import Run, Trial, TrialKey, TrialPlan
from passmuster.domain.values import RunIdentifier, fingerprint_of
from passmuster.ports import TrialRunner
from passmuster.testing.factories import a_case, a_failure, a_roster, a_rubric, a_subject_record
from passmuster.testing.fakes import FakeClock, FixedRouter, MemoryStore, make_trial

from .small_suites import RoutingSubject

CASES = tuple(a_case(f"case-{number}", text=f"request {number}") for number in range(5))


@dataclass
class StepwiseExecutor:
    """Makes one trial after the other; halts for ever, or until it is released, before a given one.

    Attributes:
        halts_before: The number of the trial before which it halts; ``None`` for none.
        halted: Set when it halts.
        release: Lets it go on.
        closed: Whether it was closed, as an executor with workers must be.
    """

    halts_before: int | None = None
    halted: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        runner = make_runner()
        try:
            for number, plan in enumerate(plans):
                if number == self.halts_before:
                    self.halted.set()
                    await self.release.wait()
                yield await make_trial(runner, plan)
        finally:
            self.closed = True


class WatchedStore(MemoryStore):
    """Remembers how many trials came together, and refuses them while it is locked."""

    def __init__(self) -> None:
        super().__init__()
        self.deliveries: list[int] = []
        self.is_locked = False

    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        if self.is_locked:
            message = "another process holds the store"
            raise StoreLockedError(message)
        self.deliveries.append(len(trials))
        super().append(run, trials)


def parts_of(**changes: Any) -> SuiteParts:  # noqa: ANN401 - any field may be replaced
    subject = RoutingSubject(changes.pop("router", FixedRouter(default="debugger")), changes.pop("foreseen", None))
    parts = SuiteParts(
        suite="example",
        roster=a_roster(),
        cases=CASES,
        subjects=(PlannedSubject(subject=subject, record=a_subject_record()),),
        criteria={},
        store=WatchedStore(),
        executor=StepwiseExecutor(),
        clock=FakeClock(step=1.0),
        repetitions=1,
        seed=7,
        configuration={"name": "example"},
        versions={"passmuster": "0.1.0"},
        revision=None,
    )
    return replace(parts, **changes)


def ignore(_trial: Trial) -> None:
    """Take no interest in progress."""


async def evaluated(parts: SuiteParts) -> Run:
    evaluate = EvaluateSuite(parts=parts)
    return await evaluate.execute(evaluate.start(), ignore)


async def test_a_run_holds_every_planned_trial() -> None:
    """What execute returns is what the store keeps."""
    parts = parts_of()

    run = await evaluated(parts)

    assert run.is_complete
    assert [trial.key.case for trial in run.trials] == [case.identifier for case in CASES]
    assert run == parts.store.load(run.manifest.identifier)


async def test_the_manifest_says_what_was_measured() -> None:
    """Fingerprints, seed, configuration and versions are known before the first trial."""
    parts = parts_of(cases=CASES[:2])

    manifest = (await evaluated(parts)).manifest

    assert (manifest.suite, manifest.seed, manifest.planned) == ("example", 7, 2)
    assert manifest.roster == parts.roster.fingerprint
    assert manifest.dataset == parts_of(cases=CASES[1::-1]).dataset_fingerprint
    assert (manifest.configuration, manifest.versions) == ({"name": "example"}, {"passmuster": "0.1.0"})
    assert [record.name for record in manifest.subjects] == ["lexical"]


def test_runs_are_named_by_their_time() -> None:
    """A later run's name sorts behind an earlier one's, and two runs never share one."""
    evaluate = EvaluateSuite(parts=parts_of())

    first, second = (evaluate.start().manifest for _ in range(2))

    assert first.identifier < second.identifier
    assert first.identifier.startswith("20260102T0304")


def test_nothing_is_stored_before_the_first_trial() -> None:
    """Planning leaves no trace."""
    parts = parts_of()

    planned = EvaluateSuite(parts=parts).start()

    assert len(planned.missing) == len(CASES)
    assert parts.store.history("example", limit=5) == ()


def test_a_hopeless_plan_is_refused_before_anything_is_spent() -> None:
    """Every hopeless trial is named."""
    parts = parts_of(foreseen=a_failure(kind="RecordingMissingError"))

    with pytest.raises(InvalidConfigurationError) as caught:
        EvaluateSuite(parts=parts).start()

    assert len(caught.value.findings) == len(CASES)


async def test_progress_is_told_only_of_what_is_stored() -> None:
    """Whoever is told of a trial finds it in the store, once."""
    parts = parts_of()
    evaluate = EvaluateSuite(parts=parts)
    planned = evaluate.start()
    told: list[TrialKey] = []

    def tell(trial: Trial) -> None:
        assert trial in parts.store.load(planned.manifest.identifier).trials
        told.append(trial.key)

    await evaluate.execute(planned, tell)

    assert told == [plan.key for plan in planned.missing]


async def cancelled(parts: SuiteParts, executor: StepwiseExecutor) -> None:
    evaluate = EvaluateSuite(parts=replace(parts, executor=executor))
    task = asyncio.create_task(evaluate.execute(evaluate.start(), ignore))
    await executor.halted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancelled_run_keeps_what_is_done() -> None:
    """Two trials had ended: both are stored, and the executor was told to clear up."""
    parts, executor = parts_of(), StepwiseExecutor(halts_before=2)

    await cancelled(parts, executor)

    (manifest,) = parts.store.history("example", limit=5)
    run = parts.store.load(manifest.identifier)
    assert [trial.key.case for trial in run.trials] == ["case-0", "case-1"]
    assert not run.is_complete
    assert executor.closed


async def test_resuming_makes_only_the_rest() -> None:
    """The same run goes on; no request is asked twice."""
    router = FixedRouter(default="debugger")
    parts = parts_of(router=router)
    await cancelled(parts, StepwiseExecutor(halts_before=2))

    evaluate = EvaluateSuite(parts=parts)
    planned = evaluate.resume()
    run = await evaluate.execute(planned, ignore)

    assert [plan.case.identifier for plan in planned.missing] == ["case-2", "case-3", "case-4"]
    assert [request.text for request in router.requests] == [case.request.text for case in CASES]
    assert run.is_complete
    assert [manifest.identifier for manifest in parts.store.history("example", limit=5)] == [run.manifest.identifier]


async def test_a_trial_that_failed_in_the_harness_is_made_again() -> None:
    """It was stored, it is not finished, and the later trial takes its place."""
    failing = FixedRouter({"request 1": RoutingError("out of reach")}, default="debugger")
    parts = parts_of(router=failing)
    first = await evaluated(parts)
    mended = parts_of(store=parts.store)

    evaluate = EvaluateSuite(parts=mended)
    planned = evaluate.resume()
    second = await evaluate.execute(planned, ignore)

    assert [trial.is_finished for trial in first.trials] == [True, False, True, True, True]
    assert [plan.case.identifier for plan in planned.missing] == ["case-1"]
    assert all(trial.is_finished for trial in second.trials)
    assert second.manifest == first.manifest


async def test_resuming_a_finished_run_makes_nothing() -> None:
    """All that is left is to judge it again."""
    parts = parts_of()
    run = await evaluated(parts)

    evaluate = EvaluateSuite(parts=parts)
    planned = evaluate.resume()

    assert not planned.missing
    assert await evaluate.execute(planned, ignore) == run


@pytest.mark.parametrize(
    "changes",
    [
        {"roster": a_roster("debugger")},
        {"cases": CASES[:3]},
        {"cases": (*CASES[:4], a_case("case-4", text="request 4", rubric=a_rubric()))},
        {"suite": "another"},
        {
            "subjects": (
                PlannedSubject(
                    subject=RoutingSubject(FixedRouter()),
                    record=a_subject_record(fingerprint=fingerprint_of("another router")),
                ),
            )
        },
    ],
)
async def test_a_run_of_something_else_is_not_resumed(changes: dict[str, Any]) -> None:
    """Half of one roster and half of another would be no run."""
    parts = parts_of()
    await cancelled(parts, StepwiseExecutor(halts_before=2))

    with pytest.raises(RunNotFoundError, match="start a new one without --resume"):
        EvaluateSuite(parts=replace(parts, **changes)).resume()


async def test_a_store_that_fails_ends_the_run() -> None:
    """Nobody is told of a trial that is not stored."""
    store = WatchedStore()
    store.is_locked = True
    evaluate = EvaluateSuite(parts=parts_of(store=store))
    told: list[Trial] = []

    with pytest.raises(StoreLockedError):
        await evaluate.execute(evaluate.start(), told.append)

    assert told == []
