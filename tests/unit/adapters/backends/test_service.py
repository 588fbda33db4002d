"""The backend that asks services, over real connections."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passmuster.adapters.backends.openai_compatible import COMPONENT
from passmuster.adapters.backends.service import ServiceBackend
from passmuster.components import BuildContext
from passmuster.domain.answers import Stage
from passmuster.domain.endpoints import Allowance, Endpoint
from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    RateLimitedError,
    TimeLimitError,
    UnreadableAnswerError,
)
from passmuster.ports import ForeseeingBackend, LiveBackend
from passmuster.testing.factories import a_completion_request
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import FAULTS, HARMLESS, Delivery, always
from passmuster.testing.service_answers import Said

KEY = "made-up-key/0815+x"
REQUEST = a_completion_request("hello", model="")
TEXT = "I have read: hello"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as serving:
        yield serving


def backend_at(server: FaultServer | str, secrets: dict[str, str] | None = None, **options: object) -> ServiceBackend:
    address = server if isinstance(server, str) else f"{server.address}/v1"
    said = COMPONENT.options.model_validate({"base_url": address, "model": "tiny", **options})
    built = COMPONENT.build(said, BuildContext(folder=Path(), secret=(secrets or {}).get))
    assert isinstance(built, ServiceBackend)
    return built


async def failure_of(backend: ServiceBackend) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await backend.ask(REQUEST)
    return caught.value


async def test_an_answer_comes_with_what_it_took(server: FaultServer) -> None:
    """Text, model, usage, time, and what the service said of its limits."""
    headers = {"x-ratelimit-remaining-requests": "9", "X-RateLimit-Reset-Tokens": "6m0.5s"}
    server.script = lambda _asked: Delivery(headers=headers)

    reply = await backend_at(server).ask(REQUEST)

    completion = reply.completion
    assert (completion.text, completion.finish_reason, completion.model) == (TEXT, "stop", "made-up-2027-01-01")
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (20, 7)
    assert completion.latency > 0
    assert completion.first_token is None
    assert reply.allowance == Allowance(requests=9, tokens_reset=360.5)


@pytest.mark.parametrize("transport", ["fastest", "httpx"])
async def test_a_streamed_answer_is_the_same_and_tells_when_it_began(server: FaultServer, transport: str) -> None:
    """Time to the first piece is less than time to the last."""
    server.script = lambda _asked: Delivery(pause=0.005)
    whole = await backend_at(server).complete(REQUEST)

    streamed = await backend_at(server, stream=True, transport=transport).complete(REQUEST)

    assert (streamed.text, streamed.usage, streamed.model) == (whole.text, whole.usage, whole.model)
    assert streamed.first_token is not None
    assert 0 < streamed.first_token < streamed.latency
    assert server.asked[-1].payload["stream_options"] == {"include_usage": True}


async def test_a_server_that_does_not_stream_is_understood(server: FaultServer) -> None:
    """It sends JSON where events were asked for; and one that calls its events plain text is understood as well."""
    whole = json.dumps({"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}).encode()
    event = b'data: {"choices": [{"delta": {"content": "piece"}, "finish_reason": "stop"}]}\n\n'
    backend = backend_at(server, stream=True)

    server.script = lambda _asked: Delivery(body=whole)
    first = await backend.complete(REQUEST)
    server.script = lambda _asked: Delivery(body=event, headers={"content-type": "text/plain"})
    second = await backend.complete(REQUEST)

    assert (first.text, second.text) == ("whole", "piece")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("429", RateLimitedError, "answered 429: made up: this failed on purpose"),
        ("429-seconds", RateLimitedError, "answered 429"),
        ("500", BackendUnavailableError, "answered 500: made up"),
        ("502", BackendUnavailableError, "answered 502"),
        ("503", RateLimitedError, "answered 503"),
        ("529", RateLimitedError, "answered 529"),
        ("400", BackendRefusedError, "answered 400: made up"),
        ("401", BackendRefusedError, "check the environment variable"),
        ("404", BackendRefusedError, "check base_url and model"),
        ("redirect", BackendRefusedError, "redirects are not followed"),
        ("reset", BackendUnavailableError, "broke off"),
        ("closed", BackendUnavailableError, "broke off"),
        ("reset-in-head", BackendUnavailableError, "broke off"),
        ("reset-in-body", BackendUnavailableError, "broke off"),
        ("closed-in-body", BackendUnavailableError, "broke off"),
        ("closed-in-chunks", BackendUnavailableError, "broke off"),
        ("half-json", UnreadableAnswerError, "no JSON"),
        ("empty", UnreadableAnswerError, "empty answer"),
        ("no-content", BackendRefusedError, "answered 204"),
        ("wrong-type", UnreadableAnswerError, "'text/html' in the place of JSON ('<html>Welcome</html>')"),
        ("wrong-shape", UnreadableAnswerError, "without 'choices'"),
        ("wrong-encoding", UnreadableAnswerError, "not UTF-8"),
        ("deep", UnreadableAnswerError, "nested too deeply"),
        ("not-http", BackendError, "http"),
        ("slow-start", TimeLimitError, "sent nothing for too long"),
        ("trickle", TimeLimitError, "sent nothing for too long"),
    ],
)
async def test_trouble_has_a_name(
    server: FaultServer, name: str, kind: type[BackendError], words: str, *, stream: bool
) -> None:
    """Whatever a service does, it is one of our errors, with the place and what was wrong."""
    server.script = always(name)
    limits = {"first_token": 0.05} if kind is TimeLimitError else {}

    error = await failure_of(backend_at(server, stream=stream, limits=limits))

    assert isinstance(error, kind)
    assert words in str(error)
    assert server.address in error.message
    assert len(server.asked) == 1


def test_every_fault_is_tried() -> None:
    """A fault that is added to the made-up service is added here."""
    tried = {case[0] for case in _tried()}

    # Sizes are tried with the connections, and a failure within a stream below.
    assert tried | {"huge", "inflated", "broken-stream", "429-date", "429-milliseconds", "429-nonsense", "429-far"} == (
        set(FAULTS) - HARMLESS
    )


def _tried() -> list[tuple[str, Any, str]]:
    marks: list[pytest.Mark] = test_trouble_has_a_name.pytestmark  # type: ignore[attr-defined] # put there by pytest
    return next(mark.args[1] for mark in marks if mark.args[0] == ("name", "kind", "words"))


@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_a_failure_in_the_midst_of_a_stream_may_pass(server: FaultServer, api: str) -> None:
    """The service's own words are told."""
    server.script = always("broken-stream")

    error = await failure_of(backend_at(server, stream=True, api=api))

    assert type(error) is BackendUnavailableError
    assert "made up: overloaded half-way" in error.message
    assert error.may_have_cost


