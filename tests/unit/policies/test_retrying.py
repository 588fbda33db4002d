"""What may pass is asked again: later, not by all at once, and not without end."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.unit.policies.simulated import ENDPOINT, World, errors_of

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Reply
from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    RateLimitedError,
    UnreadableAnswerError,
)
from passmuster.policies.asking import ATTEMPT
from passmuster.policies.events import Event, Failed, LimitChanged
from passmuster.policies.retrying import LONGEST_WAIT, RESERVE, Retried, Retries
from passmuster.services.options import Limits
from passmuster.testing.simulated_service import Behaviour, a_completion_request
from passmuster.testing.virtual_time import VirtualClock


class Scripted:
    """Fails as it is told, and then answers."""

    def __init__(self, *failures: BackendError) -> None:
        self.attempts: list[int] = []
        self._failures = list(failures)

    async def ask(self, _request: CompletionRequest) -> Reply:
        self.attempts.append(ATTEMPT.get())
        if self._failures:
            raise self._failures.pop(0)
        return Reply(completion=Completion(text="at last"))


class Scene:
    """A retried script in virtual time."""

    def __init__(self, *failures: BackendError, seed: int = 0, **limits: float) -> None:
        self.clock = VirtualClock()
        self.script = Scripted(*failures)
        self.told: list[Event | LimitChanged] = []
        self.retries = Retries(self.clock, seed=seed)
        self.retried = Retried(
            self.script,
            endpoint=ENDPOINT,
            limits=Limits.model_validate(limits),
            retries=self.retries,
            clock=self.clock,
            tell=self.told.append,
        )

    def ask(self) -> Reply:
        return self.clock.run(self.retried.ask(a_completion_request()))

    @property
    def waits(self) -> Sequence[float | None]:
        return [event.wait for event in self.told if isinstance(event, Failed)]


def unavailable(number: int) -> list[BackendError]:
    return [BackendUnavailableError("500") for _ in range(number)]


def test_what_passes_is_no_failure() -> None:
    """Two faults and an answer are an answer, and each attempt knows its number."""
    scene = Scene(*unavailable(2))

    reply = scene.ask()

    assert reply.completion.text == "at last"
    assert scene.script.attempts == [1, 2, 3]
    assert len(scene.waits) == 2


def test_what_cannot_pass_is_not_asked_again() -> None:
    """A wrong key stays wrong."""
    scene = Scene(BackendRefusedError("401"))

    with pytest.raises(BackendRefusedError, match="401"):
        scene.ask()

    assert scene.script.attempts == [1]
    assert scene.waits == [None]


def test_attempts_are_bounded() -> None:
    """The last failure is the result, and every one of them is told."""
    scene = Scene(*unavailable(9), UnreadableAnswerError("half"), attempts=3)

    with pytest.raises(BackendUnavailableError, match="500"):
        scene.ask()

    assert scene.script.attempts == [1, 2, 3]
    assert [wait is None for wait in scene.waits] == [False, False, True]


def test_one_attempt_is_no_retry() -> None:
    """``attempts: 1`` asks once."""
    scene = Scene(*unavailable(1), attempts=1)

    with pytest.raises(BackendUnavailableError):
        scene.ask()

    assert scene.waits == [None]


def test_waits_are_drawn_below_a_bound_that_doubles() -> None:
    """Full jitter: anything from nothing to the bound, and never beyond the longest wait."""
    retries = Retries(VirtualClock(), seed=1)
    fault, refusal = BackendUnavailableError("500"), RateLimitedError("429")

    drawn = {attempt: [retries.delay(fault, attempt) for _ in range(500)] for attempt in (1, 2, 3, 100)}
    after_refusal = [retries.delay(refusal, 1) for _ in range(500)]
    once_more = [retries.delay(refusal, 2) for _ in range(500)]

    assert 0.24 < max(drawn[1]) <= 0.25
    assert 0.45 < max(drawn[2]) <= 0.5
    assert 0.9 < max(drawn[3]) <= 1.0
    assert 25 < max(drawn[100]) <= LONGEST_WAIT
    assert min(drawn[100]) < 1
    assert 0.45 < max(after_refusal) <= 0.5
    assert 1.35 < max(once_more) <= 1.5


def test_equal_seeds_wait_alike() -> None:
    """A run can be repeated."""
    first, second, other = (Scene(*unavailable(4), seed=seed) for seed in (3, 3, 4))

    for scene in (first, second, other):
        scene.ask()

    assert first.waits == second.waits != other.waits


def test_the_service_says_how_long_to_wait() -> None:
    """Not less than it asks for, and not all at the same moment."""
    scene = Scene(RateLimitedError("429", retry_after=20.0))

    scene.ask()

    [wait] = scene.waits
    assert wait is not None
    assert 20.0 < wait <= 20.5
    assert scene.clock.elapsed() == wait


def test_a_wait_that_is_too_long_ends_in_the_failure() -> None:
    """Nobody waits for tomorrow; the message says what was asked and what is allowed."""
    scene = Scene(RateLimitedError("the quota of today is used up", retry_after=40_000.0), total=100.0)

    with pytest.raises(
        RateLimitedError, match="used up; it asks to wait 40000 s, and no wait may be longer than 100 s"
    ):
        scene.ask()

    assert scene.script.attempts == [1]
    assert scene.waits == [None]
    assert scene.clock.elapsed() == 0.0


def test_the_number_of_the_attempt_does_not_leak_into_the_next_request() -> None:
    """One task asks many requests, one after another."""
    scene = Scene(*unavailable(2))

    async def two() -> None:
        await scene.retried.ask(a_completion_request())
        await scene.retried.ask(a_completion_request("And?"))

    scene.clock.run(two())

    assert scene.script.attempts == [1, 2, 3, 1]


def test_retries_are_a_share_of_the_requests() -> None:
    """Beyond the reserve, each further request pays for a fifth of a retry, and each second for ten."""
    clock = VirtualClock()
    retries = Retries(clock, seed=0)

    at_once = [retries.withdraw() for _ in range(int(RESERVE) + 10)]
    for _ in range(10):
        retries.deposit()
    paid = retries.withdraw()
    clock.advance(60.0)

    assert at_once[: int(RESERVE)] == [0.0] * int(RESERVE)
    assert at_once[-1] == pytest.approx(1.0)
    assert paid == pytest.approx(0.9)
    assert retries.withdraw() == 0.0


def test_a_service_that_fails_at_everything_is_not_stormed() -> None:
    """Of attempts that could be five times as many, the service sees hardly more than there are requests."""
    world = World(Behaviour(faults=0.9), limits=Limits(total=5.0))

    results = world.ask(1_000)

    arrivals = world.service.arrivals
    seconds = max(arrivals) - min(arrivals)
    assert len(results) == 1_000
    assert world.service.asked <= 1_000 * 1.2 + RESERVE + 10 * seconds + 1


def test_a_retry_that_would_come_too_late_is_given_up() -> None:
    """It says why, and that the run can be gone on with."""
    scene = Scene(*unavailable(1), total=5.0)
    for _ in range(500):
        scene.retries.withdraw()

    with pytest.raises(BackendUnavailableError, match="500; so many requests fail"):
        scene.ask()

    assert scene.script.attempts == [1]


def test_waiting_takes_up_no_place() -> None:
    """With one place, a second request is answered while the first one waits to be asked again."""
    world = World(Behaviour(refusals=1.0, retry_after=30.0), limits=Limits(concurrency=1))

    async def scene() -> float:
        first = asyncio.create_task(world.guarded.complete(a_completion_request()))
        await asyncio.sleep(1)
        world.service.behaviour.refusals = 0.0
        await world.guarded.complete(a_completion_request("And?"))
        answered = world.clock.elapsed()
        await first
        return answered

    assert world.clock.run(scene()) < 2


def test_every_case_ends_in_an_answer() -> None:
    """5 % of faults and 5 % of refusals cost no case, and few requests beyond the necessary ones."""
    world = World(Behaviour(faults=0.05, refusals=0.05))

    results = world.ask(2_000)

    assert not errors_of(results)
    assert [result.text for result in results if isinstance(result, Completion)] == [
        f"number {index}" for index in range(2_000)
    ]
    failed = sum(world.record.failures.values())
    assert world.service.asked == 2_000 + failed
    assert world.record.spending.retries == failed
    assert failed <= 300
