"""Completions and requests as JSON text, and back: what the cache keeps, and nothing that only one moment knew."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from passmuster.domain.answers import Completion, CompletionRequest, TokenProbability, ToolCall
from passmuster.domain.cases import Message, Role
from passmuster.domain.values import Usage, fingerprint_of, json_writer

_COUNTED: Final = ("input_tokens", "output_tokens", "cached_tokens", "cache_written_tokens", "reasoning_tokens")
_WRITE: Final = json_writer(json.JSONEncoder(ensure_ascii=False, separators=(",", ":")))


def completion_text(completion: Completion) -> str:
    """Return a completion without its latency, origin and author: what anybody would have got for the request."""
    usage = completion.usage
    used: dict[str, object] = {name: getattr(usage, name) for name in _COUNTED if getattr(usage, name)}
    if usage.cost is not None:
        used["cost"] = str(usage.cost)
    data: dict[str, object] = {"text": completion.text}
    if completion.finish_reason != "stop":
        data["finish_reason"] = completion.finish_reason
    if completion.model:
        data["model"] = completion.model
    if used:
        data["usage"] = used
    if completion.tokens:
        data["tokens"] = [[item.token, item.log_probability] for item in completion.tokens]
    if completion.tool_calls:
        data["tool_calls"] = [[call.identifier, call.name, call.arguments] for call in completion.tool_calls]
    return _WRITE(data)


def read_completion(text: str) -> Completion:
    """Return the completion of a text.

    Raises:
        ValueError: If it is none.
    """
    data = json.loads(text)
    try:
        return Completion(
            text=str(data["text"]),
            finish_reason=str(data.get("finish_reason", "stop")),
            model=str(data.get("model", "")),
            tokens=tuple(
                TokenProbability(token=str(token), log_probability=float(value))
                for token, value in data.get("tokens", ())
            ),
            tool_calls=tuple(
                ToolCall(identifier=str(identifier), name=str(name), arguments=dict(arguments))
                for identifier, name, arguments in data.get("tool_calls", ())
            ),
            usage=_usage(data["usage"]) if "usage" in data else Usage(),
        )
    except (AttributeError, KeyError, TypeError, InvalidOperation) as error:
        message = f"this is no completion: {error}"
        raise ValueError(message) from error


def _usage(data: Mapping[str, object]) -> Usage:
    counted = {name: int(str(data.get(name, 0))) for name in _COUNTED}
    cost = data.get("cost")
    return Usage(**counted, cost=None if cost is None else Decimal(str(cost)))


def instructions_of(request: CompletionRequest) -> str:
    """Return what the system prompt says; of several, all of them."""
    return "\n\n".join(message.content for message in request.messages if message.role is Role.SYSTEM)


def conversation_of(request: CompletionRequest) -> tuple[Message, ...]:
    """Return what users and assistants said."""
    return tuple(message for message in request.messages if message.role is not Role.SYSTEM)


def conversation_text(request: CompletionRequest) -> str:
    """Return what users and assistants said, as JSON."""
    return _WRITE([[str(message.role), message.content] for message in conversation_of(request)])


def read_conversation(text: str) -> tuple[tuple[str, str], ...]:
    """Return who said what.

    Raises:
        ValueError: If the text is no conversation.
    """
    data = json.loads(text)
    try:
        return tuple((str(role), str(content)) for role, content in data)
    except TypeError as error:
        message = "this is no conversation"
        raise ValueError(message) from error


def settings_of(request: CompletionRequest) -> dict[str, object]:
    """Return everything that an answer depends on besides the words; what was not asked for is left out."""
    sampling = request.sampling
    tools = [[tool.name, tool.description, tool.parameters] for tool in request.tools]
    told: dict[str, object] = {
        "model": request.model,
        "temperature": sampling.temperature,
        "maximum_tokens": sampling.maximum_tokens,
        "seed": sampling.seed,
        "top_p": sampling.top_p,
        "stop": list(sampling.stop),
        "answer_schema": None if request.answer_schema is None else fingerprint_of(request.answer_schema),
        "wants_probabilities": request.wants_probabilities or None,
        "tools": fingerprint_of(tools) if tools else None,
        "required_tool": request.required_tool,
    }
    return {name: value for name, value in told.items() if value is not None and value not in ("", [])}
