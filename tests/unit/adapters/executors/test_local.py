"""The local executor: bounded, fair, and tidy when it is stopped."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing
from typing import Any, cast

import pytest

from passmuster.adapters.executors.local import LocalExecutor
from passmuster.domain.results import PlanLanes, Response, Trial, TrialPlan
from passmuster.ports import TrialRunner
from passmuster.testing.factories import a_plan, a_response
from passmuster.testing.fakes import PlainRunner


class Meter(PlainRunner):
    """Counts the answers under way, and those that were begun and cancelled; negative repetitions never end."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = 0
        self.most = 0
        self.cancelled = 0

    async def respond(self, plan: TrialPlan) -> Response:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            if plan.key.repetition < 0:
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return a_response(plan)


class SlowJudge(Meter):
    """Judges nothing before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.judging = 0

    async def assess(self, response: Response) -> Trial:
        self.judging += 1
        await self.gate.wait()
        return await super().assess(response)


class Held(PlainRunner):
    """Answers one subject at once, and the other when it is told to."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(0)
        self.begun: Counter[str] = Counter()

    async def respond(self, plan: TrialPlan) -> Response:
        self.begun[plan.key.subject] += 1
        if plan.key.subject == "slow":
            await self.places.acquire()
        return await super().respond(plan)


def endless(taken: list[int], **choices: Any) -> Iterator[TrialPlan]:  # noqa: ANN401 - of the factory
    """A million plans that are made one by one and never kept."""
    for number in range(1_000_000):
        taken.append(number)
        yield a_plan(repetition=number, **choices)


def plans(number: int, **choices: Any) -> list[TrialPlan]:  # noqa: ANN401 - of the factory
    return [a_plan(repetition=repetition, **choices) for repetition in range(number)]


def others() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}


def executing(planned: Iterable[TrialPlan], runner: TrialRunner, concurrency: int = 4) -> Any:  # noqa: ANN401 - typed too narrowly for aclosing
    return aclosing(LocalExecutor(concurrency=concurrency).execute(planned, lambda: runner))


async def settle() -> None:
    """Let everybody do what they can."""
    for _ in range(1_000):
        await asyncio.sleep(0)


async def test_no_more_trials_than_allowed_are_under_way() -> None:
    """The concurrency is reached and never passed."""
    meter = Meter()

    async with executing(plans(20), meter, concurrency=3) as stream:
        trials = [trial async for trial in stream]

    assert len(trials) == 20
    assert meter.most == 3


async def test_each_place_makes_one_runner() -> None:
    """A runner is made once per place, and never more often than there are plans."""
    made: list[int] = []

    def make_runner() -> TrialRunner:
        made.append(1)
        return Meter()

    _ = [trial async for trial in LocalExecutor(concurrency=4).execute(plans(20), make_runner)]

    assert len(made) == 4


async def test_a_million_plans_make_no_million_tasks() -> None:
    """While the consumer does not look, no more plans are taken than have a place to wait."""
    meter, taken = Meter(), list[int]()
    async with executing(endless(taken), meter) as trials:
        await anext(trials)

        await settle()

        assert len(others()) == 0
        assert meter.begun == len(taken) == 21


async def test_slow_judging_holds_no_request_back() -> None:
    """While nobody judges, answers are had as long as there is a place for them to wait."""
    runner, taken = SlowJudge(), list[int]()
    async with executing(endless(taken), runner) as trials:
        first = asyncio.create_task(anext(trials))
        await settle()
        waiting, judging = runner.begun, runner.judging
        runner.gate.set()
        await first

    assert (waiting, judging) == (20, 4)
    assert runner.most == 4


async def test_a_slow_lane_leaves_places_to_a_quick_one() -> None:
    """However many plans a slow lane has, another gets its share of places, and is done long before."""
    runner, taken = Held(), list[int]()
    lanes = PlanLanes((endless(taken, subject="slow"), endless(taken, subject="quick")))
    async with executing(lanes, runner) as trials:
        made = [(await anext(trials)).key.subject for _ in range(1_000)]

    assert set(made) == {"quick"}
    assert runner.begun["slow"] == 2


async def test_lanes_that_are_alike_go_on_side_by_side() -> None:
    """No lane is ahead of another by more than what is under way."""
    runner = Held()
    lanes = PlanLanes((plans(100, subject="one"), plans(100, subject="other")))
    seen: Counter[str] = Counter()
    async with executing(lanes, runner) as trials:
        async for trial in trials:
            seen[trial.key.subject] += 1
            assert abs(seen["one"] - seen["other"]) <= 4

    assert seen == {"one": 100, "other": 100}


