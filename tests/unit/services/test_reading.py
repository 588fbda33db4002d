"""Reading whatever a service answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.services.reading import (
    arguments_of,
    count,
    is_used_up,
    listed,
    mapping,
    member,
    parsed_json,
    part,
    parts,
    sentence_in,
    status_in,
    text,
    wait_in,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b'{"a":', "no JSON"), (b"", "no JSON"), (b"[" * 100_000, "too deeply"), (b'"\xff"', "not UTF-8")],
)
def test_what_is_no_json_is_said(content: bytes, words: str) -> None:
    """Half of it, nothing, endless depth, other bytes."""
    with pytest.raises(ValueError, match=words):
        parsed_json(content)


def test_what_must_be_there_is_missed_by_name() -> None:
    """No object, no member, no list."""
    with pytest.raises(ValueError, match="without 'data'"):
        member({}, "data")
    with pytest.raises(ValueError, match="without 'data'"):
        member([1], "data")
    with pytest.raises(ValueError, match="'data' is no list"):
        listed({"data": {}}, "data")
    with pytest.raises(ValueError, match="'piece' that is no object"):
        mapping([], called="piece")


@given(JSON)
def test_what_may_be_there_is_read_without_complaint(answer: object) -> None:
    """Whatever it is."""
    whole = answer if isinstance(answer, dict) else {"a": answer}
    name = next(iter(whole), "a")

    assert isinstance(text(whole, name), str)
    assert count(whole, name) >= 0
    assert isinstance(part(whole, name), dict)
    assert all(isinstance(item, dict) for item in parts(whole, name))
    assert isinstance(sentence_in(answer), str)
    assert 400 <= status_in(whole) < 600
    assert json.dumps(dict(arguments_of(answer)))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"error": {"message": "no such model", "type": "x"}}, "no such model"),
        ({"error": "no such model"}, "no such model"),
        ({"message": "no such model"}, "no such model"),
        ({"detail": [{"loc": ["body"], "msg": "one"}, {"msg": "two"}]}, "one; two"),
        ({"error": {"code": 5}}, ""),
        ([], ""),
        (7, ""),
    ],
)
def test_a_complaint_is_found_wherever_it_stands(body: object, sentence: str) -> None:
    """As OpenAI, Ollama, Anthropic and FastAPI write it."""
    assert sentence_in(body) == sentence


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ('{"a": 1}', {"a": 1}),
        ("", {}),
        ("{", {"": "{"}),
        ("[1]", {"": "[1]"}),
        ({"a": 1}, {"a": 1}),
        (None, {}),
        (7, {"": "7"}),
    ],
)
def test_arguments_are_kept_as_they_were_written(written: object, arguments: dict[str, object]) -> None:
    """What is no object is kept as text."""
    assert arguments_of(written) == arguments


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"code": 429}, 429),
        ({"status": 503}, 503),
        ({"code": "x"}, 500),
        (1, 500),
        ({"code": "insufficient_quota"}, 402),
    ],
)
def test_the_status_of_an_error_within_an_answer(error: object, status: int) -> None:
    """Where it has one; else it is the service's own fault."""
    assert status_in({"error": error}) == status


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"error": {"details": [{"reason": "x"}, {"retryDelay": "37s"}]}}, {"retry-after": "37"}),
        ([{"error": {"details": [{"retryDelay": "0.5s"}]}}], {"retry-after": "0.5"}),
        ({"error": {"details": [{"retryDelay": 7}, {"retryDelay": "soon"}]}}, {}),
        ({"error": "no"}, {}),
        ([], {}),
        (None, {}),
    ],
)
def test_how_long_to_wait_may_stand_in_the_error(body: object, headers: dict[str, str]) -> None:
    """As Google writes it; it is then what the header should have been."""
    assert wait_in(body) == headers


def test_no_count_is_too_large_for_a_store() -> None:
    """However large the service says that it is."""
    assert count({"tokens": 10**30}, "tokens") == 10**12


@pytest.mark.parametrize(
    ("body", "is_so"),
    [
        ({"error": {"message": "no", "type": "insufficient_quota", "code": "insufficient_quota"}}, True),
        ({"error": {"type": "exceeded_current_quota_error"}}, True),
        ({"error": {"code": "rate_limit_exceeded"}}, False),
        ({"error": {"details": [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel"}]}]}}, True),
        ([{"error": {"details": [{"violations": [{"quotaId": "GenerateRequestsPerMinutePerProject"}]}]}}], False),
        ([], False),
        ("insufficient_quota", False),
        (None, False),
    ],
)
def test_a_quota_that_is_used_up_is_told_from_one_that_fills_up_again(body: object, is_so: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """By the code of OpenAI, and by the name of Google's quota."""
    assert is_used_up(body) is is_so
