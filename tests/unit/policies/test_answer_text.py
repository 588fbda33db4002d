"""Answers as text."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.answers import Completion, Sampling, TokenProbability, ToolCall, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.domain.values import Usage
from passmuster.policies.answer_file import packed, unpacked
from passmuster.policies.answer_text import (
    completion_text,
    conversation_text,
    read_completion,
    read_conversation,
    settings_of,
)
from passmuster.testing.factories import a_completion_request

counts = st.integers(min_value=0, max_value=10**9)
texts = st.text(st.characters())
completions = st.builds(
    Completion,
    text=texts,
    finish_reason=st.sampled_from(["stop", "length"]),
    model=texts,
    tokens=st.lists(
        st.builds(TokenProbability, token=texts, log_probability=st.floats(max_value=0, allow_infinity=False)),
        max_size=3,
    ).map(tuple),
    tool_calls=st.lists(
        st.builds(ToolCall, identifier=texts, name=texts, arguments=st.dictionaries(texts, st.integers())), max_size=2
    ).map(tuple),
    usage=st.builds(
        Usage,
        input_tokens=counts,
        output_tokens=counts,
        cost=st.none() | st.decimals(min_value=0, max_value=9, places=6),
        cached_tokens=counts,
    ),
)


@given(completions)
def test_a_completion_comes_back(completion: Completion) -> None:
    """With everything but what only one moment knew."""
    told = replace(completion, latency=1.5, first_token=0.5)

    assert read_completion(unpacked(packed(completion_text(told)))) == completion


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["text", "usage", "tokens"]), inner),
    )
)
def test_anything_else_is_refused_or_read(data: object) -> None:
    """Whatever JSON it is: a completion, or a ValueError and no other error."""
    try:
        found: object = read_completion(json.dumps(data))
    except ValueError as error:
        found = error

    assert isinstance(found, Completion | ValueError)
    assert isinstance(found, ValueError) or (isinstance(data, dict) and "text" in data)


@given(st.binary())
def test_bytes_of_somebody_else_are_refused(data: bytes) -> None:
    """Cut off, damaged, or never packed."""
    with pytest.raises(ValueError, match="packed"):
        unpacked(data)


def test_a_text_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bytes are few, and it is long."""
    monkeypatch.setattr("passmuster.policies.answer_file.LARGEST", 1000)

    with pytest.raises(ValueError, match="too long"):
        unpacked(packed("a" * 1001))


def test_a_conversation_comes_back_without_the_instructions() -> None:
    """Who said what, in order."""
    request = a_completion_request("And now?")
    earlier = Message(role=Role.ASSISTANT, content="Done \ud800.")

    text = conversation_text(replace(request, messages=(*request.messages[:1], earlier, *request.messages[1:])))

    assert read_conversation(text) == (("assistant", "Done \ud800."), ("user", "And now?"))


def test_settings_are_what_was_asked_for() -> None:
    """What was left to the backend leaves no trace."""
    request = a_completion_request(model="")
    tool = ToolDefinition(name="choose", description="", parameters={})

    told = settings_of(
        replace(request, sampling=Sampling(temperature=0.0, stop=("END",)), tools=(tool,), required_tool="choose")
    )

    assert settings_of(request) == {}
    assert told == {"temperature": 0.0, "stop": ["END"], "tools": told["tools"], "required_tool": "choose"}
