"""Fingerprints of plain data, and places in files."""

import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.values import SourceLocation, fingerprint_of, folded_name, whole_characters

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
PLAIN = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(value=PLAIN)
def test_a_fingerprint_is_thirty_two_hexadecimal_digits(value: object) -> None:
    """Every plain value has a fingerprint of one shape."""
    fingerprint = fingerprint_of(value)

    assert len(fingerprint) == 32
    assert set(fingerprint) <= set("0123456789abcdef")


@given(value=st.dictionaries(st.text(), PLAIN, min_size=2, max_size=5))
def test_the_order_of_keys_does_not_matter(value: Mapping[str, object]) -> None:
    """Equal mappings have equal fingerprints, whatever order their keys were written in."""
    backwards = dict(reversed(list(value.items())))

    assert fingerprint_of(backwards) == fingerprint_of(value)


@given(number=st.integers(min_value=-(2**53), max_value=2**53))
def test_equal_numbers_are_equal_however_they_are_written(number: int) -> None:
    """1 and 1.0 are one number in JSON, so a weight of either makes the same fingerprint."""
    assert fingerprint_of([float(number)]) == fingerprint_of([number])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([0.1], [0.2]),
        ([True], [1]),
        ([None], [False]),
        (["1"], [1]),
        ([[], []], [[[]]]),
        ({"a": 1}, [["a", 1]]),
        ("a", ["a"]),
        ([0.5], ["0.5"]),
    ],
)
def test_unequal_data_have_unequal_fingerprints(one: object, other: object) -> None:
    """Types count, and so does the shape."""
    assert fingerprint_of(one) != fingerprint_of(other)


def test_lists_and_tuples_are_lists_and_every_mapping_is_an_object() -> None:
    """What JSON cannot tell apart has one fingerprint."""
    assert fingerprint_of((1, (2,))) == fingerprint_of([1, [2]])
    assert fingerprint_of(MappingProxyType({"a": -0.0})) == fingerprint_of({"a": 0})


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), {1: 2}, {None: 1}, {"a": {2, 3}}, b"bytes", object()]
)
def test_what_json_has_no_form_for_is_refused(value: object) -> None:
    """Neither numbers that are not finite, nor keys that are no strings, nor foreign types pass."""
    with pytest.raises(TypeError):
        fingerprint_of({"inside": [value]})


def test_another_process_makes_the_same_fingerprint() -> None:
    """Neither the hash seed nor the process is in a fingerprint."""
    script = "from passmuster.domain.values import fingerprint_of as f; print(f({'b': [1.5, 'ü'], 'a': None}))"

    printed = {
        subprocess.run(  # noqa: S603 - this interpreter, and a script from this file
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("1", "2")
    }

    assert printed == {fingerprint_of({"a": None, "b": [1.5, "ü"]})}


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (SourceLocation(path="a.md"), "a.md"),
        (SourceLocation(path="a.md", line=3), "a.md:3"),
        (SourceLocation(path="a.md", line=3, column=7), "a.md:3:7"),
    ],
)
def test_a_place_reads_as_editors_understand_it(location: SourceLocation, text: str) -> None:
    """Only what is known of a place is written."""
    assert str(location) == text


@pytest.mark.parametrize(
    "written", ["code-reviewer", "Code Reviewer", "CODE_REVIEWER", "codeReviewer", "code - reviewer"]
)
def test_names_are_compared_without_case_and_separators(written: str) -> None:
    """As hosts do; other marks tell names apart."""
    assert folded_name(written) == "codereviewer"
    assert folded_name(f"team:{written}") == "team:codereviewer"


@given(text=st.text(alphabet=st.characters()))
def test_whole_characters_can_always_be_written(text: str) -> None:
    """Halves of characters become question marks, and everything else stays."""
    whole = whole_characters(text)

    assert len(whole.encode("utf-8")) >= len(text)
    assert all(other in {one, "?"} for one, other in zip(text, whole, strict=True))
