"""What is sent to services of OpenAI's kind, and what is read from them."""

import json
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from passmuster.adapters.backends.openai_compatible import COMPONENT, ChatDialect, StreamedChat, completion_of
from passmuster.adapters.backends.openai_options import OpenAIOptions, allowance_of, is_strict, seconds_in
from passmuster.domain.answers import (
    Completion,
    CompletionRequest,
    Sampling,
    TokenProbability,
    ToolCall,
    ToolDefinition,
)
from passmuster.domain.cases import Message, Role
from passmuster.domain.endpoints import Allowance
from passmuster.domain.values import Usage
from passmuster.services.errors import ReportedError

from .odd_answers import answers, is_answer_or_complaint, streamed

SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {"agent": {"type": ["string", "null"], "enum": ["a", None]}},
    "required": ["agent"],
    "additionalProperties": False,
}
TOOL = ToolDefinition(name="choose", description="Chooses.", parameters=SCHEMA)
SYSTEM = Message(role=Role.SYSTEM, content="You choose.")
TURNS = (
    SYSTEM,
    Message(role=Role.USER, content="Hello"),
    Message(role=Role.ASSISTANT, content="Hi."),
    Message(role=Role.USER, content="Which?"),
)
SAID = [
    {"role": "system", "content": "You choose."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Hi."},
    {"role": "user", "content": "Which?"},
]
WORDS = ["choices", "message", "content", "tool_calls", "function", "arguments", "usage", "error", "delta", "logprobs"]
FIRST, SECOND = (TokenProbability(token=name, log_probability=value) for name, value in (("a", -0.5), ("b", 0.0)))


def dialect(**options: object) -> ChatDialect:
    return ChatDialect(options_of(**options))


def options_of(**options: object) -> OpenAIOptions:
    return OpenAIOptions.model_validate({"base_url": "https://example.invalid/v1", "model": "tiny", **options})


def request_of(**changes: Any) -> CompletionRequest:  # noqa: ANN401 - any field of a request
    return CompletionRequest(messages=TURNS, **changes)


def answer_of(message: object, **changes: object) -> dict[str, object]:
    return {"model": "tiny-1", "choices": [{"message": message, "finish_reason": "stop", **changes}]}


# ---- what is sent


def test_nothing_is_sent_that_nobody_asked_for() -> None:
    """The model and the conversation; settings that are not given are the service's."""
    assert dialect().payload(request_of()) == {"model": "tiny", "messages": SAID}


def test_every_setting_is_sent() -> None:
    """In the service's own words."""
    sampling = Sampling(temperature=0.5, top_p=0.9, maximum_tokens=100, seed=7, stop=("END",))

    sent = dialect(stream=True).payload(request_of(sampling=sampling, wants_probabilities=True, model="other"))

    assert sent == {
        "model": "other",
        "messages": SAID,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "stop": ["END"],
        "max_completion_tokens": 100,
        "logprobs": True,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_older_services_are_told_the_length_in_their_words() -> None:
    """The option's limit holds where the request has none."""
    sent = dialect(length_field="max_tokens", maximum_tokens=9).payload(request_of())

    assert sent["max_tokens"] == 9
    assert "max_completion_tokens" not in sent


def test_a_repetition_shows_as_a_seed_at_the_most() -> None:
    """And only where that is wanted."""
    plain, varied = dialect(), dialect(vary_seed=True)
    request = request_of(repetition=3, sampling=Sampling(seed=7))

    assert plain.payload(request) == plain.payload(request_of(sampling=Sampling(seed=7)))
    assert varied.payload(request)["seed"] == 10
    assert varied.payload(request_of(repetition=3))["seed"] == 3


def test_probabilities_are_asked_for_only_where_they_may_be() -> None:
    """Models that think refuse it."""
    assert "logprobs" not in dialect(probabilities=False).payload(request_of(wants_probabilities=True))


def test_a_schema_is_held_to_by_the_service() -> None:
    """Strictly where its strict mode takes it."""
    loose = {"type": "object", "properties": {"a": {"type": "string"}}}

    strict, best = (
        dialect().payload(request_of(answer_schema=schema))["response_format"] for schema in (SCHEMA, loose)
    )

    assert strict == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
    }
    assert best == {"type": "json_schema", "json_schema": {"name": "answer", "schema": loose, "strict": False}}


@pytest.mark.parametrize(("form", "sent"), [("object", {"type": "json_object"}), ("prompt", None)])
def test_a_schema_is_told_in_words_where_the_service_knows_none(form: str, sent: object) -> None:
    """In the system prompt, which is made where there is none."""
    with_prompt = dialect(json=form).payload(request_of(answer_schema=SCHEMA))
    without = dialect(json=form).payload(CompletionRequest(messages=TURNS[1:], answer_schema=SCHEMA))

    assert with_prompt.get("response_format") == sent
    first, made = (payload["messages"][0] for payload in (with_prompt, without))  # type: ignore[index] # JSON
    assert first["role"] == made["role"] == "system"
    assert first["content"].startswith("You choose.\n\n")
    assert '"additionalProperties": false' in made["content"]
    assert with_prompt["messages"][1:] == SAID[1:]  # type: ignore[index] # JSON


def test_an_empty_system_prompt_is_left_out() -> None:
    """Some services refuse empty messages; an agent may have no instructions."""
    messages = (Message(role=Role.SYSTEM, content=""), Message(role=Role.USER, content=""))

    sent = dialect().payload(CompletionRequest(messages=messages))

    assert sent["messages"] == [{"role": "user", "content": ""}]


def test_tools_are_offered_and_one_may_be_required() -> None:
    """As functions."""
    function = {"name": "choose", "description": "Chooses.", "parameters": SCHEMA}

    free = dialect().payload(request_of(tools=(TOOL,)))
    forced = dialect().payload(request_of(tools=(TOOL,), required_tool="choose"))

    assert free["tools"] == forced["tools"] == [{"type": "function", "function": function}]
    assert "tool_choice" not in free
    assert forced["tool_choice"] == {"type": "function", "function": {"name": "choose"}}


def test_further_fields_are_sent_as_they_are_written() -> None:
    """They win over ours."""
    sent = dialect(extra_body={"temperature": 1, "top_k": 5}).payload(request_of(sampling=Sampling(temperature=0)))

    assert (sent["temperature"], sent["top_k"]) == (1, 5)


def test_azure_has_a_place_and_a_header_of_its_own() -> None:
    """The deployment stands in the address, and stands for the model where nobody names one."""
    azure = {"deployment": "my model/4", "api_version": "2024-10-21"}
    options = {"base_url": "https://mine.example.invalid", "azure": azure, "model": ""}
    request = request_of()

    assert dialect(**options).path(request) == (
        "/openai/deployments/my%20model%2F4/chat/completions?api-version=2024-10-21"
    )
    assert dialect(**options).headers("k3y") == {"api-key": "k3y"}
    assert dialect(**options).payload(request)["model"] == "my model/4"
    assert dialect().path(request) == "/chat/completions"
    assert dialect().headers("k3y") == {"authorization": "Bearer k3y"}
    assert dialect().headers(None) == {}


@pytest.mark.parametrize(
    ("schema", "is_so"),
    [
        (SCHEMA, True),
        ({"type": "string"}, True),
        ({"type": "array", "items": SCHEMA}, True),
        ({"type": "object"}, False),
        ({**SCHEMA, "required": []}, False),
        ({**SCHEMA, "additionalProperties": True}, False),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({"oneOf": [SCHEMA]}, False),
        ({"anyOf": [SCHEMA, {"type": "null"}]}, True),
    ],
)
def test_strict_mode_is_asked_for_where_it_is_had(schema: object, *, is_so: bool) -> None:
    """A schema that it refuses would be a refused request."""
    assert is_strict(schema) is is_so


# ---- what is read


def test_a_whole_answer_is_read() -> None:
    """Text, tools, probabilities, and what was consumed."""
    tokens = [{"token": "a", "logprob": -0.5, "bytes": None}, {"token": "b", "logprob": 0}]
    call = {"id": "call_1", "function": {"name": "choose", "arguments": '{"agent": "a"}'}}
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    answer = answer_of({"content": "ab", "tool_calls": [call]}, logprobs={"content": tokens}) | {"usage": usage}

    assert completion_of(answer) == Completion(
        text="ab",
        model="tiny-1",
        tokens=(FIRST, SECOND),
        tool_calls=(ToolCall(identifier="call_1", name="choose", arguments={"agent": "a"}),),
        usage=Usage(input_tokens=10, output_tokens=5, cached_tokens=8, cache_written_tokens=2, reasoning_tokens=3),
    )


@pytest.mark.parametrize(
    ("message", "text", "reason"),
    [
        ({"content": None, "refusal": "I cannot."}, "I cannot.", "content_filter"),
        ({"content": None, "tool_calls": []}, "", "stop"),
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab", "stop"),
        ({"content": "a", "reasoning_content": "hm"}, "a", "stop"),
    ],
)
def test_odd_answers_are_answers(message: object, text: str, reason: str) -> None:
    """A refusal is what the model said; thoughts are no part of the answer."""
    completion = completion_of(answer_of(message))

    assert (completion.text, completion.finish_reason) == (text, reason)


@pytest.mark.parametrize("answer", [{}, [], {"choices": []}, {"choices": [{}]}, {"choices": [{"message": "a"}]}])
def test_what_is_no_answer_is_said(answer: object) -> None:
    """It is not taken for silence."""
    with pytest.raises(ValueError, match="gave"):
        completion_of(answer)


def test_an_error_with_a_good_status_is_an_error() -> None:
    """As those send it who pass requests on."""
    with pytest.raises(ReportedError, match="no credits") as caught:
        completion_of({"error": {"message": "no credits", "code": 402}})

    assert caught.value.status == 402


@given(answers(WORDS))
def test_any_json_is_an_answer_or_a_complaint(answer: object) -> None:
    """Never another exception, neither whole nor as a piece, nor for a complaint."""
    assert is_answer_or_complaint(lambda: completion_of(answer))
    assert is_answer_or_complaint(lambda: completion_of({"choices": [{"message": answer, "logprobs": answer}]}))
    assert is_answer_or_complaint(lambda: streamed(dialect(), [answer, {"choices": [{"delta": answer}]}]))
    assert isinstance(dialect().complaint(answer), str)


def pieces_of(*choices: object, **last: object) -> list[str]:
    return [json.dumps({"model": "tiny-1", "choices": [choice]}) for choice in choices] + (
        [json.dumps({"choices": [], **last})] if last else []
    )


def test_a_streamed_answer_is_put_together() -> None:
    """Text, calls in pieces, probabilities, and the usage of the last piece, which has no choices."""
    stream = StreamedChat()
    token = {"content": [{"token": "a", "logprob": -0.5}]}
    pieces = pieces_of(
        {"delta": {"role": "assistant", "content": ""}},
        {"delta": {"content": "a"}, "logprobs": token},
        {"delta": {"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": "choose", "arguments": ""}}]}},
        {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '{"agent"'}}]}},
        {"delta": {"tool_calls": [{"index": 0, "function": {"arguments": ': "a"}'}}]}},
        {"delta": {}, "finish_reason": "tool_calls"},
        usage={"prompt_tokens": 10, "completion_tokens": 5},
    )

    told = [stream.feed("message", piece) for piece in [*pieces, "[DONE]"]]

    assert told == [False, True, True, True, True, False, False, False]
    assert stream.completion() == Completion(
        text="a",
        finish_reason="tool_calls",
        model="tiny-1",
        tokens=(FIRST,),
        tool_calls=(ToolCall(identifier="call_1", name="choose", arguments={"agent": "a"}),),
        usage=Usage(input_tokens=10, output_tokens=5),
    )


