"""Takes secrets out of what is shown or kept, in every form in which a service or a program may repeat them.

What is to be cut off for length is cut afterwards: half a secret is not recognised any more.
"""

import html
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import quote, quote_plus

from passmuster.domain.answers import Completion, ToolCall

if TYPE_CHECKING:
    from passmuster.domain.values import JsonObject

SHORTEST_SECRET: Final = 8
"""Shorter values are no secrets but words, such as ``EMPTY`` for a server without keys, which stand everywhere."""

HIDDEN: Final = "<secret>"
"""What stands in the place of a secret."""


class Redaction:
    """Knows the secrets that must not be seen, as they are and as they are written in other notations."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the values of the secrets."""
        self._forms = _ordered(tuple(secrets))

    def __repr__(self) -> str:
        """Return how many secrets it knows, and nothing about them."""
        return f"Redaction({len(self._forms)} forms)"

    def text(self, text: str) -> str:
        """Return a text without the secrets."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def value(self, value: object) -> object:
        """Return what JSON can say without the secrets, in names of members as well."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self.value(item) for name, item in value.items()}
        return value

    def completion(self, completion: Completion) -> Completion:
        """Return what a model wrote without the secrets, should whoever serves it repeat one; most often as it is."""
        calls = completion.tool_calls
        said = (completion.text, completion.model, completion.finish_reason, *(f"{call}" for call in calls))
        if not any(map(self.finds, said)):
            return completion
        return replace(
            completion,
            text=self.text(completion.text),
            model=self.text(completion.model),
            finish_reason=self.text(completion.finish_reason),
            # They would make up the text again.
            tokens=(),
            tool_calls=tuple(
                ToolCall(
                    identifier=self.text(call.identifier),
                    name=self.text(call.name),
                    arguments=cast("JsonObject", self.value(call.arguments)),
                )
                for call in calls
            ),
        )

    def finds(self, text: str) -> bool:
        """Return whether a text holds a secret."""
        return any(form in text for form in self._forms)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return a text without these secrets, in whichever notation they stand in it."""
    return Redaction(secrets).text(text)


@lru_cache(maxsize=64)
def _ordered(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Return every form of some secrets, the longest first, so that no rest of one stays behind another."""
    return tuple(
        sorted({form for value in secrets for form in _forms(value.strip())}, key=lambda form: (-len(form), form))
    )


def _forms(value: str) -> frozenset[str]:
    if len(value) < SHORTEST_SECRET:
        return frozenset()
    plain = {value}
    # Events are JSON, in which a value may be written with escapes; the text in them may be JSON once more.
    for _ in range(2):
        plain |= {form for each in plain for form in _in_json(each)}
    raw = value.encode("utf-8", "surrogatepass")
    return frozenset(
        {
            *plain,
            *_in_addresses(value),
            *_in_base_64(raw),
            html.escape(value),
            html.escape(value, quote=False),
            repr(value)[1:-1],
            repr(raw)[2:-1],
            raw.hex(),
            raw.hex().upper(),
        }
    )


def _in_json(value: str) -> Iterator[str]:
    """Yield how JSON writes a text; some writers escape slashes as well."""
    for is_ascii in (True, False):
        written = json.dumps(value, ensure_ascii=is_ascii)[1:-1]
        yield from (written, written.replace("/", "\\/"))


def _in_addresses(value: str) -> Iterator[str]:
    """Yield how a text is written in a URL or a form; the digits after a per cent sign may be small (RFC 3986, 2.1)."""
    for written in (quote(value, safe="", errors="replace"), quote(value, errors="replace"), quote_plus(value)):
        yield written
        yield "%".join(part[:2].lower() + part[2:] if at else part for at, part in enumerate(written.split("%")))


def _in_base_64(raw: bytes) -> Iterator[str]:
    """Yield what every base64 text has in it that was made of bytes with these among them (RFC 4648, 4 and 5).

    Three bytes become four characters, so there are three ways in which the bytes may lie; characters that depend on
    a neighbour are left out.
    """
    for before in range(3):
        written = b64encode(bytes(before) + raw).decode("ascii").rstrip("=")
        is_whole = (before + len(raw)) % 3 == 0
        core = written[(0, 2, 3)[before] : None if is_whole else -1]
        yield core
        yield core.replace("+", "-").replace("/", "_")


NOTHING: Final = Redaction(())
"""Where no secret was sent."""
