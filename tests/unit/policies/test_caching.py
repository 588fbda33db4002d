"""The policy that asks nothing twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from passmuster.domain.answers import CompletionRequest, Origin, Sampling
from passmuster.domain.endpoints import Reply
from passmuster.domain.errors import BackendError
from passmuster.domain.values import Fingerprint
from passmuster.policies.events import Event, Kept, LimitChanged
from passmuster.policies.kept_answers import KeptAnswers
from passmuster.testing.factories import a_completion_request

from .asked import ENDPOINT, USAGE, Day, Service, around, kept_in

REQUEST = a_completion_request()


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def cache(tmp_path: Path, day: Day) -> Iterator[KeptAnswers]:
    kept = kept_in(tmp_path, day)
    yield kept
    kept.close()


async def test_what_was_answered_is_not_asked_again(cache: KeptAnswers) -> None:
    """The second answer is the first one, with its usage and day, and is told of as kept."""
    service, events = Service(), list[Event | LimitChanged]()
    policy = around(service, cache, events)

    first = (await policy.ask(REQUEST)).completion
    second = (await policy.ask(REQUEST)).completion

    assert len(service.sent) == 1
    assert (first.origin, first.latency, first.made_on) == (Origin.FRESH, 0.5, "")
    assert second == replace(first, origin=Origin.CACHED, latency=0.0, made_on="2026-11-23")
    assert events == [Kept(endpoint=ENDPOINT, request=REQUEST, usage=USAGE)]


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, repetition=1),
        replace(REQUEST, model="other"),
        replace(REQUEST, sampling=Sampling(temperature=0.5)),
        replace(REQUEST, messages=REQUEST.messages[1:]),
        replace(REQUEST, answer_schema={"type": "object"}),
    ],
    ids=["repetition", "model", "sampling", "instructions", "schema"],
)
async def test_another_request_is_another_question(cache: KeptAnswers, other: CompletionRequest) -> None:
    """Whatever an answer may depend on is part of the key; above all the repetition."""
    service = Service()
    policy = around(service, cache)

    await policy.ask(REQUEST)
    answer = (await policy.ask(other)).completion

    assert (len(service.sent), answer.origin) == (2, Origin.FRESH)


async def test_backends_that_differ_share_no_answers(cache: KeptAnswers) -> None:
    """The identity of the backend is part of the key."""
    service = Service()

    await around(service, cache).ask(REQUEST)
    await around(service, cache, identity=Fingerprint("2" * 32)).ask(REQUEST)

    assert len(service.sent) == 2


async def test_equal_requests_at_one_time_are_sent_once(cache: KeptAnswers) -> None:
    """Whoever comes second waits for the first."""
    service = Service()
    service.gate.clear()
    policies = [around(service, cache) for _ in range(2)]

    asking = [asyncio.create_task(policy.ask(REQUEST)) for policy in policies * 5]
    await service.is_asked.wait()
    service.gate.set()
    replies = await asyncio.gather(*asking)

    assert len(service.sent) == 1
    assert [reply.completion.text for reply in replies] == ["answer 1"] * 10
    assert [reply.completion.origin for reply in replies].count(Origin.FRESH) == 1


async def test_failures_are_not_kept(cache: KeptAnswers) -> None:
    """Whoever asks after a failure asks anew, and gets an answer."""
    service = Service(failures=1)
    policy = around(service, cache)

    with pytest.raises(BackendError, match="not now"):
        await policy.ask(REQUEST)
    answer = (await policy.ask(REQUEST)).completion

    assert (answer.text, answer.origin) == ("answer 2", Origin.FRESH)
    assert cache.under_way == {}


async def test_whoever_waits_shares_the_failure(cache: KeptAnswers) -> None:
    """A service that is down is not asked once for each of those who wait."""
    service = Service(failures=1)
    service.gate.clear()
    policy = around(service, cache)

    asking = [asyncio.create_task(policy.ask(REQUEST)) for _ in range(3)]
    await service.is_asked.wait()
    service.gate.set()
    ends = await asyncio.gather(*asking, return_exceptions=True)

    assert len(service.sent) == 1
    assert [str(end) for end in ends] == ["not now"] * 3


async def two_asking(service: Service, cache: KeptAnswers) -> tuple[asyncio.Task[Reply], asyncio.Task[Reply]]:
    """Return two who ask the same, when the service has heard the first and not answered yet."""
    service.gate.clear()
    policy = around(service, cache)
    asking = (asyncio.create_task(policy.ask(REQUEST)), asyncio.create_task(policy.ask(REQUEST)))
    await service.is_asked.wait()
    return asking


async def test_another_asks_in_the_stead_of_one_who_was_cancelled(cache: KeptAnswers) -> None:
    """A cancelled request takes nobody else with it."""
    service = Service()
    first, second = await two_asking(service, cache)

    first.cancel()
    service.gate.set()
    answer = (await second).completion

    assert first.cancelled()
    assert (answer.text, answer.origin) == ("answer 2", Origin.FRESH)


async def test_one_who_waits_may_be_cancelled_alone(cache: KeptAnswers) -> None:
    """The request that others wait for goes on."""
    service = Service()
    first, second = await two_asking(service, cache)

    second.cancel()
    await asyncio.sleep(0)
    service.gate.set()

    assert (await first).completion.text == "answer 1"
    assert second.cancelled()


async def test_old_answers_are_asked_for_again(tmp_path: Path, day: Day) -> None:
    """An answer is taken until it is as old as the suite allows, and then gives way to a new one."""
    service = Service()
    texts = []
    for days in (0, 29, 2, 1):
        day.moment += timedelta(days=days)
        kept = kept_in(tmp_path, day)
        texts.append((await around(service, kept).ask(REQUEST)).completion.text)
        kept.close()

    assert texts == ["answer 1", "answer 1", "answer 2", "answer 2"]


async def test_a_fresh_run_asks_again_and_writes_over(tmp_path: Path, day: Day) -> None:
    """Only what is made from its beginning on counts, for itself once, and for those after it."""
    service = Service()
    texts = []
    for is_fresh in (False, True, False):
        day.moment += timedelta(hours=1)
        kept = kept_in(tmp_path, day, is_fresh=is_fresh)
        texts += [(await around(service, kept).ask(REQUEST)).completion.text for _ in range(2)]
        kept.close()

    assert texts == ["answer 1", "answer 1", "answer 2", "answer 2", "answer 2", "answer 2"]


async def test_another_process_is_waited_for(tmp_path: Path, day: Day) -> None:
    """What one process is asking, another one does not ask as well; it takes the answer when it is there."""
    service = Service()
    service.gate.clear()
    one, other = kept_in(tmp_path, day), kept_in(tmp_path, day)

    first = asyncio.create_task(around(service, one).ask(REQUEST))
    await service.is_asked.wait()
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        service.gate.set()
        await first

    policy = around(service, other)
    policy._sleep = sleep  # noqa: SLF001 - time that passes when it is told to
    answer = (await policy.ask(REQUEST)).completion
    one.close()
    other.close()

    assert (len(service.sent), len(pauses)) == (1, 1)
    assert (answer.text, answer.origin) == ("answer 1", Origin.CACHED)


async def test_the_claim_of_a_killed_process_ends(tmp_path: Path, day: Day) -> None:
    """Others wait for it no longer than a claim holds without being renewed."""
    service = Service()
    service.gate.clear()
    killed, other = kept_in(tmp_path, day), kept_in(tmp_path, day)
    forgotten = asyncio.create_task(around(service, killed).ask(REQUEST))
    await service.is_asked.wait()

    async def sleep(_seconds: float) -> None:
        day.moment += timedelta(seconds=10)
        service.gate.set()

    policy = around(service, other)
    policy._sleep = sleep  # noqa: SLF001 - time that passes when it is told to
    # What the killed one gets no longer reaches anybody.
    forgotten.cancel()
    killed.abandon = lambda _question: None  # type: ignore[method-assign]
    await asyncio.wait([forgotten])
    answer = (await policy.ask(REQUEST)).completion
    other.close()

    assert (len(service.sent), answer.origin) == (2, Origin.FRESH)
    assert day.moment > Day().moment + timedelta(seconds=30)
