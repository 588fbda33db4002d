"""What several dialects make of a request: the system prompt apart, a schema in words, a seed for each repetition."""

import json
from collections.abc import Iterable, Mapping

from passmuster.domain.answers import CompletionRequest, ToolDefinition
from passmuster.domain.cases import Message, Role

JSON_TYPE = "application/json"


def system_prompt(request: CompletionRequest, *, schema_in_words: bool = False) -> str:
    """Return what all system messages say, apart by an empty line; empty where there are none.

    Args:
        request: The request.
        schema_in_words: Whether the schema of the answer is told there, for models that nothing else holds to it.
    """
    said = [message.content for message in request.messages if message.role is Role.SYSTEM and message.content]
    if schema_in_words and request.answer_schema is not None:
        said.append(in_words(request.answer_schema))
    return "\n\n".join(said)


def conversation(request: CompletionRequest) -> tuple[Message, ...]:
    """Return what users and assistants said."""
    return tuple(message for message in request.messages if message.role is not Role.SYSTEM)


def in_words(schema: Mapping[str, object]) -> str:
    """Return a sentence that asks for an answer after a schema."""
    written = json.dumps(schema, ensure_ascii=False)
    return f"Answer with one JSON value and nothing around it. It has to follow this JSON Schema:\n{written}"


def seed_of(request: CompletionRequest, *, varied: bool) -> int | None:
    """Return the seed to send: the request's own, or where that is wanted another one for each repetition."""
    seed = request.sampling.seed
    return (seed or 0) + request.repetition if varied else seed


def functions_of(tools: Iterable[ToolDefinition]) -> list[dict[str, object]]:
    """Return tools in the form that OpenAI began with and many others took over."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        }
        for tool in tools
    ]


def given(**settings: object) -> dict[str, object]:
    """Return the settings that anybody has given a value."""
    return {name: value for name, value in settings.items() if value is not None}


def extended(payload: Mapping[str, object], further: Mapping[str, object], *, joined: str = "") -> Mapping[str, object]:
    """Return a payload with further fields, which win over ours.

    Args:
        payload: What is sent.
        further: The fields.
        joined: The name of an object whose members are put together, so that one of them does not cost all of ours.
    """
    ours, theirs = payload.get(joined), further.get(joined)
    together = {joined: {**ours, **theirs}} if isinstance(ours, Mapping) and isinstance(theirs, Mapping) else {}
    return {**payload, **further, **together}


def refuse_own(further: Mapping[str, object], own: Mapping[str, str]) -> None:
    """Refuse further fields that an option is for: prices and budgets go by the option.

    Args:
        further: The fields.
        own: For each field that is refused the option.

    Raises:
        ValueError: If there is one.
    """
    for name in own:
        if name in further:
            message = f"write the option {own[name]!r} in the place of {name!r}: budgets and prices go by it"
            raise ValueError(message)
