"""How files are written: values of two meanings, characters that nobody sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.roster_checks.writing import (
    ambiguous_values,
    byte_order_marks,
    carriage_returns,
    hidden_characters,
    tabs,
    trailing_spaces,
)

from .made_up_files import a_file, a_material


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("yes", "a truth value"),
        ("Off", "a truth value"),
        ("2026-01-31", "a date"),
        ("12:30:45", "a number to another base"),
        ("0755", "a number to another base"),
        ("no # surely", "a truth value"),
    ],
)
def test_value_of_two_meanings_is_found(value: str, meaning: str) -> None:
    """With what the other readers take it for."""
    (finding,) = ambiguous_values(a_material(a_file(front=f"version: {value}\n")))

    assert meaning in finding.message


@pytest.mark.parametrize("value", ["true", "'yes'", "1.0", "yes please", "10", "v2026-01-31", "", "0"])
def test_value_of_one_meaning_is_left_alone(value: str) -> None:
    """Both versions of YAML read it alike, or it is in quotes."""
    assert list(ambiguous_values(a_material(a_file(front=f"version: {value}\n")))) == []


@pytest.mark.parametrize(
    ("text", "rule", "column"),
    [
        ("ab\u200bc", "invisible-character", 3),
        ("a\u00adb", "invisible-character", 2),
        ("x\u202edrowssap\u202c", "hidden-text", 2),
        ("x\U000e0041", "hidden-text", 2),
        ("a\u200db", "invisible-character", 2),
    ],
)
def test_character_that_nobody_sees_is_found(text: str, rule: str, column: int) -> None:
    """With its name, its line and its column."""
    (finding,) = hidden_characters(a_material(a_file(text)))

    assert finding.rule == rule
    assert finding.location is not None
    assert (finding.location.line, finding.location.column) == (5, column)
    assert "U+" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 at work",
        "❤\ufe0f\u200d🔥",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "naïve café – “quoted”",
    ],
)
def test_character_that_does_its_work_is_left_alone(text: str) -> None:
    """Emoji are joined, Persian parts words, and flags of regions are spelt with tags."""
    assert list(hidden_characters(a_material(a_file(text)))) == []


def test_marks_and_line_ends_are_found() -> None:
    """At the first line; spaces and tabs at theirs."""
    text = a_file(front="color: red \nhooks:\n\tx: y\n")
    material = a_material("\ufeff" + text.replace("\n", "\r\n"))

    found = [*byte_order_marks(material), *carriage_returns(material), *trailing_spaces(material), *tabs(material)]

    assert [(finding.rule, finding.location.line if finding.location else None) for finding in found] == [
        ("byte-order-mark", 1),
        ("carriage-return", 1),
        ("trailing-space", 4),
        ("tab-in-front-matter", 6),
    ]


def test_spaces_and_tabs_of_the_body_are_its_own() -> None:
    """Two spaces at the end of a line are a line break in Markdown."""
    material = a_material(a_file("One  \n\ttwo"))

    assert [*trailing_spaces(material), *tabs(material)] == []


@given(st.text(max_size=200))
def test_any_text_is_survived(text: str) -> None:
    """Whatever a file holds, every finding has a place in it."""
    material = a_material(text)
    checks = (byte_order_marks, carriage_returns, trailing_spaces, tabs, ambiguous_values, hidden_characters)

    found = [finding for check in checks for finding in check(material)]

    assert all(finding.location is not None and (finding.location.line or 0) >= 1 for finding in found)
