"""The checks notice broken promises: each part below breaks one."""

import itertools
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import Any

import pytest

from passmuster.domain.agents import Roster
from passmuster.domain.answers import Completion, CompletionRequest, Failure, RankedAgent, RoutingDecision, TermWeight
from passmuster.domain.cases import Case
from passmuster.domain.endpoints import RunSegment
from passmuster.domain.errors import BackendError, CriterionError, RoutingError
from passmuster.domain.results import Exhibit, Run, RunManifest, Score, Trial, TrialKey, TrialPlan
from passmuster.domain.values import AgentName, RunIdentifier, Usage
from passmuster.ports import TrialRunner
from passmuster.testing.conformance import check_backend, check_criterion, check_executor, check_router, check_store
from passmuster.testing.factories import (
    a_completion,
    a_completion_request,
    a_decision,
    a_failure,
    a_roster,
    a_run,
    a_score,
    an_exhibit,
)
from passmuster.testing.fakes import FixedRouter, MemoryStore, ScriptedBackend, make_trial

# ---- stores


class ForgetsFailures(MemoryStore):
    def finished(self, run: RunIdentifier) -> frozenset[TrialKey]:
        return frozenset(trial.key for trial in self.load(run).trials)


class KeepsTheLatest(MemoryStore):
    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        self._trials[run].update({trial.key: trial for trial in trials})


class KeepsTheFirst(MemoryStore):
    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self._trials[run].setdefault(trial.key, trial)


class BeginsAnew(MemoryStore):
    def begin(self, manifest: RunManifest, roster: Roster, cases: Sequence[Case]) -> None:
        self._runs[manifest.identifier] = Run(manifest=manifest, roster=roster, cases=tuple(cases), trials=())
        self._trials.setdefault(manifest.identifier, {})


class TellsTheOldest(MemoryStore):
    def history(self, suite: str, *, limit: int) -> Sequence[RunManifest]:
        return tuple(reversed(super().history(suite, limit=999)))[:limit]


class TellsOfAllSuites(MemoryStore):
    def history(self, suite: str, *, limit: int) -> Sequence[RunManifest]:
        del suite
        return tuple(run.manifest for run in self._runs.values())[::-1][:limit]


class LosesOutcomes(MemoryStore):
    def load(self, run: RunIdentifier) -> Run:
        whole = super().load(run)
        bare = [Trial(**{**_fields(trial), "outcomes": ()}) for trial in whole.trials]
        return Run(manifest=whole.manifest, roster=whole.roster, cases=whole.cases, trials=tuple(bare))


class AsksEverybody(MemoryStore):
    def append(self, run: RunIdentifier, trials: Sequence[Trial]) -> None:
        super().append(run, [Trial(**{**_fields(trial), "inclusion": 1.0}) for trial in trials])


class ForgetsTheLooks(MemoryStore):
    def begin(self, manifest: RunManifest, roster: Roster, cases: Sequence[Case]) -> None:
        super().begin(RunManifest(**{**_fields(manifest), "looks": 1}), roster, cases)


class ForgetsSegments(MemoryStore):
    def record(self, run: RunIdentifier, segment: RunSegment) -> None:
        """Forget it."""


class KeepsTheFirstSegment(MemoryStore):
    def record(self, run: RunIdentifier, segment: RunSegment) -> None:
        if segment.started_at not in self._segments.get(run, {}):
            super().record(run, segment)


class InventsRuns(MemoryStore):
    def load(self, run: RunIdentifier) -> Run:
        return super().load(run) if run in self._runs else a_run()


def _fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


@pytest.mark.parametrize(
    ("make_store", "promise"),
    [
        (ForgetsFailures, "finished"),
        (KeepsTheLatest, "must not be replaced"),
        (KeepsTheFirst, "delivered whole"),
        (BeginsAnew, "second begin"),
        (TellsTheOldest, "newest first"),
        (TellsOfAllSuites, "of the suite only"),
        (LosesOutcomes, "as it was delivered"),
        (AsksEverybody, "as it was delivered"),
        (ForgetsTheLooks, "the manifest that the run began with"),
        (InventsRuns, "RunNotFoundError"),
        (ForgetsSegments, "kept once"),
        (KeepsTheFirstSegment, "as last told"),
    ],
)
def test_a_broken_store_is_noticed(make_store: Callable[[], MemoryStore], promise: str) -> None:
    """The sentence names the promise that the store breaks."""
    with pytest.raises(AssertionError, match=promise):
        check_store(make_store)


# ---- routers


def ranking(*places: tuple[str, float]) -> tuple[RankedAgent, ...]:
    return tuple(RankedAgent(agent=AgentName(agent), score=score) for agent, score in places)