def test_a_thought_is_the_first_piece_too() -> None:
    """The model has begun."""
    assert StreamedChat().feed("message", pieces_of({"delta": {"reasoning_content": "hm"}})[0])


def test_half_a_stream_is_no_answer() -> None:
    """Nobody said that it was over."""
    stream = StreamedChat()
    stream.feed("message", pieces_of({"delta": {"content": "a"}})[0])

    with pytest.raises(ValueError, match="broke off"):
        stream.completion()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("120ms", 0.12),
        ("1h2m3.5s", 3_723.5),
        ("1d", 86_400.0),
        ("2m59.56s", 179.56),
        ("17", 17.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 50, None),
    ],
)
def test_durations_are_read(text: str, seconds: float | None) -> None:
    """As OpenAI, Groq and others write them."""
    assert seconds_in(text) == pytest.approx(seconds)


def test_limits_are_read_from_headers() -> None:
    """What is not said, or is nonsense, is not known."""
    headers = {
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-remaining-tokens": "many",
        "x-ratelimit-reset-requests": "1s",
    }

    assert allowance_of(headers) == Allowance(requests=59, requests_reset=1.0)
    assert allowance_of({}) == Allowance()


# ---- options


@pytest.mark.parametrize(
    "options",
    [
        {"azure": {"deployment": "a", "api_version": "1"}, "base_url": "https://api.openai.com/v1"},
        {"azure": {"deployment": "a"}},
        {"api": "assistants"},
        {"json": "yaml"},
        {"maximum_tokens": 0},
        {"extra_body": {"max_tokens": 5}},
        {"misspelt": 1},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """Before anything is asked."""
    with pytest.raises(ValidationError):
        options_of(**options)


def test_what_changes_no_answer_is_in_no_fingerprint() -> None:
    """Limits, streaming, whose key and whose prices."""
    other = options_of(secret="KEY", stream=True, provider="mine", limits={"attempts": 1})  # noqa: S106 - a name

    assert options_of().model_dump(mode="json") == other.model_dump(mode="json")
    assert options_of().model_dump(mode="json") != options_of(json="prompt").model_dump(mode="json")


def test_a_service_repeats_itself_only_if_the_suite_says_so() -> None:
    """Nobody can tell from outside."""
    answers = [COMPONENT.is_deterministic(options_of(**more)) for more in ({}, {"deterministic": True})]

    assert answers == [False, True]
