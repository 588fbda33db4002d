"""What we send is what the official clients send, and what we read is what they read."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.domain.answers import Completion, CompletionRequest, Sampling, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendError
from passmuster.ports import LiveBackend
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import Asked, Delivery
from passmuster.testing.service_answers import Said

KEY = "made-up-key-0815"
SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"agent": {"type": "string"}},
    "required": ["agent"],
    "additionalProperties": False,
}
TOOL = ToolDefinition(name="choose", description="Chooses an agent.", parameters=SCHEMA)
SYSTEM, USER = "You choose agents. — „Grüße“", "Which one? 🦊"
MESSAGES = (Message(role=Role.SYSTEM, content=SYSTEM), Message(role=Role.USER, content=USER))
SAMPLING = Sampling(temperature=0.5, top_p=0.9, maximum_tokens=100, seed=7, stop=("END",))
REQUESTS = {
    "plain": CompletionRequest(messages=MESSAGES, sampling=Sampling(maximum_tokens=100)),
    "sampled": CompletionRequest(messages=MESSAGES, sampling=SAMPLING),
    "schema": CompletionRequest(messages=MESSAGES, sampling=Sampling(maximum_tokens=100), answer_schema=SCHEMA),
    "tool": CompletionRequest(
        messages=MESSAGES, sampling=Sampling(maximum_tokens=100), tools=(TOOL,), required_tool="choose"
    ),
}
SAID = Said(text="I have read it all. — ✓", tool="choose", arguments={"agent": "Käfer"}, read=31, cached=8, written=9)

OPENAI_TURNS: Any = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": USER}]
OPENAI_TOOL = {"name": TOOL.name, "description": TOOL.description, "parameters": SCHEMA}
FORMAT = {"name": "answer", "schema": SCHEMA, "strict": True}
CHAT: dict[str, dict[str, Any]] = {
    "plain": {},
    "sampled": {"temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ["END"]},
    "schema": {"response_format": {"type": "json_schema", "json_schema": FORMAT}},
    "tool": {
        "tools": [{"type": "function", "function": OPENAI_TOOL}],
        "tool_choice": {"type": "function", "function": {"name": "choose"}},
    },
}
RESPONSES: dict[str, dict[str, Any]] = {
    "plain": {},
    "schema": {"text": {"format": {"type": "json_schema", **FORMAT}}},
    "tool": {
        "tools": [{"type": "function", **OPENAI_TOOL, "strict": True}],
        "tool_choice": {"type": "function", "name": "choose"},
    },
}
MESSAGE: dict[str, dict[str, Any]] = {
    "plain": {},
    # The service knows no seed; the client, which speaks a newer version of the interface, no longer knows the others.
    "sampled": {"extra_body": {"temperature": 0.5, "top_p": 0.9}, "stop_sequences": ["END"]},
    "schema": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    "tool": {
        "tools": [{"name": TOOL.name, "description": TOOL.description, "input_schema": SCHEMA}],
        "tool_choice": {"type": "tool", "name": "choose"},
    },
}
# What the clients say of themselves, and how they are connected; nothing of it changes an answer.
PARTICULAR = {"host", "user-agent", "connection", "content-length", "accept-encoding"}
# The clients take what they ask for as JSON alone, even where they ask for a stream; we say that we take both.
UNLIKE = {"accept"}
# The clients tell of retries and time limits, which a service may ignore and ours does not need to know.
FURTHER = {"x-stainless-*", "anthropic-dangerous-direct-browser-access", "x-api-key-source"}


@dataclass(frozen=True)
class Read:
    """What somebody made of an answer."""

    text: str
    tools: tuple[tuple[str, object], ...]
    finish: str
    model: str
    read: int
    cached: int
    written: int


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A service that speaks every protocol, and says the same each time."""
    with FaultServer(says=lambda _asked: SAID) as serving:
        yield serving