@pytest.mark.parametrize(
    ("decision", "promise"),
    [
        (a_decision("nobody-knows-it"), "choose an agent of the roster"),
        (a_decision(ranking=ranking(("nobody-knows-it", 1.0))), "agents of the roster only"),
        (a_decision(ranking=ranking(("debugger", 1.0), ("debugger", 0.5))), "each agent once"),
        (a_decision(ranking=ranking(("debugger", 1.0), ("test-engineer", 2.0))), "begin with the best"),
        (a_decision(score=float("inf")), "finite"),
        (a_decision(margin=-0.1), "margin"),
        (a_decision(confidence=1.5), "a confidence must be from 0 to 1"),
        (a_decision(further=("stranger",)), "chosen after the first one"),
        (a_decision(latency=-1.0), "latency"),
        (a_decision(usage=Usage(input_tokens=-1)), "tokens"),
        (
            a_decision(
                ranking=(
                    RankedAgent(agent=AgentName("debugger"), score=2.0, terms=(TermWeight(term="test", weight=1.0),)),
                )
            ),
            "sum to the score",
        ),
    ],
)
async def test_a_broken_router_is_noticed(decision: RoutingDecision, promise: str) -> None:
    """The sentence names the promise that the router breaks."""
    with pytest.raises(AssertionError, match=promise):
        await check_router(FixedRouter(default=decision), a_roster())


async def test_a_router_may_fail() -> None:
    """A routing error is one of the two things that a router may answer."""
    router = FixedRouter(default=RoutingError("out of reach"))

    await check_router(router, a_roster())

    assert len(router.requests) > 1


# ---- backends


class Foreseeing(ScriptedBackend):
    """Foresees a failure of every request."""

    def foresee(self, request: CompletionRequest) -> Failure | None:
        del request
        return a_failure()


@pytest.mark.parametrize(
    ("backend", "promise"),
    [
        (Foreseeing(default="text"), "certain to end in it"),
        (ScriptedBackend(default=a_completion(finish_reason="")), "why it ended"),
        (ScriptedBackend(default=a_completion(usage=Usage(output_tokens=-1))), "tokens"),
        (ScriptedBackend(default=Completion(text=5)), "must hold text"),  # type: ignore[arg-type]  # that is the point
    ],
)
async def test_a_broken_backend_is_noticed(backend: ScriptedBackend, promise: str) -> None:
    """The sentence names the promise that the backend breaks."""
    with pytest.raises(AssertionError, match=promise):
        await check_backend(backend, a_completion_request())


async def test_a_backend_may_fail_as_it_foresaw() -> None:
    """A failure that was foreseen and came is as promised."""
    backend = Foreseeing(default=BackendError("out of reach"))

    await check_backend(backend, a_completion_request())

    assert len(backend.requests) == 1


# ---- criteria


class Assessor:
    """Gives one score after the other."""

    def __init__(self, *scores: Score | CriterionError) -> None:
        self.left = itertools.cycle(scores)

    async def assess(self, exhibit: Exhibit) -> Score:
        del exhibit
        score = next(self.left)
        if isinstance(score, CriterionError):
            raise score
        return score


@pytest.mark.parametrize(
    ("criterion", "promise"),
    [
        (Assessor(a_score(value=0.5), a_score(value=0.75)), "equal scores"),
        (Assessor(a_score(), CriterionError("no judge")), "equal scores"),
        (Assessor(a_score(reason="")), "reason"),
        (Assessor(a_score("")), "name"),
    ],
)
async def test_a_broken_criterion_is_noticed(criterion: Assessor, promise: str) -> None:
    """The sentence names the promise that the criterion breaks."""
    with pytest.raises(AssertionError, match=promise):
        await check_criterion(criterion, [an_exhibit()])


@pytest.mark.parametrize("criterion", [Assessor(a_score()), Assessor(CriterionError("no judge"))])
async def test_a_criterion_may_judge_or_fail(criterion: Assessor) -> None:
    """A steady score and a steady failure are both as promised."""
    await check_criterion(criterion, [an_exhibit(), an_exhibit("")])


# ---- executors


class InTurn:
    """Makes one trial after the other, but each only ``times`` times, and may hide bugs."""

    def __init__(self, *, times: int = 1, hides: bool = False) -> None:
        self.times = times
        self.hides = hides

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        for plan in plans:
            try:
                for _ in range(self.times):
                    yield await make_trial(make_runner(), plan)
            except Exception:
                if not self.hides:
                    raise


@pytest.mark.parametrize(
    ("executor", "promise"),
    [
        (InTurn(times=0), "every plan's trial"),
        (InTurn(times=2), "no plan's trial twice"),
        (InTurn(hides=True), "let through"),
    ],
)
async def test_a_broken_executor_is_noticed(executor: InTurn, promise: str) -> None:
    """The sentence names the promise that the executor breaks."""
    with pytest.raises(AssertionError, match=promise):
        await check_executor(executor)


async def test_an_executor_in_turn_conforms() -> None:
    """One at a time is slow, and as promised."""
    await check_executor(InTurn())
