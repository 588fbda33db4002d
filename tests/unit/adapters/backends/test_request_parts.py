"""What several dialects make of a request."""

import json

import pytest
from pydantic import BaseModel, ValidationError

from passmuster.adapters.backends.anthropic import AnthropicOptions
from passmuster.adapters.backends.gemini import GeminiOptions
from passmuster.adapters.backends.ollama import OllamaOptions
from passmuster.adapters.backends.request_parts import (
    conversation,
    extended,
    functions_of,
    given,
    in_words,
    seed_of,
    system_prompt,
)
from passmuster.domain.answers import CompletionRequest, Sampling, ToolDefinition
from passmuster.domain.cases import Message, Role

REQUEST = CompletionRequest(
    messages=(
        Message(role=Role.SYSTEM, content="One."),
        Message(role=Role.SYSTEM, content=""),
        Message(role=Role.USER, content="Why?"),
        Message(role=Role.SYSTEM, content="Two."),
    ),
    answer_schema={"type": "object", "title": "ä"},
    repetition=2,
)


def test_what_systems_say_stands_apart() -> None:
    """All of it, in order, with the schema at the end where words are to hold the model to it."""
    assert system_prompt(REQUEST) == "One.\n\nTwo."
    assert (
        system_prompt(REQUEST, schema_in_words=True) == f"One.\n\nTwo.\n\n{in_words({'type': 'object', 'title': 'ä'})}"
    )
    assert [turn.content for turn in conversation(REQUEST)] == ["Why?"]


def test_a_schema_in_words_is_the_schema() -> None:
    """On a line of its own."""
    said = in_words({"title": "ä"})

    assert json.loads(said.splitlines()[-1]) == {"title": "ä"}
    assert "ä" in said


def test_a_repetition_shows_as_a_seed_where_that_is_wanted() -> None:
    """And nowhere else."""
    seeded = CompletionRequest(messages=(), sampling=Sampling(seed=5), repetition=2)

    assert (seed_of(REQUEST, varied=False), seed_of(REQUEST, varied=True)) == (None, 2)
    assert (seed_of(seeded, varied=False), seed_of(seeded, varied=True)) == (5, 7)


def test_settings_without_a_value_are_left_out() -> None:
    """Nothing and zero are values."""
    assert given(a=None, b=0, c="", d=False) == {"b": 0, "c": "", "d": False}


def test_tools_have_the_form_that_many_share() -> None:
    """A function with a schema of its arguments."""
    [tool] = functions_of([ToolDefinition(name="a", description="b", parameters={"type": "object"})])

    assert tool == {"type": "function", "function": {"name": "a", "description": "b", "parameters": {"type": "object"}}}


def test_further_fields_win_and_one_object_is_put_together() -> None:
    """All others are sent as they are written."""
    payload = {"a": 1, "joined": {"x": 1, "y": 1}, "other": {"x": 1}}
    further = {"a": 2, "joined": {"y": 2}, "other": {"y": 2}}

    assert extended(payload, further, joined="joined") == {"a": 2, "joined": {"x": 1, "y": 2}, "other": {"y": 2}}
    assert extended(payload, {"joined": 3}, joined="joined")["joined"] == 3
    assert extended({}, further) == further


@pytest.mark.parametrize(
    ("options", "further"),
    [
        (AnthropicOptions, {"extra_body": {"max_tokens": 9}}),
        (GeminiOptions, {"extra_body": {"generationConfig": {"maxOutputTokens": 9}}}),
        (OllamaOptions, {"parameters": {"num_predict": 9}}),
    ],
)
def test_the_length_of_answers_has_one_place(options: type[BaseModel], further: dict[str, object]) -> None:
    """A budget that goes by the option would not be kept otherwise."""
    with pytest.raises(ValidationError, match="write the option 'maximum_tokens' in the place of"):
        options.model_validate({"model": "tiny", **further})