def ours(use: str, request: CompletionRequest, **options: object) -> Read:
    """Ask through a backend of ours."""
    component = Catalogue(folder=Path()).component("backends", use)
    built = component.build(
        component.options(model="made-up", secret="MADE_UP", **options),  # noqa: S106 - the name of a variable
        BuildContext(folder=Path(), secret={"MADE_UP": KEY}.get),
    )
    assert isinstance(built, LiveBackend)
    completion: Completion = asyncio.run(built.complete(request))
    usage = completion.usage
    return Read(
        text=completion.text,
        tools=tuple((call.name, call.arguments) for call in completion.tool_calls),
        finish=completion.finish_reason,
        model=completion.model,
        read=usage.input_tokens,
        cached=usage.cached_tokens,
        written=usage.output_tokens,
    )


def compared(server: FaultServer) -> None:
    """Hold our request, which came first, against the client's."""
    we, they = server.asked
    assert we.path == they.path.removesuffix("?beta=true")
    assert we.payload == they.payload
    assert _telling(we) == _telling(they)


def _telling(asked: Asked) -> Mapping[str, str]:
    further = tuple(name.removesuffix("*") for name in FURTHER)
    headers = dict(asked.headers)
    headers.pop("anthropic-version", None)
    if "x-api-key" in headers:
        # We speak the version of 2023, whose models can be told a temperature and which imitators know; its key has
        # a header of its own. The client speaks a newer one, and sends the key as others do.
        assert asked.headers["anthropic-version"] == "2023-06-01"
        headers["authorization"] = f"Bearer {headers.pop('x-api-key')}"
    return {
        name: value
        for name, value in headers.items()
        if name not in PARTICULAR | UNLIKE and not name.startswith(further)
    }


def chat_client(server: FaultServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.address}/v1", api_key=KEY, max_retries=0)


def chat(server: FaultServer, name: str) -> Read:
    with chat_client(server) as client:
        answer = client.chat.completions.create(
            model="made-up", messages=OPENAI_TURNS, max_completion_tokens=100, **CHAT[name]
        )
    choice, usage = answer.choices[0], answer.usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    calls: Any = choice.message.tool_calls or ()
    return Read(
        text=choice.message.content or "",
        tools=tuple((call.function.name, json.loads(call.function.arguments)) for call in calls),
        finish=choice.finish_reason,
        model=answer.model,
        read=usage.prompt_tokens,
        cached=usage.prompt_tokens_details.cached_tokens or 0,
        written=usage.completion_tokens,
    )


def streamed_chat(server: FaultServer, name: str) -> Read:
    with chat_client(server) as client:
        chunks: Any = client.chat.completions.create(
            model="made-up",
            messages=OPENAI_TURNS,
            max_completion_tokens=100,
            stream=True,
            stream_options={"include_usage": True},
            **CHAT[name],
        )
        pieces = list(chunks)
    choices = [choice for piece in pieces for choice in piece.choices]
    calls = [call for choice in choices for call in choice.delta.tool_calls or ()]
    usage = pieces[-1].usage
    return Read(
        text="".join(choice.delta.content or "" for choice in choices),
        tools=tuple((call.function.name, json.loads(call.function.arguments)) for call in calls),
        finish=next(choice.finish_reason for choice in choices if choice.finish_reason),
        model=pieces[0].model,
        read=usage.prompt_tokens,
        cached=usage.prompt_tokens_details.cached_tokens,
        written=usage.completion_tokens,
    )


def response(server: FaultServer, name: str) -> Read:
    with chat_client(server) as client:
        answer: Any = client.responses.create(
            model="made-up", input=OPENAI_TURNS, max_output_tokens=100, store=False, **RESPONSES[name]
        )
    calls = [item for item in answer.output if item.type == "function_call"]
    return Read(
        text=answer.output_text,
        tools=tuple((call.name, json.loads(call.arguments)) for call in calls),
        # The service says only that it is complete; like chat completions, we say what for.
        finish="tool_calls" if calls else "stop",
        model=answer.model,
        read=answer.usage.input_tokens,
        cached=answer.usage.input_tokens_details.cached_tokens,
        written=answer.usage.output_tokens,
    )


