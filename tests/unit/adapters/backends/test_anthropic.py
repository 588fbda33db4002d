"""Anthropic's messages: what is sent, and what is read."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.adapters.backends.anthropic import AnthropicDialect, AnthropicOptions
from passmuster.adapters.backends.anthropic_message import ANSWER_TOOL, completion_of
from passmuster.domain.answers import CompletionRequest, Sampling, ToolCall, ToolDefinition
from passmuster.domain.endpoints import Allowance
from passmuster.domain.values import Usage
from passmuster.services.errors import ReportedError

from .asking import asking
from .odd_answers import streamed

SCHEMA = {
    "type": "object",
    "properties": {"agent": {"type": ["string", "null"], "enum": ["a", None]}, "confidence": {"type": "number"}},
    "required": ["agent", "confidence"],
    "additionalProperties": False,
}
TOOL = ToolDefinition(name="look_up", description="Looks things up.", parameters={"type": "object"})
MESSAGE = {
    "type": "message",
    "model": "claude-made-up",
    "content": [{"type": "text", "text": "Off by "}, {"type": "text", "text": "one."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 5},
}


def dialect_of(**options: object) -> AnthropicDialect:
    return AnthropicDialect(AnthropicOptions.model_validate({"model": "claude-made-up", **options}))


def sent(request: CompletionRequest, **options: object) -> dict[str, Any]:
    return dict(dialect_of(**options).payload(request))


def test_a_conversation_is_sent_with_the_system_prompt_apart() -> None:
    """And nothing that nobody asked for."""
    assert sent(asking()) == {
        "model": "claude-made-up",
        "max_tokens": 4096,
        "system": "You debug.",
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi."},
            {"role": "user", "content": "Why?"},
        ],
    }


def test_sampling_is_sent_in_the_services_words() -> None:
    """But for the seed, which it does not know, and the repetition, which is ours."""
    sampling = Sampling(temperature=0.5, maximum_tokens=9, top_p=0.9, seed=3, stop=("END",))

    payload = sent(asking(sampling=sampling, repetition=4))

    told = {key: payload[key] for key in ("max_tokens", "temperature", "top_p", "stop_sequences")}
    assert told == {"max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["END"]}
    assert "4" not in json.dumps(payload)
    assert "seed" not in payload


def test_tools_are_told_and_one_can_be_required() -> None:
    """By the service's own choice of a tool."""
    payload = sent(asking(tools=(TOOL,), required_tool="look_up"))

    assert payload["tools"] == [
        {"name": "look_up", "description": "Looks things up.", "input_schema": {"type": "object"}}
    ]
    assert payload["tool_choice"] == {"type": "tool", "name": "look_up"}
    assert "tool_choice" not in sent(asking(tools=(TOOL,)))


def test_a_schema_is_kept_by_structured_outputs() -> None:
    """In the part of JSON Schema that the service takes."""
    output = sent(asking(answer_schema=SCHEMA), effort="low")["output_config"]

    assert output["effort"] == "low"
    assert output["format"]["type"] == "json_schema"
    assert output["format"]["schema"]["properties"]["agent"] == {"enum": ["a", None]}


def test_a_schema_can_be_kept_by_a_forced_call() -> None:
    """Whose arguments are then the answer, and no call."""
    payload = sent(asking(answer_schema=SCHEMA), json="tool")
    call = {"type": "tool_use", "id": "1", "name": ANSWER_TOOL, "input": {"agent": "ä", "confidence": 1}}

    completion = completion_of(MESSAGE | {"content": [*MESSAGE["content"], call], "stop_reason": "tool_use"})

    assert payload["tools"][0]["input_schema"] == SCHEMA
    assert payload["tool_choice"] == {"type": "tool", "name": ANSWER_TOOL}
    assert (completion.text, completion.finish_reason) == ('{"agent": "ä", "confidence": 1}', "stop")
    assert completion.tool_calls == ()
    assert sent(asking(answer_schema=SCHEMA, tools=(TOOL,)), json="tool")["tool_choice"] == {"type": "any"}


def test_a_schema_can_be_kept_by_words() -> None:
    """For models that nothing else holds to one."""
    payload = sent(asking(answer_schema=SCHEMA), json="prompt")

    assert payload["system"].startswith("You debug.\n\nAnswer with one JSON value")
    assert "output_config" not in payload


def test_the_system_prompt_can_be_kept_by_the_service() -> None:
    """Which changes no answer, and so no fingerprint."""
    payload = sent(asking(), cache_prompt=True)

    assert payload["system"] == [{"type": "text", "text": "You debug.", "cache_control": {"type": "ephemeral"}}]
    plain, cached = AnthropicOptions(), AnthropicOptions(cache_prompt=True)
    assert plain.model_dump() == cached.model_dump()


@pytest.mark.parametrize(
    ("thinking", "told"),
    [(2048, {"type": "enabled", "budget_tokens": 2048}), ("adaptive", {"type": "adaptive"})],
)
def test_thinking_is_asked_for(thinking: object, told: Mapping[str, object]) -> None:
    """By a number of tokens, or as the model likes."""
    assert sent(asking(), thinking=thinking)["thinking"] == told


def test_headers_bear_key_and_version() -> None:
    """The key stands in a header, and nowhere else."""
    headers = dialect_of(betas=["one", "two"]).headers("the key")

    assert headers == {"anthropic-version": "2023-06-01", "x-api-key": "the key", "anthropic-beta": "one,two"}
    assert "x-api-key" not in dialect_of().headers(None)


