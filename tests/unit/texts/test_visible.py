"""Text from anybody."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.texts.visible import clipped, excerpt, visible

ANY_TEXT = st.text(alphabet=st.characters(codec=None))


@given(ANY_TEXT)
def test_nothing_that_steers_is_left(text: str) -> None:
    """Neither control characters nor halves of surrogate pairs are left, and the rest can be written as UTF-8."""
    shown = visible(text)

    shown.encode("utf-8")
    assert not [character for character in shown if unicodedata.category(character) == "Cc" and character not in "\t\n"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\r\nlines", "two\nlines"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("\u202eexe", "⟨U+202E⟩exe"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("naïve 漢字 👩‍💻", "naïve 漢字 👩‍💻"),
    ],
)
def test_what_hides_is_written_out(text: str, shown: str) -> None:
    """Hidden characters are named, and ordinary text of any script is kept."""
    assert visible(text) == shown


@given(ANY_TEXT, st.integers(min_value=1, max_value=50))
def test_an_excerpt_is_one_line_within_its_limit(text: str, limit: int) -> None:
    """An excerpt never breaks a line or a layout."""
    line = excerpt(text, limit)

    assert len(line) <= limit
    assert "\n" not in line


def test_a_cut_is_told() -> None:
    """An excerpt ends with an ellipsis, and a clipped text counts what is left out."""
    assert excerpt("one two three", 8) == "one two…"
    assert clipped("abcdef", 4) == ("abcd", 2)
    assert clipped("abc", 4) == ("abc", 0)
