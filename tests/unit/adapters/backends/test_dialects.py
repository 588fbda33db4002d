"""What holds for every dialect: whatever comes is an answer or a complaint, and services are really asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from passmuster.adapters.backends import anthropic, gemini, ollama
from passmuster.adapters.backends.dialects import Dialect, HostedOptions
from passmuster.adapters.backends.openai_options import OpenAIOptions
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import ToolDefinition
from passmuster.domain.errors import (
    BackendRefusedError,
    BackendUnavailableError,
    RateLimitedError,
    UnreadableAnswerError,
)
from passmuster.ports import Backend, LiveBackend
from passmuster.testing.factories import a_completion_request
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import FAULTS, Delivery
from passmuster.testing.service_answers import Said

from .odd_answers import answers, is_answer_or_complaint, streamed

TOOL = ToolDefinition(name="look_up", description="Looks things up.", parameters={"type": "object"})


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One dialect.

    Attributes:
        component: What a suite names.
        dialect: Writes and reads.
        words: Those of its protocol.
        place: Where it asks, after the address.
        header: What holds the key.
        root: What follows the address already in ``base_url``.
        ending: What ends a stream.
    """

    component: Component[Any, Backend]
    dialect: Dialect
    words: str
    place: str
    header: str
    root: str = ""
    ending: Sequence[object] = ()

    def at(self, server: FaultServer, *, stream: bool) -> LiveBackend:
        said = {"base_url": server.address + self.root, "secret": "MY_KEY", "model": "made-up", "stream": stream}
        context = BuildContext(folder=Path(), secret={"MY_KEY": "made-up-key"}.get)
        built = self.component.build(self.component.options.model_validate(said), context)
        assert isinstance(built, LiveBackend)
        return built


SPOKEN = {
    "anthropic": Spoken(
        component=anthropic.COMPONENT,
        dialect=anthropic.AnthropicDialect(anthropic.AnthropicOptions()),
        words="type model content stop_reason usage text tool_use input id name error delta index content_block "
        "message message_start content_block_start content_block_delta message_delta message_stop",
        place="/v1/messages",
        header="x-api-key",
        ending=[{"type": "message_stop"}],
    ),
    "gemini": Spoken(
        component=gemini.COMPONENT,
        dialect=gemini.GeminiDialect(gemini.GeminiOptions()),
        words="candidates modelVersion content finishReason parts text thought functionCall args name error code "
        "message usageMetadata promptTokenCount promptFeedback blockReason logprobsResult chosenCandidates",
        place="/v1beta/models/made-up:",
        header="x-goog-api-key",
        root="/v1beta",
    ),
    "ollama": Spoken(
        component=ollama.COMPONENT,
        dialect=ollama.OllamaDialect(ollama.OllamaOptions()),
        words="model message done done_reason prompt_eval_count eval_count content tool_calls function name arguments "
        "error logprobs token logprob",
        place="/api/chat",
        header="authorization",
        ending=[{"done": True, "message": {}}],
    ),
}
EVERY = pytest.mark.parametrize("spoken", SPOKEN.values(), ids=SPOKEN.keys())


@EVERY
@given(data=st.data())
def test_whatever_is_answered_is_a_completion_or_a_complaint(spoken: Spoken, data: st.DataObject) -> None:
    """Never another exception, nor for a complaint."""
    answer = data.draw(answers(spoken.words.split()))

    assert is_answer_or_complaint(lambda: spoken.dialect.completion(answer))
    assert isinstance(spoken.dialect.complaint(answer), str)


@EVERY
@given(data=st.data())
def test_whatever_is_streamed_is_a_completion_or_a_complaint(spoken: Spoken, data: st.DataObject) -> None:
    """In whichever order it comes."""
    pieces = data.draw(st.lists(answers(spoken.words.split()), max_size=6))

    assert is_answer_or_complaint(lambda: streamed(spoken.dialect, [*pieces, *spoken.ending]))


@EVERY
@pytest.mark.parametrize("stream", [False, True])
async def test_a_service_is_asked(spoken: Spoken, *, stream: bool) -> None:
    """With the key in its header; its answer is a completion, and says when it began where it is streamed."""
    said = Said(text="Off by one.", tool="look_up", arguments={"a": 1})
    request = a_completion_request("Why?", model="", tools=(TOOL,))

    with FaultServer(says=lambda _asked: said) as server:
        completion = (await spoken.at(server, stream=stream).ask(request)).completion

    assert (completion.text, completion.finish_reason) == ("Off by one.", "tool_calls")
    assert completion.tool_calls[0].arguments == {"a": 1}
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (20, 7)
    assert (completion.first_token is not None) == stream
    [asked] = server.asked
    assert asked.path.startswith(spoken.place)
    assert asked.headers[spoken.header].removeprefix("Bearer ") == "made-up-key"
    assert "made-up-key" not in asked.path
    assert b"made-up-key" not in asked.body


@EVERY
@pytest.mark.parametrize(
    ("delivery", "error"),
    [
        (Delivery(status=429), RateLimitedError),
        (Delivery(status=500), BackendUnavailableError),
        (Delivery(status=401), BackendRefusedError),
        (FAULTS["wrong-shape"](), UnreadableAnswerError),
        (Delivery(stream_failure="overloaded half-way"), BackendUnavailableError),
    ],
)
async def test_failures_are_told_in_the_services_words(
    spoken: Spoken, delivery: Delivery, error: type[Exception]
) -> None:
    """Whether they come at once or half-way."""
    with (
        FaultServer(script=lambda _asked: delivery) as server,
        pytest.raises(error, match=r"made up|half|gave|is no"),
    ):
        await spoken.at(server, stream=bool(delivery.stream_failure)).ask(a_completion_request("Why?", model=""))


@pytest.mark.parametrize("options", [OpenAIOptions, anthropic.AnthropicOptions, gemini.GeminiOptions])
def test_the_usual_key_goes_to_the_usual_address_alone(options: type[HostedOptions]) -> None:
    """Somebody else's server never gets it unasked."""

    def secret_of(said: Mapping[str, object]) -> str | None:
        return options.model_validate(said).secret

    assert secret_of({}) == options.usual_variable
    assert secret_of({"base_url": "https://example.invalid"}) is None
    assert secret_of({"secret": None}) is None
    assert secret_of({"secret": "OTHER"}) == "OTHER"
    with pytest.raises(ValidationError, match="valid dictionary"):
        options.model_validate("no mapping")
