"""The package ``litellm`` as a backend: what it is called with, what it returns, and what it raises."""

import importlib
import importlib.util
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.adapters.backends.litellm import COMPONENT, LiteLLMOptions, imported
from passmuster.adapters.backends.litellm_errors import STATUSES, failure_of, status_of
from passmuster.components import BuildContext
from passmuster.domain.answers import CompletionRequest, Sampling, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    BrokenOffError,
    MissingExtraError,
    RateLimitedError,
    TimeLimitError,
    UnreadableAnswerError,
)
from passmuster.ports import LiveBackend
from passmuster.services.redaction import Redaction
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import Delivery
from passmuster.testing.service_answers import Said

IS_INSTALLED = importlib.util.find_spec("litellm") is not None
needs_litellm = pytest.mark.skipif(not IS_INSTALLED, reason="litellm is not installed")
SECRET = "planted-secret-value"  # noqa: S105 - guards nothing
TOOL = ToolDefinition(name="look_up", description="Looks things up.", parameters={"type": "object"})


def asking(**request: Any) -> CompletionRequest:  # noqa: ANN401 - fields of a request
    messages = (Message(role=Role.SYSTEM, content="You debug."), Message(role=Role.USER, content="Why?"))
    return CompletionRequest(messages=messages, **request)


def backend_of(**options: object) -> LiveBackend:
    said = {"model": "openai/made-up", "secret": "MY_KEY", **options}
    context = BuildContext(folder=Path(), secret={"MY_KEY": SECRET}.get)
    built = COMPONENT.build(LiteLLMOptions.model_validate(said), context)
    assert isinstance(built, LiveBackend)
    return built


def exceptions_of(package: str) -> Iterator[type[Exception]]:
    module: Any = importlib.import_module(package)
    for _, one in inspect.getmembers(module, inspect.isclass):
        if issubclass(one, Exception) and one.__module__.partition(".")[0] in {"litellm", "openai"}:
            yield one


def below(ancestor: type[Exception]) -> Iterator[type[Exception]]:
    for one in ancestor.__subclasses__():
        yield one
        yield from below(one)


@needs_litellm
@pytest.mark.filterwarnings("ignore")  # those of the package are not ours
class TestThePackage:
    """What needs the package itself."""

    def test_every_exception_is_mapped(self) -> None:
        """One that comes with a new version is to be given a meaning."""
        imported()
        found = {*exceptions_of("litellm.exceptions"), *exceptions_of("openai")}
        found |= set(below(importlib.import_module("openai").OpenAIError))

        assert sorted(one.__name__ for one in found if one.__name__ not in STATUSES) == []
        assert len(found) > 30

    @pytest.mark.parametrize("stream", [False, True])
    async def test_a_service_is_asked(self, *, stream: bool) -> None:
        """Its answer is a completion, and says when it began where it is streamed."""
        said = Said(text="Off by one.", tool="look_up", arguments={"a": 1}, cached=4)
        with FaultServer(says=lambda _asked: said) as server:
            backend = backend_of(base_url=f"{server.address}/v1", stream=stream)
            reply = await backend.ask(asking(tools=(TOOL,), sampling=Sampling(temperature=0.5, maximum_tokens=9)))

        completion = reply.completion
        assert (completion.text, completion.finish_reason) == ("Off by one.", "tool_calls")
        assert completion.tool_calls[0].arguments == {"a": 1}
        assert (completion.usage.input_tokens, completion.usage.output_tokens) == (20, 7)
        assert completion.usage.cached_tokens == 4
        assert (completion.first_token is not None) == stream
        [asked] = server.asked
        assert asked.payload["messages"][0] == {"role": "system", "content": "You debug."}
        assert (asked.payload["temperature"], asked.payload["max_tokens"]) == (0.5, 9)
        assert asked.headers["authorization"] == f"Bearer {SECRET}"

    @pytest.mark.parametrize(
        ("delivery", "error"),
        [
            (Delivery(status=429, headers={"retry-after": "7"}), RateLimitedError),
            (Delivery(status=500), BackendUnavailableError),
            (Delivery(status=401, complaint=f"no such key: {SECRET}"), BackendRefusedError),
            (Delivery(status=404), BackendRefusedError),
        ],
    )
    async def test_failures_are_ours_and_are_not_tried_again(
        self, delivery: Delivery, error: type[BackendError]
    ) -> None:
        """Policies do that; no message holds the key."""
        with FaultServer(script=lambda _asked: delivery) as server, pytest.raises(BackendError) as caught:
            await backend_of(base_url=f"{server.address}/v1").ask(asking())

        assert type(caught.value) is error
        assert SECRET not in str(caught.value)
        assert len(server.asked) == 1
        if isinstance(caught.value, RateLimitedError):
            assert caught.value.retry_after == 7.0

    async def test_a_service_that_is_not_there_may_come(self) -> None:
        """As with every other backend."""
        with pytest.raises(BackendUnavailableError):
            await backend_of(base_url="http://127.0.0.1:9").ask(asking())

    async def test_a_service_that_is_slow_has_taken_too_long(self) -> None:
        """The package gives up after the time for a whole answer."""
        with FaultServer(script=lambda _asked: Delivery(wait=60)) as server, pytest.raises(TimeLimitError):
            await backend_of(base_url=f"{server.address}/v1", limits={"total": 0.5}).ask(asking())

    async def test_a_model_of_nobody_is_refused(self) -> None:
        """In the package's own words."""
        with pytest.raises(BackendRefusedError, match="LLM Provider NOT provided"):
            await backend_of(model="of-nobody").ask(asking())

    async def test_nothing_is_sent_without_a_key(self) -> None:
        """It is missed when something is to be sent."""
        with pytest.raises(BackendRefusedError, match="'ABSENT' is not set"):
            await backend_of(secret="ABSENT").ask(asking())  # noqa: S106 - a variable's name

    @pytest.mark.parametrize(
        ("model", "provider", "name"),
        [
            ("gemini/gemini-made-up", "google", "gemini-made-up"),
            ("mistral/small", "mistral", "small"),
            ("gpt-made-up", "openai", "gpt-made-up"),
        ],
    )
    def test_prices_know_it_by_provider_and_name(self, model: str, provider: str, name: str) -> None:
        """As lists of prices call them."""
        backend = backend_of(model=model)

        assert (backend.endpoint.provider, backend.model_of(asking())) == (provider, name)
        assert backend.most_written(asking()) is None
        assert backend.most_written(asking(sampling=Sampling(maximum_tokens=5))) == 5


