"""What passmuster and a program that writes say to each other: one JSON object there, one back.

``docs/command_backend.md`` explains it to authors of programs, and the two JSON Schemas are published beside it.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from passmuster.domain.answers import Completion, CompletionRequest, TokenProbability, ToolCall
from passmuster.domain.values import Usage

VERSION = 1
"""Raised whenever a program that keeps to the contract would have to be changed."""

LARGEST_NUMBER = 10**12
LONGEST_NAME = 200
MOST_GATHERED = 100
SHOWN_CHARACTERS = 160

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string"}
_NAME = {"type": "string", "maxLength": LONGEST_NAME}
_NUMBER_OR_NOTHING = {"type": ["number", "null"]}
_COUNT = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}

REQUEST_SCHEMA: Mapping[str, object] = {
    "$schema": _DIALECT,
    "title": "What passmuster asks a program that writes",
    "description": "A program passes over keys that it does not know: later versions may bring some.",
    "type": "object",
    "properties": {
        "contract": {"const": VERSION, "description": "The version of this contract."},
        "messages": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"role": {"enum": ["system", "user", "assistant"]}, "content": _TEXT},
                "required": ["role", "content"],
            },
            "description": "The conversation, the system prompt first; contents are untrusted.",
        },
        "model": {**_TEXT, "description": "The model's name; empty for the program's own."},
        "sampling": {
            "type": "object",
            "properties": {
                "temperature": _NUMBER_OR_NOTHING,
                "top_p": _NUMBER_OR_NOTHING,
                "maximum_tokens": {"type": ["integer", "null"]},
                "seed": {"type": ["integer", "null"]},
                "stop": {"type": "array", "items": _TEXT, "description": "Texts at which the answer ends."},
            },
            "required": ["temperature", "top_p", "maximum_tokens", "seed", "stop"],
            "description": "How the answer is to be drawn; null leaves a setting to the program.",
        },
        "repetition": {"type": "integer", "minimum": 0, "description": "Counted from 0; an answer kept is for one."},
        "answer_schema": {"type": ["object", "null"], "description": "The JSON Schema that the text is to follow."},
        "wants_probabilities": {"type": "boolean", "description": "Whether `tokens` are wanted."},
        "tools": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": _TEXT, "description": _TEXT, "parameters": {"type": "object"}},
                "required": ["name", "description", "parameters"],
            },
            "description": "What the model may call; nothing is carried out.",
        },
        "required_tool": {**_TEXT, "description": "The tool that it must call; empty leaves that to it."},
    },
    "required": [
        "contract",
        "messages",
        "model",
        "sampling",
        "repetition",
        "answer_schema",
        "wants_probabilities",
        "tools",
        "required_tool",
    ],
}
"""The JSON Schema (draft 2020-12) of what a program gets on its standard input."""

ANSWER_SCHEMA: Mapping[str, object] = {
    "$schema": _DIALECT,
    "title": "What a program that writes answers passmuster",
    "type": "object",
    "properties": {
        "text": {**_TEXT, "description": "The answer; empty where the model only called tools."},
        "finish_reason": {
            **_NAME,
            "minLength": 1,
            "description": "Why it ended: stop (the default), length, tool_calls, content_filter …",
        },
        "model": {**_NAME, "description": "The model that wrote."},
        "tool_calls": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"identifier": _NAME, "name": _TEXT, "arguments": {"type": "object"}},
                "required": ["name", "arguments"],
                "additionalProperties": False,
            },
        },
        "tokens": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"token": _TEXT, "log_probability": {"type": "number", "maximum": 0}},
                "required": ["token", "log_probability"],
                "additionalProperties": False,
            },
            "description": "The tokens of the text in order, each with the natural logarithm of its probability.",
        },
        "usage": {
            "type": "object",
            "properties": {
                "input_tokens": {**_COUNT, "description": "All that was read, from a cache or not."},
                "output_tokens": {**_COUNT, "description": "All that was written, thoughts included."},
                "cached_tokens": {**_COUNT, "description": "Of the input, what a provider's cache had."},
                "cache_written_tokens": {**_COUNT, "description": "Of the input, what a provider's cache took."},
                "reasoning_tokens": {**_COUNT, "description": "Of the output, what was thought."},
                "cost": {
                    "type": ["number", "null"],
                    "minimum": 0,
                    "maximum": LARGEST_NUMBER,
                    "description": "In United States dollars; null where it is not known.",
                },
            },
            "additionalProperties": False,
        },
    },
    "required": ["text"],
    "additionalProperties": False,
}
"""The JSON Schema (draft 2020-12) of what a program prints."""


def request_schema() -> dict[str, Any]:
    """Return the JSON Schema of what a program gets."""
    return dict(REQUEST_SCHEMA)


def answer_schema() -> dict[str, Any]:
    """Return the JSON Schema of what a program prints."""
    return dict(ANSWER_SCHEMA)


def request_document(request: CompletionRequest, *, model: str = "") -> dict[str, object]:
    """Return a request as a program is told of it; ``model`` stands where the request names none."""
    sampling = request.sampling
    return {
        "contract": VERSION,
        "messages": [{"role": turn.role.value, "content": turn.content} for turn in request.messages],
        "model": request.model or model,
        "sampling": {
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "maximum_tokens": sampling.maximum_tokens,
            "seed": sampling.seed,
            "stop": list(sampling.stop),
        },
        "repetition": request.repetition,
        "answer_schema": request.answer_schema,
        "wants_probabilities": request.wants_probabilities,
        "tools": [
            {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
            for tool in request.tools
        ],
        "required_tool": request.required_tool,
    }


def completion_of(answer: object) -> Completion:
    """Return the completion that a program's answer holds.

    Raises:
        ValueError: Saying what is wrong, if the answer does not keep to the contract.
    """
    first = sorted(islice(_answer_validator().iter_errors(answer), MOST_GATHERED), key=lambda error: error.json_path)
    if first:
        raise ValueError(_sentence(first[0]))
    assert isinstance(answer, Mapping)  # noqa: S101 - the schema says so
    calls = tuple(
        ToolCall(identifier=call.get("identifier", ""), name=call["name"], arguments=call["arguments"])
        for call in answer.get("tool_calls", ())
    )
    return Completion(
        text=answer["text"],
        finish_reason=answer.get("finish_reason", "tool_calls" if calls else "stop"),
        model=answer.get("model", ""),
        tokens=_tokens(answer.get("tokens", ())),
        tool_calls=calls,
        usage=_usage(answer.get("usage", {})),
    )


def _tokens(told: Sequence[Mapping[str, Any]]) -> tuple[TokenProbability, ...]:
    return tuple(
        TokenProbability(token=one["token"], log_probability=_finite(one["log_probability"], "a log_probability"))
        for one in told
    )


def _usage(usage: Mapping[str, Any]) -> Usage:
    cost = usage.get("cost")
    counts = {key: int(value) for key, value in usage.items() if key != "cost"}
    return Usage(**counts, cost=None if cost is None else Decimal(str(_finite(cost, "'cost'"))))


def _finite(number: float, called: str) -> float:
    # Python reads NaN, which is no JSON and compares with nothing.
    if not math.isfinite(number):
        message = f"{called} is not finite"
        raise ValueError(message)
    return float(number)


def _sentence(error: ValidationError) -> str:
    said = error.message
    cut = said if len(said) <= SHOWN_CHARACTERS else f"{said[:SHOWN_CHARACTERS]}…"
    return cut if error.json_path == "$" else f"{error.json_path.removeprefix('$.')}: {cut}"


@cache
def _answer_validator() -> Draft202012Validator:
    return Draft202012Validator(ANSWER_SCHEMA)
