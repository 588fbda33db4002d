"""The Responses API, where it differs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from passmuster.adapters.backends.openai_compatible import dialect_of
from passmuster.adapters.backends.openai_options import OpenAIOptions
from passmuster.adapters.backends.openai_responses import ResponsesDialect, StreamedResponse, completion_of
from passmuster.domain.answers import Completion, Sampling, TokenProbability, ToolCall, ToolDefinition
from passmuster.domain.errors import BackendRefusedError
from passmuster.domain.values import Usage
from passmuster.services.errors import ReportedError
from passmuster.testing.factories import a_completion_request

from .odd_answers import answers, is_answer_or_complaint, streamed

SCHEMA: dict[str, object] = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
TOOL = ToolDefinition(name="choose", description="Chooses.", parameters={"type": "object"})
WORDS = [
    "output",
    "content",
    "type",
    "message",
    "usage",
    "error",
    "status",
    "response",
    "response.completed",
    "logprobs",
]


def dialect(**options: object) -> ResponsesDialect:
    said = {"base_url": "https://example.invalid/v1", "model": "tiny", "api": "responses", **options}
    made = dialect_of(OpenAIOptions.model_validate(said))
    assert isinstance(made, ResponsesDialect)
    return made


def message(*contents: Mapping[str, object]) -> dict[str, object]:
    return {"type": "message", "role": "assistant", "content": list(contents)}


def response(*output: Mapping[str, object], **changes: object) -> dict[str, object]:
    return {"model": "tiny-1", "status": "completed", "output": list(output), **changes}


def test_a_request_is_put_in_its_own_words() -> None:
    """Nothing is kept on the service's side, and a seed is not known there."""
    sampling = Sampling(temperature=0.5, top_p=0.9, maximum_tokens=100, seed=7)
    request = a_completion_request("hello", model="", sampling=sampling, wants_probabilities=True, answer_schema=SCHEMA)

    sent = dialect(stream=True).payload(request)

    assert sent["input"][-1] == {"role": "user", "content": "hello"}  # type: ignore[index] # JSON
    assert {name: value for name, value in sent.items() if name != "input"} == {
        "model": "tiny",
        "store": False,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_output_tokens": 100,
        "include": ["message.output_text.logprobs"],
        "text": {"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}},
        "stream": True,
    }


def test_tools_are_flat_and_say_whether_they_are_strict() -> None:
    """The service would take it for granted otherwise."""
    sent = dialect(json="object").payload(
        a_completion_request("hello", tools=(TOOL,), required_tool="choose", answer_schema=SCHEMA)
    )

    assert sent["tools"] == [
        {
            "type": "function",
            "name": "choose",
            "description": "Chooses.",
            "parameters": TOOL.parameters,
            "strict": False,
        }
    ]
    assert sent["tool_choice"] == {"type": "function", "name": "choose"}
    assert sent["text"] == {"format": {"type": "json_object"}}


def test_texts_to_stop_at_are_refused() -> None:
    """An answer that went on beyond them would be another one than was asked for."""
    with pytest.raises(BackendRefusedError, match="cannot stop at a text"):
        dialect().payload(a_completion_request("hello", model="", sampling=Sampling(stop=("END",))))


def test_on_azure_it_belongs_to_no_deployment() -> None:
    """The deployment is named as the model."""
    azure = {"deployment": "mine", "api_version": "2025-03-01-preview"}
    made = dialect(azure=azure, model="")

    assert made.path(a_completion_request(model="")) == "/openai/responses?api-version=2025-03-01-preview"
    assert made.payload(a_completion_request(model=""))["model"] == "mine"


def test_a_whole_answer_is_read() -> None:
    """Text of all messages, calls, probabilities, usage; thoughts are passed over."""
    text = {"type": "output_text", "text": "ab", "logprobs": [{"token": "ab", "logprob": -0.5}]}
    call = {"type": "function_call", "call_id": "call_1", "name": "choose", "arguments": "{}"}
    usage = {
        "input_tokens": 10,
        "output_tokens": 5,
        "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 1},
        "output_tokens_details": {"reasoning_tokens": 3},
    }

    assert completion_of(response({"type": "reasoning"}, message(text), call, usage=usage)) == Completion(
        text="ab",
        finish_reason="tool_calls",
        model="tiny-1",
        tokens=(TokenProbability(token="ab", log_probability=-0.5),),  # noqa: S106 - a word
        tool_calls=(ToolCall(identifier="call_1", name="choose", arguments={}),),
        usage=Usage(input_tokens=10, output_tokens=5, cached_tokens=8, cache_written_tokens=1, reasoning_tokens=3),
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "stop"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter"),
        ({"status": "incomplete"}, "length"),
    ],
)
def test_why_an_answer_ended_is_told_in_the_usual_words(changes: dict[str, object], reason: str) -> None:
    """As chat completions tell it."""
    answer = response(message({"type": "output_text", "text": "a"}), **changes)

    assert completion_of(answer).finish_reason == reason


