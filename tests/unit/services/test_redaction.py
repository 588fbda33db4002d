"""Secrets are known again in every notation."""

import base64
import html
import json
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from passmuster.domain.answers import Completion, TokenProbability, ToolCall
from passmuster.services.redaction import HIDDEN, SHORTEST_SECRET, Redaction, redacted

KEY = 'made-up/key+with "quotes" & ümlaut\\=='

NOTATIONS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON in Unicode": lambda value: json.dumps(value, ensure_ascii=False),
    "JSON in JSON": lambda value: json.dumps({"a": json.dumps({"b": value})}),
    "an address": lambda value: "https://example.invalid/?key=" + urllib.parse.quote(value, safe=""),
    "a path": urllib.parse.quote,
    "a form": lambda value: urllib.parse.urlencode({"key": value}),
    "an address in small letters": lambda value: urllib.parse.quote("x" + value, safe="").lower(),
    "HTML": html.escape,
    "Python": repr,
    "Python's bytes": lambda value: repr(value.encode()),
    "hexadecimal": lambda value: value.encode().hex(),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64 behind a name": lambda value: base64.b64encode(b"user:" + value.encode()).decode(),
    "base64 between words": lambda value: base64.b64encode(b"key=" + value.encode() + b"; more").decode(),
    "base64 for addresses": lambda value: base64.urlsafe_b64encode(b"{" + value.encode()).decode(),
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_secret_is_taken_out_in_every_notation(notation: str) -> None:
    """A service that complains of a key repeats it in the notation that it happened to have at hand."""
    value = "made-up-key/0815+abc" if notation == "an address in small letters" else KEY
    written = NOTATIONS[notation](value)

    shown = redacted(f"before {written} after", [value])

    assert HIDDEN in shown
    assert len(shown) < len(f"before {written} after") - len(value) + len(HIDDEN) + 12
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@given(st.text(min_size=SHORTEST_SECRET), st.text(), st.text(), st.sampled_from(sorted(NOTATIONS)))
@example("0" * 8, "0", "0", "base64")
def test_nothing_is_left_of_any_secret(value: str, before: str, after: str, notation: str) -> None:
    """Whatever the value is, and whatever stands around it."""
    value = value.encode("utf-8", "replace").decode().strip()
    redaction = Redaction([value])

    shown = redaction.text(before + NOTATIONS[notation](value) + after)

    assert len(value) < SHORTEST_SECRET or value in HIDDEN or value not in shown


def test_words_that_are_no_secrets_stay() -> None:
    """A server without keys is asked with any word, which stands everywhere."""
    assert redacted("EMPTY text of ollama", ["EMPTY", "", "ollama"]) == "EMPTY text of ollama"


def test_line_break_at_the_end_of_a_secret_is_no_part_of_it() -> None:
    """Files end with one, and headers never have it."""
    assert redacted("made-up-key!", ["made-up-key\n"]) == f"{HIDDEN}!"


def test_longer_secret_goes_first() -> None:
    """Of a secret that begins with another one, no end stays behind."""
    assert redacted("made-up-key-longer", ["made-up-key", "made-up-key-longer"]) == HIDDEN


def test_values_are_searched_through() -> None:
    """Arguments of tools are JSON, whose names may hold a secret as well."""
    redaction = Redaction(["made-up-key"])

    shown = redaction.value({"made-up-key": ["made-up-key", 1, None, {"a": "b made-up-key"}]})

    assert shown == {HIDDEN: [HIDDEN, 1, None, {"a": f"b {HIDDEN}"}]}


def test_secret_is_found() -> None:
    """Who keeps answers may refuse to keep one with a secret in it."""
    redaction = Redaction(["made-up-key"])

    assert redaction.finds("x" + base64.b64encode(b"made-up-key").decode())
    assert not redaction.finds("made-up-")


def test_redaction_shows_no_secret_of_itself() -> None:
    """It may stand in a traceback."""
    assert "made-up-key" not in repr(Redaction(["made-up-key"]))


def test_completions_lose_what_a_service_repeats() -> None:
    """Text, names and arguments; probabilities of tokens go too, since they would make up the text again."""
    completion = Completion(
        text="your key is made-up-key",
        model="made-up-key",
        finish_reason="made-up-key",
        tokens=(TokenProbability(token="made-up-key", log_probability=0.0),),  # noqa: S106 - of a language model
        tool_calls=(
            ToolCall(identifier="made-up-key", name="made-up-key", arguments={"made-up-key": ["made-up-key"]}),
        ),
    )

    shown = Redaction(["made-up-key"]).completion(completion)

    assert "made-up-key" not in repr(shown)
    assert shown.text == f"your key is {HIDDEN}"
    assert shown.tool_calls[0].arguments == {HIDDEN: [HIDDEN]}


def test_completions_without_secrets_stay_as_they_are() -> None:
    """Which is nearly all of them."""
    completion = Completion(text="an answer", tokens=(TokenProbability(token="an", log_probability=0.0),))  # noqa: S106 - of a language model

    assert Redaction(["made-up-key"]).completion(completion) is completion