def test_a_message_is_a_completion() -> None:
    """With what was taken from the cache, and put into it, counted among what was read."""
    usage = {
        "input_tokens": 10,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 1000,
        "output_tokens": 50,
        "output_tokens_details": {"thinking_tokens": 40},
    }
    blocks = [
        {"type": "thinking", "thinking": "Hm."},
        *MESSAGE["content"],
        {"type": "tool_use", "id": "1", "name": "look_up", "input": {"a": 1}},
    ]

    completion = completion_of(MESSAGE | {"usage": usage, "content": blocks, "stop_reason": "tool_use"})

    assert (completion.text, completion.model, completion.finish_reason) == (
        "Off by one.",
        "claude-made-up",
        "tool_calls",
    )
    assert completion.tool_calls == (ToolCall(identifier="1", name="look_up", arguments={"a": 1}),)
    assert completion.usage == Usage(
        input_tokens=1110, output_tokens=50, cached_tokens=100, cache_written_tokens=1000, reasoning_tokens=40
    )


@pytest.mark.parametrize(
    ("reason", "finished"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("pause_turn", "pause_turn"),
        (None, "stop"),
    ],
)
def test_reasons_have_the_names_that_all_backends_use(reason: str | None, finished: str) -> None:
    """A new one keeps its own."""
    assert completion_of(MESSAGE | {"stop_reason": reason}).finish_reason == finished


def test_a_stream_gives_what_the_whole_message_would() -> None:
    """Counts are totals so far; events of unknown kinds are passed over."""
    pieces = [
        {"type": "message_start", "message": {"model": "m", "content": [], "usage": {"input_tokens": 3}}},
        {"type": "ping"},
        {"type": "of the future", "index": "?"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Off "}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "by one."}},
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "tool_use", "id": "t", "name": "n", "input": {}},
        },
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": '{"a"'}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ": 1}"}},
        {"type": "content_block_stop", "index": 2},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": 7, "input_tokens": None},
        },
        {"type": "message_stop"},
    ]

    completion = streamed(dialect_of(), pieces)

    assert (completion.text, completion.model, completion.finish_reason) == ("Off by one.", "m", "tool_calls")
    assert completion.tool_calls == (ToolCall(identifier="t", name="n", arguments={"a": 1}),)
    assert completion.usage == Usage(input_tokens=3, output_tokens=7)


def test_a_stream_that_breaks_off_is_no_answer() -> None:
    """However much of it came."""
    with pytest.raises(ValueError, match="no message_stop"):
        streamed(dialect_of(), [{"type": "message_start", "message": MESSAGE}])


@pytest.mark.parametrize(
    ("kind", "status"),
    [("overloaded_error", 529), ("rate_limit_error", 429), ("invalid_request_error", 400), ("?", 500)],
)
def test_an_error_in_the_middle_of_a_stream_has_its_status(kind: str, status: int) -> None:
    """As if it had come at once."""
    with pytest.raises(ReportedError) as caught:
        streamed(dialect_of(), [{"type": "error", "error": {"type": kind, "message": "No."}}])

    assert (caught.value.status, caught.value.sentence) == (status, f"No. ({kind})")


@pytest.mark.parametrize(
    ("headers", "allowance"),
    [
        ({}, Allowance()),
        (
            {
                "date": "Mon, 23 Nov 2026 12:00:00 GMT",
                "anthropic-ratelimit-requests-remaining": "49",
                "anthropic-ratelimit-requests-reset": "2026-11-23T12:00:30Z",
                "anthropic-ratelimit-tokens-remaining": "39000",
                "anthropic-ratelimit-tokens-reset": "2026-11-23T11:00:00Z",
            },
            Allowance(requests=49, tokens=39_000, requests_reset=30.0, tokens_reset=0.0),
        ),
        ({"anthropic-ratelimit-requests-reset": "soon", "date": "today"}, Allowance()),
        ({"anthropic-ratelimit-requests-remaining": "-1" * 99}, Allowance()),
        (
            {"anthropic-ratelimit-requests-reset": "2026-11-23T12:00:30", "date": "Mon, 23 Nov 2026 12:00:00 GMT"},
            Allowance(),
        ),
    ],
)
def test_limits_are_read_from_headers(headers: Mapping[str, str], allowance: Allowance) -> None:
    """Moments are told from the answer's own date, so that no clock needs to be right."""
    assert dialect_of().allowance(headers) == allowance


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"type": "error", "error": {"type": "not_found_error", "message": "model: x"}}, "model: x (not_found_error)"),
        ({"error": {"message": "alone"}}, "alone"),
        ({"error": {"type": "api_error", "message": "No."}, "request_id": "req_1"}, "No. (api_error, req_1)"),
        ({"detail": "a proxy's"}, "a proxy's"),
        (["?"], "?"),
        (None, ""),
    ],
)
def test_complaints_are_read(body: object, sentence: str) -> None:
    """Also those of whatever stands between."""
    assert dialect_of().complaint(body) == sentence


@pytest.mark.parametrize(
    "options",
    [
        {"maximum_tokens": None},
        {"thinking": 100},
        {"thinking": 8_000},
        {"thinking": "a lot"},
        {"json": "xml"},
        {"secret": "sk-1234567890"},
        {"key": "x"},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """Before anything is sent."""
    with pytest.raises(ValidationError):
        AnthropicOptions.model_validate({"model": "m", **options})