async def test_a_lane_alone_has_every_place() -> None:
    """A lane that has ended holds no place back."""
    runner = Held()
    lanes = PlanLanes((plans(9, subject="slow"), plans(3, subject="quick")))
    async with executing(lanes, runner) as trials:
        for _ in range(3):
            await anext(trials)
        await settle()

        assert runner.begun == {"slow": 4, "quick": 3}


async def test_a_consumer_that_stops_leaves_nothing_behind() -> None:
    """Closing the iterator cancels what is under way and waits for its end."""
    meter = Meter()
    async with executing([*plans(1), *[a_plan(repetition=-1)] * 9], meter) as trials:
        await anext(trials)
        await settle()

    assert meter.running == 0
    assert meter.cancelled == 4
    assert not others()


async def test_a_consumer_that_is_cancelled_leaves_nothing_behind() -> None:
    """Cancelling the task that consumes cancels what is under way and waits for its end."""
    meter = Meter()
    seen = asyncio.Event()

    async def consume() -> None:
        async with executing([*plans(1), *[a_plan(repetition=-1)] * 9], meter) as trials:
            async for _ in trials:
                seen.set()

    consumer = asyncio.create_task(consume())
    await seen.wait()
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer

    assert meter.running == 0
    assert not others()


class FailsAtTwo(Meter):
    """Has a bug in one of its two steps."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    async def respond(self, plan: TrialPlan) -> Response:
        if self.step == "respond" and plan.key.repetition == 2:
            raise ZeroDivisionError
        return await super().respond(plan)

    async def assess(self, response: Response) -> Trial:
        if self.step == "assess" and response.plan.key.repetition == 2:
            raise ZeroDivisionError
        return await super().assess(response)


@pytest.mark.parametrize("step", ["respond", "assess"])
async def test_a_bug_stops_everything_and_is_raised(step: str) -> None:
    """What a runner raises reaches the consumer after the trials that had ended, and the others are cancelled."""
    meter = FailsAtTwo(step)
    yielded: list[Trial] = []

    async def consume() -> None:
        async with executing([*plans(3), *[a_plan(repetition=-1)] * 9], meter, concurrency=1) as trials:
            async for trial in trials:
                yielded.append(trial)  # noqa: PERF401 - a comprehension would lose what came before the error

    with pytest.raises(ZeroDivisionError):
        await consume()

    assert [trial.key.repetition for trial in yielded] == [0, 1]
    assert meter.running == 0
    assert not others()


async def test_a_runner_that_cannot_be_made_stops_everything() -> None:
    """An error of make_runner reaches the consumer too."""

    def make_runner() -> TrialRunner:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await anext(aiter(LocalExecutor(concurrency=4).execute(plans(3), make_runner)))

    assert not others()


async def test_a_plan_that_cannot_be_laid_out_stops_everything() -> None:
    """An error while plans are walked reaches the consumer, after the trials before it."""

    def broken() -> Iterator[TrialPlan]:
        yield a_plan()
        raise ZeroDivisionError

    yielded: list[Trial] = []

    async def consume() -> None:
        async with executing(broken(), Meter(), concurrency=1) as trials:
            async for trial in trials:
                yielded.append(trial)  # noqa: PERF401 - a comprehension would lose what came before the error

    with pytest.raises(ZeroDivisionError):
        await consume()

    assert len(yielded) <= 1
    assert not others()


async def test_a_runner_that_cancels_itself_is_noticed() -> None:
    """Nobody waits for ever for a trial that was cancelled from within."""

    class GivesUp(PlainRunner):
        async def respond(self, plan: TrialPlan) -> Response:
            raise asyncio.CancelledError(plan.key)

    with pytest.raises(asyncio.CancelledError):
        await anext(aiter(LocalExecutor(concurrency=4).execute(plans(3), GivesUp)))


async def test_results_come_as_soon_as_they_end() -> None:
    """A slow trial does not hold back a quick one."""
    runner = Held()
    order: list[str] = []
    async with executing([a_plan(subject="slow"), a_plan(subject="quick")], runner, concurrency=2) as trials:
        async for trial in trials:
            order.append(trial.key.subject)
            runner.places.release()

    assert order == ["quick", "slow"]


def test_leaving_the_loop_early_gives_no_warning() -> None:
    """A consumer that just breaks leaves no task for the event loop to complain about."""
    complaints: list[dict[str, Any]] = []

    async def consume(make_runner: Callable[[], TrialRunner]) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, complaint: complaints.append(complaint))
        planned = [*plans(1), *[a_plan(repetition=-1)] * 9]
        async for _ in LocalExecutor(concurrency=4).execute(planned, make_runner):
            break

    meter = Meter()
    asyncio.run(consume(lambda: meter))

    assert complaints == []
    assert meter.running == 0