async def test_a_page_in_the_place_of_an_answer_is_not_told_at_length(server: FaultServer) -> None:
    """Messages are kept for each trial."""
    server.script = lambda _asked: Delivery(body=b"<p>no " * 100_000, headers={"content-type": "text/html"})

    error = await failure_of(backend_at(server))

    assert "'text/html'" in error.message
    assert len(error.message) < 600


async def test_how_long_to_wait_is_told(server: FaultServer) -> None:
    """As the header says."""
    server.script = always("429-far")

    error = await failure_of(backend_at(server))

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 86_400


async def test_the_key_goes_into_one_header_and_is_asked_for_each_time(server: FaultServer) -> None:
    """So that it may change, and is kept nowhere."""
    secrets = {"KEY": KEY}
    backend = backend_at(server, secrets, secret="KEY")  # noqa: S106 - the name of a variable

    await backend.ask(REQUEST)
    secrets["KEY"] = "another-key"
    await backend.ask(REQUEST)

    assert [asked.headers["authorization"] for asked in server.asked] == [f"Bearer {KEY}", "Bearer another-key"]
    assert KEY not in repr(vars(backend))


@pytest.mark.parametrize("status", [401, 500])
@pytest.mark.parametrize("written", [KEY, "made-up-key%2F0815%2Bx", "made-up-key\\/0815+x"])
async def test_a_key_that_is_repeated_is_not_told(server: FaultServer, written: str, status: int) -> None:
    """In whichever notation a careless service repeats it."""
    server.script = lambda _asked: Delivery(status=status, complaint=f"who is {written}?")

    error = await failure_of(backend_at(server, {"KEY": KEY}, secret="KEY"))  # noqa: S106 - as above

    assert "who is <secret>?" in error.message
    assert "0815" not in str(error)