def test_a_refusal_is_what_the_model_said() -> None:
    """And not a failure of the service."""
    completion = completion_of(response(message({"type": "refusal", "refusal": "I cannot."})))

    assert (completion.text, completion.finish_reason) == ("I cannot.", "content_filter")


@pytest.mark.parametrize(
    ("error", "status"),
    [({"code": "server_error", "message": "oh"}, 500), ({"code": "rate_limit_exceeded", "message": "oh"}, 429)],
)
def test_a_failed_response_is_a_failure(error: dict[str, object], status: int) -> None:
    """Whole, and at the end of a stream."""
    failed = response(status="failed", error=error)
    stream = StreamedResponse()
    stream.feed("response.failed", json.dumps({"type": "response.failed", "response": failed}))

    for read in (lambda: completion_of(failed), stream.completion):
        with pytest.raises(ReportedError, match="oh") as caught:
            read()
        assert caught.value.status == status


def fed(*events: Mapping[str, Any]) -> tuple[StreamedResponse, list[bool]]:
    stream = StreamedResponse()
    return stream, [stream.feed(event["type"], json.dumps(event)) for event in events]


def test_a_stream_ends_with_the_whole_answer() -> None:
    """Pieces before it only tell when it began."""
    whole = response(message({"type": "output_text", "text": "ab"}))

    stream, told = fed(
        {"type": "response.created", "response": {}},
        {"type": "response.output_text.delta", "delta": "a"},
        {"type": "response.completed", "response": whole},
    )

    assert told == [False, True, False]
    assert stream.completion() == completion_of(whole)


def test_half_a_stream_is_no_answer() -> None:
    """And an error within it is one."""
    stream, _ = fed({"type": "response.output_text.delta", "delta": "a"})

    with pytest.raises(ValueError, match="broke off"):
        stream.completion()
    with pytest.raises(ReportedError, match="oh"):
        fed({"type": "error", "message": "oh"})


@given(answers(WORDS))
def test_any_json_is_an_answer_or_a_complaint(answer: object) -> None:
    """Never another exception."""
    for whole in (answer, {"output": answer}, {"output": [{"type": "message", "content": answer}]}):
        assert is_answer_or_complaint(lambda whole=whole: completion_of(whole))
    assert is_answer_or_complaint(lambda: streamed(dialect(), [answer]))


def test_azure_is_asked_for_its_deployment() -> None:
    """It knows no models; the model's name is for prices."""
    azure = {"deployment": "mine", "api_version": "2025-03-01-preview"}

    assert dialect(azure=azure, model="gpt-5").payload(a_completion_request("hello", model=""))["model"] == "mine"


def test_further_settings_of_the_text_leave_its_form() -> None:
    """One of them does not cost the schema."""
    request = a_completion_request("hello", model="", answer_schema=SCHEMA)

    sent: Any = dialect(extra_body={"text": {"verbosity": "low"}}).payload(request)

    assert sent["text"]["verbosity"] == "low"
    assert sent["text"]["format"]["schema"] == SCHEMA