class Timeout(Exception):  # noqa: N818 - the name that the package gives it
    """As the package raises it."""


class RateLimitError(Exception):
    """As the package raises it, with the answer."""

    class response:  # noqa: N801 - an attribute
        """The answer."""

        headers: Mapping[str, str] = {"Retry-After": "3"}


class JSONSchemaValidationError(Exception):
    """As the package raises it."""


class APIError(Exception):
    """As the package raises it, with a status of its own."""

    status_code = 502


for _one in (Timeout, RateLimitError, JSONSchemaValidationError, APIError):
    _one.__module__ = "litellm.exceptions"


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (Timeout("slow"), TimeLimitError),
        (RateLimitError("slower"), RateLimitedError),
        (RateLimitError("{'error': {'code': 'insufficient_quota'}}"), BackendRefusedError),
        (JSONSchemaValidationError("?"), UnreadableAnswerError),
        (APIError("gateway"), BackendUnavailableError),
        (OSError("gone"), BrokenOffError),
        (AttributeError("a bug of the package"), BackendRefusedError),
    ],
)
def test_what_is_raised_has_a_meaning(raised: Exception, error: type[BackendError]) -> None:
    """Whoever raised it; a bug of the package costs one trial and not the run."""
    failure = failure_of(raised, "litellm:made-up", Redaction([]))

    assert type(failure) is error
    assert status_of(ValueError()) is None
    if isinstance(failure, RateLimitedError):
        assert failure.retry_after == 3.0


@pytest.mark.skipif(IS_INSTALLED, reason="litellm is installed")
def test_without_the_package_it_says_what_to_install() -> None:
    """When it is built, before anything is run."""
    with pytest.raises(MissingExtraError, match=r"pip install 'passmuster\[litellm\]'"):
        backend_of()


@pytest.mark.parametrize(
    "options",
    [
        {"model": ""},
        {"parameters": {"api_key": "x"}},
        {"parameters": {"aws_secret_access_key": "x"}},
        {"parameters": {"max_tokens": 3}},
        {"json": "xml"},
        {"limits": {"concurrency": 0}},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """A key above all, which would be stored with every run."""
    with pytest.raises(ValidationError):
        LiteLLMOptions.model_validate({"model": "openai/made-up", **options})


def test_parameters_that_count_tokens_are_no_secrets() -> None:
    """Though they have the word in their names."""
    assert LiteLLMOptions(model="a/b", parameters={"min_tokens": 3}).parameters == {"min_tokens": 3}