async def test_a_key_in_an_answer_is_not_kept(server: FaultServer) -> None:
    """Answers are stored."""
    server.script = lambda _asked: Delivery(
        body=json.dumps({"choices": [{"message": {"content": f"Bearer {KEY}"}}]}).encode()
    )

    completion = await backend_at(server, {"KEY": KEY}, secret="KEY").complete(REQUEST)  # noqa: S106 - as above

    assert completion.text == "Bearer <secret>"


async def test_what_cannot_be_sent_is_foreseen(server: FaultServer) -> None:
    """The failure that is foreseen is the one that comes, and nothing is sent."""
    backend = backend_at(server, model="")

    foreseen = backend.foresee(REQUEST)
    error = await failure_of(backend)

    assert foreseen is not None
    assert foreseen.stage is Stage.COMPLETION
    assert (foreseen.kind, foreseen.message) == ("BackendRefusedError", str(error))
    assert "nobody names the model" in foreseen.message
    assert server.asked == []


@pytest.mark.parametrize(("secrets", "words"), [({}, "'KEY' is not set"), ({"KEY": "two words"}, "'KEY' holds no key")])
async def test_nothing_is_sent_without_a_key(server: FaultServer, secrets: dict[str, str], words: str) -> None:
    """It is missed when something is to be sent, and not by whoever only plans."""
    backend = backend_at(server, secrets, secret="KEY")  # noqa: S106 - the name of a variable

    foreseen = backend.foresee(REQUEST)
    error = await failure_of(backend)

    assert foreseen is None
    assert words in str(error)
    assert server.asked == []


def test_it_says_whom_it_asks_for_what() -> None:
    """For limits, prices and the budget."""
    backend = backend_at("https://example.invalid/v1/", secret="KEY", maximum_tokens=50, provider="mine")  # noqa: S106 - as above
    request = a_completion_request("hello", model="other")

    assert isinstance(backend, LiveBackend)
    assert isinstance(backend, ForeseeingBackend)
    assert backend.endpoint == Endpoint(provider="mine", address="https://example.invalid/v1", account="KEY")
    assert (backend.model_of(REQUEST), backend.model_of(request)) == ("tiny", "other")
    assert backend.most_written(REQUEST) == 50


async def test_cancelling_gives_the_connection_back(server: FaultServer) -> None:
    """A request that is broken off disturbs none after it."""
    backend = backend_at(server)
    server.script = always("slow-start")

    under_way = asyncio.create_task(backend.ask(REQUEST))
    await asyncio.wait([under_way], timeout=0.1)
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    server.script = lambda _asked: Delivery()

    assert (await backend.ask(REQUEST)).completion.text == TEXT


async def test_halves_of_characters_are_sent_as_question_marks(server: FaultServer) -> None:
    """UTF-8 has none of them; everything else arrives as it is."""
    await backend_at(server).ask(a_completion_request("a\ud800b — 検索 🐢\0"))

    assert server.asked[0].payload["messages"][-1]["content"] == "a?b — 検索 🐢\0"


async def test_tools_are_called(server_says: FaultServer) -> None:
    """What the model calls comes back with its arguments."""
    [call] = (await backend_at(server_says).complete(REQUEST)).tool_calls

    assert (call.name, call.arguments) == ("lookup", {"name": "a"})


@pytest.fixture
def server_says() -> Iterator[FaultServer]:
    with FaultServer(says=lambda _asked: Said(text="", tool="lookup", arguments={"name": "a"})) as serving:
        yield serving


async def test_a_quota_that_is_used_up_is_a_refusal_of_everything(server: FaultServer) -> None:
    """OpenAI has the same status for it as for too many requests in a minute."""
    body = {"error": {"message": "You exceeded your quota", "type": "insufficient_quota", "code": "insufficient_quota"}}
    server.script = lambda _asked: Delivery(status=429, body=json.dumps(body).encode())

    error = await failure_of(backend_at(server))

    assert isinstance(error, BackendRefusedError)
    assert error.is_for_all
    assert "answered 429: You exceeded your quota" in error.message


@pytest.mark.parametrize(("code", "may_have_cost"), [(502, True), (429, False)])
async def test_an_error_within_an_answer_may_have_cost(server: FaultServer, code: int, may_have_cost: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Unless the service says that it took nothing in."""
    body = {"error": {"message": "the provider failed", "code": code}}
    server.script = lambda _asked: Delivery(body=json.dumps(body).encode())

    assert (await failure_of(backend_at(server))).may_have_cost is may_have_cost
