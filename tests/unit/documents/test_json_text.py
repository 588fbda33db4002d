"""JSON with positions."""

from typing import TypeAlias

import pytest

from passmuster.documents import Document, parse_json
from passmuster.documents.numbers import MAXIMUM_DIGITS
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding

Data: TypeAlias = object


def findings_of_json(text: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInputError) as caught:
        parse_json(text, path="file.json")
    return caught.value.findings


def places(findings: tuple[Finding, ...]) -> list[str]:
    return [str(finding.location) for finding in findings]


def spot(document: Document, *way: str | int) -> tuple[int | None, int | None]:
    location = document.location(way)
    return (location.line, location.column)


def test_json_positions_are_those_of_keys_and_items() -> None:
    """JSON over several lines, with tabs, is as exact as YAML."""
    text = ' {"a": 1,\n\t"b" :\t[true, {"c\\u00e9": null, "d": []}],\r\n"": {"x": -1.5e3}}'

    document = parse_json(text, path="f", line=7)

    assert dict(document.positions) == {
        (): (7, 2),
        ("a",): (7, 3),
        ("b",): (8, 2),
        ("b", 0): (8, 9),
        ("b", 1): (8, 15),
        ("b", 1, "cé"): (8, 16),
        ("b", 1, "d"): (8, 33),
        ("",): (9, 1),
        ("", "x"): (9, 6),
    }


def test_only_a_line_feed_ends_a_line_of_json() -> None:
    """Separators inside text do not move what follows."""
    document = parse_json('{"a": "x\u2028y\x85\u2029", "b": 1}', path="f")

    assert spot(document, "b") == (1, 16)


def test_every_key_that_stands_twice_in_json_is_named() -> None:
    """All duplicates are found at any depth, however the key is escaped."""
    findings = findings_of_json('{"a": {"b": 1, "b": 2},\n "a": 1, "\\u0061": 2}')

    assert places(findings) == ["file.json:1:16", "file.json:2:2", "file.json:2:10"]
    assert {finding.rule for finding in findings} == {"duplicate-key"}


def test_duplicates_and_half_characters_come_in_the_order_of_the_text() -> None:
    """Complaints of two kinds about one line are sorted by column."""
    findings = findings_of_json('{"a": "\\ud800", "a": "\\udc00", "b": "\\ud83d\\ude00"}')

    assert places(findings) == ["file.json:1:7", "file.json:1:17", "file.json:1:22"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1E+400", "9" * (MAXIMUM_DIGITS + 1)])
def test_numbers_that_are_not_finite_or_too_long_are_refused_in_json(number: str) -> None:
    """RFC 8259 has no such numbers, whatever Python accepts."""
    [finding] = findings_of_json(f'{{"NaN": "Infinity",\n "b": {number}}}')

    assert str(finding.location) == "file.json:2:7"
    assert "number" in finding.message


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("", "file.json:1:1", "double quotes"),
        ("{'a': 1}", "file.json:1:2", "key in double quotes"),
        ('["a" "b"]', "file.json:1:6", "comma between"),
        ('{"a" 1}', "file.json:1:6", "colon"),
        ('["a\nb"]', "file.json:1:4", "\\n"),
        ('["\\x"]', "file.json:1:3", "\\\\"),
        ('["a', "file.json:1:2", "close the text"),
        ('{}\n {"a": 1}', "file.json:2:2", "a line of its own"),
        ("[\n nul]", "file.json:2:2", "null"),
    ],
)
def test_a_syntax_error_in_json_has_a_place_and_a_remedy(text: str, place: str, hint: str) -> None:
    """Whatever is no JSON is told with line, column and what to write instead."""
    [finding] = findings_of_json(text)

    assert finding.rule == "syntax"
    assert str(finding.location) == place
    assert hint in finding.hint


def test_a_byte_order_mark_before_json_is_passed_over() -> None:
    """Some editors write one; it has no column."""
    document = parse_json('\ufeff{"a": 1}', path="f")

    assert document.data == {"a": 1}
    assert spot(document, "a") == (1, 2)
