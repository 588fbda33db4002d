"""Every attempt has an end, and is told of."""

import asyncio

import pytest
from tests.unit.policies.simulated import ENDPOINT

from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.endpoints import Allowance, Reply
from passmuster.domain.errors import TimeLimitError
from passmuster.domain.values import Usage
from passmuster.policies.events import Answered, Event, LimitChanged, Sent
from passmuster.policies.timing import Timed
from passmuster.testing.simulated_service import a_completion_request
from passmuster.testing.virtual_time import VirtualClock

REQUEST = a_completion_request()


class Slow:
    """Answers after so many seconds, or fails as a careless backend would."""

    def __init__(self, seconds: float, error: Exception | None = None) -> None:
        self._seconds = seconds
        self._error = error

    async def ask(self, _request: CompletionRequest) -> Reply:
        await asyncio.sleep(self._seconds)
        if self._error is not None:
            raise self._error
        completion = Completion(
            text="yes", model="m-1", usage=Usage(input_tokens=3), latency=self._seconds, first_token=0.5
        )
        return Reply(completion=completion, allowance=Allowance(requests=7))


def timed(inner: Slow, told: list[Event | LimitChanged]) -> Timed:
    return Timed(inner, endpoint=ENDPOINT, total=10.0, tell=told.append)


def test_what_takes_too_long_is_broken_off() -> None:
    """The message says which limit it was, and how it is raised."""
    clock, told = VirtualClock(), list[Event | LimitChanged]()

    with pytest.raises(TimeLimitError, match=r"did not finish its answer within 10 s.*limits: \{total"):
        clock.run(timed(Slow(60), told).ask(REQUEST))

    assert clock.elapsed() == 10.0
    assert told == [Sent(endpoint=ENDPOINT, request=REQUEST, attempt=1)]


def test_what_comes_in_time_is_told_with_everything_it_brought() -> None:
    """Listeners need not look into replies."""
    clock, told = VirtualClock(), list[Event | LimitChanged]()

    reply = clock.run(timed(Slow(9), told).ask(REQUEST))

    assert reply.completion.text == "yes"
    assert told[1:] == [
        Answered(
            endpoint=ENDPOINT,
            request=REQUEST,
            model="m-1",
            usage=Usage(input_tokens=3),
            latency=9,
            first_token=0.5,
            allowance=Allowance(requests=7),
        )
    ]


def test_being_cancelled_is_no_time_limit() -> None:
    """Ctrl-C stays Ctrl-C."""
    clock = VirtualClock()

    async def scene() -> None:
        task = asyncio.create_task(timed(Slow(5), []).ask(REQUEST))
        await asyncio.sleep(1)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        clock.run(scene())


def test_somebody_elses_time_limit_is_not_taken_for_ours() -> None:
    """A fault of a backend is seen as one."""
    with pytest.raises(TimeoutError, match="careless"):
        VirtualClock().run(timed(Slow(1, TimeoutError("careless")), []).ask(REQUEST))
