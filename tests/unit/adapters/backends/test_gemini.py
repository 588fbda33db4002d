"""Google's contents: what is sent, and what is read."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.adapters.backends.gemini import COMPONENT, GeminiDialect, GeminiOptions
from passmuster.adapters.backends.gemini_content import completion_of
from passmuster.components import BuildContext
from passmuster.domain.answers import CompletionRequest, Sampling, TokenProbability, ToolCall, ToolDefinition
from passmuster.domain.endpoints import Allowance
from passmuster.domain.errors import RateLimitedError
from passmuster.domain.values import Usage
from passmuster.ports import LiveBackend
from passmuster.services.errors import ReportedError
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import Delivery

from .asking import asking
from .odd_answers import streamed

SCHEMA = {
    "type": "object",
    "properties": {
        "agent": {"type": ["string", "null"], "enum": ["a", None]},
        "confidence": {"type": "number", "minimum": 0},
        "reasons": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
    },
    "required": ["agent"],
    "additionalProperties": False,
}
TOOL = ToolDefinition(name="look_up", description="Looks things up.", parameters=SCHEMA)
CANDIDATE = {"content": {"role": "model", "parts": [{"text": "Off by "}, {"text": "one."}]}, "finishReason": "STOP"}
ANSWER = {"candidates": [CANDIDATE], "modelVersion": "gemini-made-up-001"}


def dialect_of(**options: object) -> GeminiDialect:
    return GeminiDialect(GeminiOptions.model_validate({"model": "gemini-made-up", **options}))


def sent(request: CompletionRequest, **options: object) -> dict[str, Any]:
    return dict(dialect_of(**options).payload(request))


def test_a_conversation_is_sent_with_the_system_prompt_apart() -> None:
    """And nothing that nobody asked for."""
    assert sent(asking()) == {
        "systemInstruction": {"parts": [{"text": "You debug."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hello"}]},
            {"role": "model", "parts": [{"text": "Hi."}]},
            {"role": "user", "parts": [{"text": "Why?"}]},
        ],
    }


def test_sampling_is_sent_in_the_services_words() -> None:
    """A repetition shows as a seed, where that is wanted, and nowhere else."""
    sampling = Sampling(temperature=0.5, maximum_tokens=9, top_p=0.9, seed=3, stop=("END",))
    told = {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 9, "stopSequences": ["END"], "seed": 3}

    assert sent(asking(sampling=sampling, repetition=4))["generationConfig"] == told
    assert sent(asking(sampling=sampling, repetition=4), vary_seed=True)["generationConfig"] == told | {"seed": 7}


def test_tools_are_told_and_one_can_be_required() -> None:
    """By the mode that calls one of them for sure."""
    payload = sent(asking(tools=(TOOL,), required_tool="look_up"))

    [declaration] = payload["tools"][0]["functionDeclarations"]
    assert (declaration["name"], declaration["parametersJsonSchema"]) == ("look_up", SCHEMA)
    assert payload["toolConfig"] == {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["look_up"]}}
    assert "toolConfig" not in sent(asking(tools=(TOOL,)))


def test_a_schema_is_kept_by_the_service() -> None:
    """Or by words, or by both."""
    request = asking(answer_schema=SCHEMA)

    strict, loose = sent(request)["generationConfig"], sent(request, json="object")
    assert strict == {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA}
    assert loose["generationConfig"] == {"responseMimeType": "application/json"}
    assert "JSON Schema" in loose["systemInstruction"]["parts"][0]["text"]
    assert "generationConfig" not in sent(request, json="prompt")


def test_older_models_get_a_schema_of_openapi() -> None:
    """With types in capital letters, and null as a property of the others."""
    request = asking(answer_schema=SCHEMA, tools=(TOOL,))

    payload = sent(request, json="openapi")

    expected = {
        "type": "OBJECT",
        "properties": {
            "agent": {"type": "STRING", "enum": ["a"], "nullable": True},
            "confidence": {"type": "NUMBER", "minimum": 0},
            "reasons": {"type": "ARRAY", "items": {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}},
        },
        "required": ["agent"],
    }
    assert payload["generationConfig"]["responseSchema"] == expected
    assert payload["tools"][0]["functionDeclarations"][0]["parameters"] == expected


@pytest.mark.parametrize(
    ("thinking", "told"), [(0, {"thinkingBudget": 0}), (-1, {"thinkingBudget": -1}), ("low", {"thinkingLevel": "low"})]
)
def test_thinking_is_asked_for(thinking: object, told: object) -> None:
    """By a number of tokens, or a level."""
    assert sent(asking(), thinking=thinking)["generationConfig"] == {"thinkingConfig": told}


def test_probabilities_are_asked_for_where_they_may_be() -> None:
    """Many models refuse the whole request otherwise."""
    request = asking(wants_probabilities=True)

    assert "generationConfig" not in sent(request)
    assert sent(request, probabilities=True)["generationConfig"] == {"responseLogprobs": True}


@pytest.mark.parametrize(
    ("model", "stream", "path"),
    [
        ("gemini-made-up", False, "/models/gemini-made-up:generateContent"),
        ("gemini-made-up", True, "/models/gemini-made-up:streamGenerateContent?alt=sse"),
        ("tunedModels/mine", False, "/tunedModels/mine:generateContent"),
        ("odd name?key=1", False, "/models/odd%20name%3Fkey%3D1:generateContent"),
    ],
)
def test_the_model_stands_in_the_path(model: str, *, stream: bool, path: str) -> None:
    """And can say nothing else there; the key stands in a header."""
    dialect = dialect_of(model=model, stream=stream)

    assert dialect.path(asking()) == path
    assert dialect.headers("the key") == {"x-goog-api-key": "the key"}
    assert dialect.headers(None) == {}
    assert dialect.allowance({}) == Allowance()


def test_a_content_is_a_completion() -> None:
    """Thoughts are no part of it, and are counted."""
    parts = [{"text": "Hm.", "thought": True}, *CANDIDATE["content"]["parts"]]  # type: ignore[index]  # it is an object
    parts.append({"functionCall": {"name": "look_up", "args": {"a": 1}}})
    chosen = [{"token": "Off by one.", "logProbability": -0.5, "tokenId": 1}]
    usage = {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 60,
        "toolUsePromptTokenCount": 5,
        "candidatesTokenCount": 10,
        "thoughtsTokenCount": 40,
    }
    candidate = CANDIDATE | {"content": {"parts": parts}, "logprobsResult": {"chosenCandidates": chosen}}

    completion = completion_of(ANSWER | {"candidates": [candidate], "usageMetadata": usage})

    assert (completion.text, completion.finish_reason, completion.model) == (
        "Off by one.",
        "tool_calls",
        "gemini-made-up-001",
    )
    assert completion.tool_calls == (ToolCall(identifier="", name="look_up", arguments={"a": 1}),)
    assert completion.tokens == (TokenProbability(token="Off by one.", log_probability=-0.5),)  # noqa: S106 - no password
    assert completion.usage == Usage(input_tokens=105, output_tokens=50, cached_tokens=60, reasoning_tokens=40)


@pytest.mark.parametrize(
    ("reason", "finished"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("MALFORMED_FUNCTION_CALL", "malformed_function_call"),
    ],
)
def test_an_answer_that_was_cut_off_is_an_answer(reason: str, finished: str) -> None:
    """Also where the filter left nothing of it: the agent wrote what it should not."""
    completion = completion_of({"candidates": [{"finishReason": reason}]})

    assert (completion.text, completion.finish_reason) == ("", finished)


def test_a_request_that_was_blocked_has_no_answer() -> None:
    """However often it is sent."""
    with pytest.raises(ReportedError, match=r"blocked \(PROHIBITED_CONTENT\)") as caught:
        completion_of({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {}})

    assert caught.value.status == 400


def test_a_stream_gives_what_the_whole_content_would() -> None:
    """Counts are totals so far."""
    pieces = [
        {"candidates": [{"content": {"parts": [{"text": "Hm.", "thought": True}]}}], "modelVersion": "m"},
        {"candidates": [{"content": {"parts": [{"text": "Off "}]}}], "usageMetadata": {"promptTokenCount": 3}},
        {
            "candidates": [{"content": {"parts": [{"text": "by one."}]}, "finishReason": "STOP"}],
            "usageMetadata": {"candidatesTokenCount": 4},
        },
    ]

    completion = streamed(dialect_of(), pieces)

    assert (completion.text, completion.model, completion.finish_reason) == ("Off by one.", "m", "stop")
    assert completion.usage == Usage(input_tokens=3, output_tokens=4)
    with pytest.raises(ValueError, match="no finishReason"):
        streamed(dialect_of(), pieces[:2])
    with pytest.raises(ReportedError, match="No") as caught:
        streamed(dialect_of(), [*pieces[:1], {"error": {"code": 503, "message": "No.", "status": "UNAVAILABLE"}}])
    assert caught.value.status == 503


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"error": {"code": 400, "message": "Bad key.", "status": "INVALID_ARGUMENT"}}, "Bad key. (INVALID_ARGUMENT)"),
        ([{"error": {"message": "In a list."}}], "In a list."),
        ({"message": "a proxy's"}, "a proxy's"),
        ([], ""),
        (7, ""),
    ],
)
def test_complaints_are_read(body: object, sentence: str) -> None:
    """Also those of whatever stands between."""
    assert dialect_of().complaint(body) == sentence


@pytest.mark.parametrize("options", [{"thinking": "a lot"}, {"json": "xml"}, {"secret": "AI-zaSy"}, {"key": "x"}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """Before anything is sent."""
    with pytest.raises(ValidationError):
        GeminiOptions.model_validate(options)


def backend_of(server: FaultServer, **options: object) -> LiveBackend:
    said = {"base_url": f"{server.address}/v1beta", "secret": "MY_KEY", "model": "gemini-made-up", **options}
    context = BuildContext(folder=Path(), secret={"MY_KEY": "made-up-key"}.get)
    built = COMPONENT.build(GeminiOptions.model_validate(said), context)
    assert isinstance(built, LiveBackend)
    return built


async def test_a_service_says_in_the_error_how_long_to_wait() -> None:
    """Google sends no header for that."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"}
    error = {"error": {"code": 429, "message": "Too many.", "status": "RESOURCE_EXHAUSTED", "details": [{}, info]}}
    delivery = Delivery(status=429, body=json.dumps(error).encode())

    with FaultServer(script=lambda _asked: delivery) as server, pytest.raises(RateLimitedError) as caught:
        await backend_of(server).ask(asking())

    assert caught.value.retry_after == 37.5
