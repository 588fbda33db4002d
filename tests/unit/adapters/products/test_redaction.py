"""Secrets do not get out."""

import json
from collections.abc import Callable

import pytest

from passmuster.adapters.products.redaction import Redaction
from passmuster.services.redaction import HIDDEN


def test_known_values_are_taken_out_wherever_they_stand() -> None:
    """The longer one first; short ones and addresses stay, for they are everywhere."""
    redaction = Redaction(["hunter-two-long", "hunter-two", "short", "", "https://example.invalid/v1"])

    shown = redaction.without_values("a hunter-two-long b hunter-two c short https://example.invalid/v1")

    assert shown == f"a {HIDDEN} b {HIDDEN} c short https://example.invalid/v1"


def test_what_looks_like_a_key_is_taken_out_of_complaints() -> None:
    """Also where nobody knew it beforehand."""
    made_up = "sk-" + "ant-" + "a1B2" * 8
    shown = Redaction([]).without_secrets(f"key {made_up} at postgres://me:pass1234@example.invalid/x failed")

    assert made_up not in shown
    assert "pass1234" not in shown
    assert shown.startswith("key ")
    assert shown.endswith(" failed")


def test_other_words_stay() -> None:
    """A message must be of use."""
    words = "Error: connect ECONNREFUSED 127.0.0.1:8080 (attempt 3 of 5), see the documentation"

    assert Redaction(["unrelated-value"]).without_secrets(words) == words


@pytest.mark.parametrize("written", [json.dumps, lambda value: json.dumps({"a": json.dumps({"b": value})})])
def test_known_values_are_taken_out_as_json_writes_them(written: Callable[[str], str]) -> None:
    """Events are JSON, and so may be the text in them."""
    value = 'quo"te\\back/slash-\u00e9'

    shown = Redaction([value]).without_values(written(value))

    assert HIDDEN in shown
    assert "back" not in shown
    assert "slash" not in shown
