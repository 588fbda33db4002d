"""JSON that is read one value at a time is read as JSON is, wherever the parts are cut."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.run_files import json_stream
from passmuster.adapters.run_files.json_stream import JsonStream
from passmuster.domain.errors import InvalidInputError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
    max_leaves=10,
)


def stream_of(text: str | bytes, *, most: int = 10_000) -> JsonStream:
    return JsonStream(io.BytesIO(text.encode() if isinstance(text, str) else text), "results.json", most=most)


@given(values=st.lists(VALUES, max_size=5), indent=st.sampled_from([None, 1]), part=st.integers(1, 50))
def test_items_are_those_of_the_list(values: list[object], indent: int | None, part: int) -> None:
    """However the bytes come, every item is the one that a parser of the whole finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_PART", part)
        stream = stream_of(json.dumps({"a": 1, "values": values}, indent=indent, ensure_ascii=False))

        found = {
            key: [stream.value().data for _ in stream.items()] if key == "values" else stream.value().data
            for key in stream.members()
        }
        stream.finish()

    assert found == {"a": 1, "values": values}


@given(text=st.text('[]{},:"\\ \n1eE+-.tfnul', max_size=30), part=st.integers(1, 9))
def test_what_is_no_json_is_refused(text: str, part: int) -> None:
    """A value is read just where the parser of the standard library reads one."""
    try:
        expected: object = json.loads(text)
    except ValueError:
        expected = ValueError
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_PART", part)
        stream = stream_of(text)
        try:
            found: object = stream.value().data
            stream.finish()
        except InvalidInputError:
            found = ValueError

    # Keys that stand twice and numbers beyond all measure are refused here, and not there.
    assert found in (expected, ValueError)
    assert expected is not ValueError or found is ValueError


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        ('{"a": 1,\n "b" 2}', "results.json:2:6", "':'"),
        ('{"list": [1,\n  2,\n  tru]}', "results.json:3:3", "Expecting value"),
        ('{"a": 1} x', "results.json:1:10", "ended"),
        ('{"a": 1', "results.json:1:8", "the end of the file"),
        ("{1: 2}", "results.json:1:2", "key"),
        (b'{"a": "\xff"}', "results.json:1:", "UTF-8"),
        ('{"a": "' + "x" * 20_000 + '"}', "results.json:1:7", "more than 10,000"),
        ('{"a": ' + "[" * 100_000 + "}", "results.json:1:7", ""),
    ],
)  # fmt: skip
def test_complaints_name_line_and_column(content: str | bytes, place: str, words: str) -> None:
    """A mistake is found where it is written, and deep or endless values are not followed."""
    stream = stream_of(content, most=200_000 if "[[" in str(content) else 10_000)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_PART", 4_096)
        with pytest.raises(InvalidInputError) as refusal:
            walk(stream)

    (finding,) = refusal.value.findings
    assert str(finding).startswith(place)
    assert words in str(finding)


def walk(stream: JsonStream) -> None:
    for key in stream.members():
        if key == "list":
            for _ in stream.items():
                stream.value()
        else:
            stream.value()
    stream.finish()
