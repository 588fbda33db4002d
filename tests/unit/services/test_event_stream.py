"""Answers that come piece by piece, cut anywhere."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.services.event_stream import Event, EventStream, LineStream

ENDS = st.sampled_from(["\n", "\r", "\r\n"])
# What a line may hold: neither of the two characters that end one.
WORDS = st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"]), max_size=20)


def events_in(*pieces: bytes) -> list[Event]:
    stream = EventStream()
    return [*(event for piece in pieces for event in stream.feed(piece)), *stream.end()]


def lines_in(*pieces: bytes) -> list[str]:
    stream = LineStream()
    return [event.data for piece in pieces for event in stream.feed(piece)] + [event.data for event in stream.end()]


def cut_up(content: bytes, places: list[int]) -> list[bytes]:
    bounds = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    return [content[start:end] for start, end in itertools.pairwise(bounds)]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: a\n\n", [("message", "a")]),
        ("data:a\n\n", [("message", "a")]),
        ("data:  a\n\n", [("message", " a")]),
        ("event: start\ndata: {}\n\n", [("start", "{}")]),
        ("data: a\ndata: b\ndata\n\n", [("message", "a\nb\n")]),
        (": a comment\n\ndata: a\n\n", [("message", "a")]),
        ("id: 7\nretry: 10\nunknown: x\ndata: a\n\n", [("message", "a")]),
        ("event: nothing\n\ndata: a\n\n", [("message", "a")]),
        ("data\n\n", [("message", "")]),
        ("\ufeffdata: a\n\n", [("message", "a")]),
        ("data: a\u2028b\x0bc\x85d\n\n", [("message", "a\u2028b\x0bc\x85d")]),
        ("data: a\r\rdata: b\r\n\r\n", [("message", "a"), ("message", "b")]),
        ("data: a\n", []),
        ("data: a", []),
        ("", []),
    ],
)
def test_events_are_read_as_the_standard_says(text: str, events: list[tuple[str, str]]) -> None:
    """Names, several lines, comments, unknown fields, a byte order mark; an event that nothing ends is none."""
    assert events_in(text.encode()) == events


@given(
    st.lists(st.tuples(WORDS.filter(bool), st.lists(WORDS, min_size=1, max_size=3)), max_size=4),
    ENDS,
    st.lists(st.integers(0, 10_000), max_size=8),
)
def test_it_matters_nowhere_where_bytes_are_cut(said: list[tuple[str, list[str]]], end: str, places: list[int]) -> None:
    """Within a character, between a carriage return and its line feed, or byte by byte."""
    text = "".join(
        f"event: {name}{end}" + "".join(f"data: {line}{end}" for line in lines) + end for name, lines in said
    )
    content = text.encode()

    whole = events_in(content)

    assert whole == [(name, "\n".join(lines)) for name, lines in said]
    assert events_in(*cut_up(content, places)) == whole
    assert events_in(*(bytes([byte]) for byte in content)) == whole


@given(st.binary(max_size=200), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_are_read_alike_however_they_are_cut(content: bytes, places: list[int]) -> None:
    """What is no UTF-8 becomes the sign for it, and nothing is raised."""
    assert events_in(*cut_up(content, places)) == events_in(content)
    assert lines_in(*cut_up(content, places)) == lines_in(content)


def test_lines_are_texts_of_their_own() -> None:
    """Empty ones are left out, and the last one needs no end."""
    assert lines_in(b'{"a": 1}\n\n{"b"', b': 2}\r\n{"c": 3}') == ['{"a": 1}', '{"b": 2}', '{"c": 3}']


def test_half_a_character_at_the_end_is_not_lost() -> None:
    """It shows as what cannot be read."""
    assert lines_in(b"a\n\xf0\x9f") == ["a", "\ufffd"]