def message(server: FaultServer, name: str, *, stream: bool = False) -> Read:
    with anthropic.Anthropic(base_url=server.address, api_key=KEY, max_retries=0) as client:
        wanted: dict[str, Any] = {
            "model": "made-up",
            "max_tokens": 100,
            "system": SYSTEM,
            "messages": [{"role": "user", "content": USER}],
            **MESSAGE[name],
        }
        if stream:
            with client.messages.stream(**wanted) as events:
                answer: Any = events.get_final_message()
        else:
            answer = client.messages.create(**wanted)
    cached = answer.usage.cache_read_input_tokens or 0
    return Read(
        text="".join(block.text for block in answer.content if block.type == "text"),
        tools=tuple((block.name, block.input) for block in answer.content if block.type == "tool_use"),
        # Our names are those of chat completions.
        finish={"end_turn": "stop", "tool_use": "tool_calls"}[answer.stop_reason],
        model=answer.model,
        # The service counts what came from its cache beside the rest; we count everything that was read.
        read=answer.usage.input_tokens + cached,
        cached=cached,
        written=answer.usage.output_tokens,
    )


@pytest.mark.parametrize("name", CHAT)
def test_chat_completions(server: FaultServer, name: str) -> None:
    """Path, headers, body, and everything in the answer."""
    read = ours("openai_compatible", REQUESTS[name], base_url=f"{server.address}/v1")

    assert read == chat(server, name)
    compared(server)


@pytest.mark.parametrize("name", CHAT)
def test_streamed_chat_completions(server: FaultServer, name: str) -> None:
    """The pieces make up the same answer."""
    read = ours("openai_compatible", REQUESTS[name], base_url=f"{server.address}/v1", stream=True)

    assert read == streamed_chat(server, name)
    compared(server)


@pytest.mark.parametrize("name", RESPONSES)
def test_responses(server: FaultServer, name: str) -> None:
    """The newer interface of OpenAI."""
    read = ours("openai_compatible", REQUESTS[name], base_url=f"{server.address}/v1", api="responses")

    assert read == response(server, name)
    compared(server)


def test_azure(server: FaultServer) -> None:
    """The key goes by another name, and the model is a deployment's."""
    azure = {"deployment": "made-up", "api_version": "2024-10-21"}
    read = ours("openai_compatible", REQUESTS["plain"], base_url=server.address, azure=azure)

    with openai.AzureOpenAI(
        azure_endpoint=server.address, api_version="2024-10-21", api_key=KEY, max_retries=0
    ) as client:
        answer = client.chat.completions.create(model="made-up", messages=OPENAI_TURNS, max_completion_tokens=100)

    assert read.text == answer.choices[0].message.content
    compared(server)


@pytest.mark.parametrize("name", MESSAGE)
@pytest.mark.parametrize("stream", [False, True])
def test_messages(server: FaultServer, name: str, *, stream: bool) -> None:
    """Anthropic's interface, at once and in pieces."""
    read = ours("anthropic", REQUESTS[name], base_url=server.address, stream=stream)

    assert read == message(server, name, stream=stream)
    compared(server)


EXPECTED: dict[int, tuple[type[openai.APIStatusError], str]] = {
    400: (openai.BadRequestError, "BackendRefusedError"),
    401: (openai.AuthenticationError, "BackendRefusedError"),
    404: (openai.NotFoundError, "BackendRefusedError"),
    429: (openai.RateLimitError, "RateLimitedError"),
    500: (openai.InternalServerError, "BackendUnavailableError"),
}


@pytest.mark.parametrize("status", EXPECTED)
def test_complaints(server: FaultServer, status: int) -> None:
    """What the client raises and what we raise hold the same sentence of the service."""
    theirs, kind = EXPECTED[status]
    server.script = lambda _asked: Delivery(status=status, complaint="made up: no such thing")

    with pytest.raises(BackendError) as we:
        ours("openai_compatible", REQUESTS["plain"], base_url=f"{server.address}/v1")
    with pytest.raises(theirs) as they:
        chat(server, "plain")

    assert type(we.value).__name__ == kind
    assert "made up: no such thing" in we.value.message
    assert "made up: no such thing" in they.value.message
