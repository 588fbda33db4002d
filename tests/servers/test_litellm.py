"""LiteLLM's proxy, as thousands of teams put it before their models."""

import pytest

from passmuster.domain.answers import CompletionRequest, Sampling, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    RateLimitedError,
    TimeLimitError,
)
from passmuster.services.options import Limits

from .conftest import Server

TOOL = ToolDefinition(
    name="choose", description="Chooses.", parameters={"type": "object", "properties": {"agent": {"type": "string"}}}
)
REQUEST = CompletionRequest(
    messages=(Message(role=Role.SYSTEM, content="Be brief."), Message(role=Role.USER, content="hello")),
    sampling=Sampling(maximum_tokens=50),
)
ROUTES = pytest.mark.parametrize(("use", "path"), [("openai_compatible", "/v1"), ("anthropic", "")])


@ROUTES
@pytest.mark.parametrize("stream", [False, True])
async def test_answers_are_read(litellm: Server, use: str, path: str, *, stream: bool) -> None:
    """By OpenAI's interface and by Anthropic's, at once and in pieces."""
    completion = await litellm.backend(use, path, model="says", stream=stream).complete(REQUEST)

    assert completion.text == "I have read it."
    assert completion.finish_reason == "stop"
    assert completion.usage.input_tokens > 0
    assert completion.usage.output_tokens > 0
    # On Anthropic's route, the proxy's pretending models answer at once though pieces were asked for.
    assert (completion.first_token is not None) == (stream and use == "openai_compatible")


async def test_tools_are_called(litellm: Server) -> None:
    """The call comes with its arguments read."""
    request = CompletionRequest(messages=REQUEST.messages, tools=(TOOL,), required_tool="choose")

    completion = await litellm.backend("openai_compatible", "/v1", model="calls").complete(request)

    assert [(call.name, call.arguments) for call in completion.tool_calls] == [("choose", {"agent": "a"})]


@ROUTES
@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        ("refuses", RateLimitedError, "mock rate limit"),
        ("breaks", BackendUnavailableError, "mock internal server error"),
        ("overflows", BackendRefusedError, "context window"),
        ("nowhere", BackendRefusedError, "nowhere"),
    ],
)
async def test_complaints_have_a_name(
    litellm: Server, use: str, path: str, model: str, kind: type[BackendError], words: str
) -> None:
    """The proxy's own sentence is told."""
    with pytest.raises(BackendError) as caught:
        await litellm.backend(use, path, model=model).complete(REQUEST)

    assert type(caught.value) is kind
    assert words in caught.value.message


async def test_wrong_key_is_refused(litellm: Server) -> None:
    """By a status of the proxy's own, 400 where it has no database of keys; the key is not repeated."""
    backend = litellm.backend("openai_compatible", "/v1", model="says", key="sk-made-up-wrong-key")

    with pytest.raises(BackendRefusedError) as caught:
        await backend.complete(REQUEST)

    assert "sk-made-up-wrong-key" not in str(caught.value)


async def test_time_limits_hold(litellm: Server) -> None:
    """A server that is there and says nothing is given up."""
    backend = litellm.backend("openai_compatible", "/v1", model="sleeps", limits=Limits(first_token=1))

    with pytest.raises(TimeLimitError):
        await backend.complete(REQUEST)
