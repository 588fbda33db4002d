"""JSON with comments."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.rosters.json_files import without_comments


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"a": 1, // one\n "b": [1, 2,],\n}', {"a": 1, "b": [1, 2]}),
        ('/* x */ {"a": /* , */ 1}', {"a": 1}),
        ('{"a": "// no /* comment */ ,]"}', {"a": "// no /* comment */ ,]"}),
        ('{"a": "\\"// no"}', {"a": '"// no'}),
        ("[1,\n// x\n]", [1]),
    ],
)
def test_comments_and_trailing_commas_go(text: str, data: object) -> None:
    """What is in texts stays."""
    assert json.loads(without_comments(text)) == data


@given(st.text(alphabet='"\\/*, \n[]{}a:1', max_size=60))
def test_places_stay(text: str) -> None:
    """Whatever stands there, every character that remains keeps its line and column."""
    plain = without_comments(text)

    assert len(plain) == len(text)
    assert [index for index, character in enumerate(plain) if character == "\n"] == [
        index for index, character in enumerate(text) if character == "\n"
    ]
    assert all(new in {old, " "} for old, new in zip(text, plain, strict=True))


@given(st.recursive(st.none() | st.text(max_size=5) | st.integers(), lambda inner: st.lists(inner, max_size=3)))
def test_plain_json_stays(data: object) -> None:
    """JSON without comments is what it was."""
    text = json.dumps(data)

    assert without_comments(text) == text


@pytest.mark.parametrize("text", ['"' + "\\" * 200_000, "/*" * 100_000, "," * 100_000 + " " * 100_000])
def test_what_is_never_closed_takes_no_time(text: str) -> None:
    """Hostile text is read once."""
    assert len(without_comments(text)) == len(text)
