"""Names on charts."""

import pytest

from passmuster.drawing.labels import name, width_of, wrapped


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("debugger", 11, "debugger"),
        ("a b\n c", 11, "a b c"),
        ("payments-platform-writer", 11, "payme…riter"),
        ("\x1b[31m", 20, "⟨U+001B⟩[31m"),
        ("x" * 100_000 + "end", 9, "xxxx…xend"),
    ],
)
def test_a_long_name_loses_its_middle(text: str, limit: int, shown: str) -> None:
    """Names that begin alike end apart; what cannot be seen is written out, and huge names are no trouble."""
    assert name(text, limit) == shown


def test_lines_are_as_wide_as_they_are_drawn() -> None:
    """A text is broken where its measured width ends, between words, and loses nothing."""
    words = "narrow lines of iiii and wide ones of WWWW " * 4

    lines = wrapped(words, 2.0, size=8.0)

    assert " ".join(lines) == words.strip()
    assert len(lines) > 2
    assert all(width_of(line, 8.0) <= 2.0 for line in lines)
    assert width_of("WWWW") > 2 * width_of("iiii")


def test_a_word_is_never_broken() -> None:
    """One that is wider than the line has a line of its own."""
    assert wrapped(f"a {'W' * 60} b", 1.0, size=8.0) == ["a", "W" * 60, "b"]
