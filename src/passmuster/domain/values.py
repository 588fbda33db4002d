"""Small values that the other nouns are made of: names, places, fingerprints, usage."""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NewType

AgentName = NewType("AgentName", str)
"""The name by which a host knows an agent, such as ``debugger`` or ``plugin:reviewer``."""

CaseIdentifier = NewType("CaseIdentifier", str)
"""What people call a case; unique within a suite."""

SubjectName = NewType("SubjectName", str)
"""The name that a suite gives to one router, with or without a backend."""

RunIdentifier = NewType("RunIdentifier", str)
"""Names one run in a store; sorts by the second in which the run began."""

Fingerprint = NewType("Fingerprint", str)
"""Thirty-two hexadecimal digits (128 bits of SHA-256) of a value's canonical JSON."""

UNKNOWN = Fingerprint("")
"""In the place of a fingerprint: nobody took it, or there is nothing to take it of."""

# Not a recursive alias: pydantic recurses without end on one under Python 3.11.
JsonObject = Mapping[str, object]
"""A JSON object whose values are plain data."""

_SIMPLE = frozenset({str, int, bool, type(None)})


def json_writer(encoder: json.JSONEncoder) -> Callable[[object], str]:
    """Return what writes values as an encoder without indents does, which must not contain themselves.

    Most of the time that the encoder takes for a small value goes into what it makes anew each time.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return encoder.encode
    pieces = make(
        markers=None,
        default=encoder.default,
        encoder=json.encoder.encode_basestring_ascii if encoder.ensure_ascii else json.encoder.encode_basestring,
        indent=None,
        key_separator=encoder.key_separator,
        item_separator=encoder.item_separator,
        sort_keys=encoder.sort_keys,
        skipkeys=encoder.skipkeys,
        allow_nan=encoder.allow_nan,
    )
    return lambda value: "".join(pieces(value, 0))


def json_form(value: object) -> object:
    """Return what JSON has no form for in the one that equal values share; the ``default`` of an encoder.

    Raises:
        TypeError: If the value is no mapping, set, moment or amount.
    """
    if isinstance(value, frozenset | set):
        # Whose order differs from process to process.
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    message = f"{value!r} is not plain data"
    raise TypeError(message)


_WRITE = json_writer(json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")))
_SEPARATORS = re.compile(r"[\s_-]+")


def folded_name(name: str) -> str:
    """Return a name as hosts compare names: without case, spaces, hyphens and underscores."""
    return _SEPARATORS.sub("", name.casefold())


def whole_characters(text: str) -> str:
    """Return a text that UTF-8 can hold; halves of characters, which JSON allows, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def fingerprint_of(value: object) -> Fingerprint:
    """Return the fingerprint of plain data.

    Canonical JSON: sorted keys, no spaces, UTF-8, and 1.0 written as 1. Equal data have equal fingerprints
    whatever the order of keys, the process or the machine.

    Args:
        value: Strings, numbers, booleans, ``None``, and lists and mappings of these.

    Raises:
        TypeError: If the value holds anything that JSON has no form for: infinity, not-a-number, and keys that
            are no strings included.
    """
    text = _WRITE(_canonical(value))
    return Fingerprint(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])


class Fingerprinted:
    """Plain data that work their fingerprint out once: a run asks for it a dozen times.

    Whoever inherits is frozen and says in ``_content`` what the fingerprint is of.
    """

    __slots__ = ("_fingerprint",)

    _fingerprint: Fingerprint

    def _content(self) -> object:
        """Return what the fingerprint is of."""
        raise NotImplementedError

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of what this says."""
        try:
            return self._fingerprint
        except AttributeError:
            found = fingerprint_of(self._content())
            object.__setattr__(self, "_fingerprint", found)
            return found


def _canonical(value: object) -> object:
    """Return plain data in the one form that equal data have."""
    # Nearly all values are of these types, and asking whether one is some kind of mapping takes longer.
    if type(value) in _SIMPLE or isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return [item if type(item) in _SIMPLE else _canonical(item) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, float):
        if not math.isfinite(value):
            message = f"{value!r} has no form in JSON"
            raise TypeError(message)
        return int(value) if value.is_integer() else value
    return value


def _key(key: object) -> str:
    # json.dumps would write the key 1 as "1", and two mappings that differ would look alike.
    if not isinstance(key, str):
        message = f"the key {key!r} is no string"
        raise TypeError(message)
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLocation:
    """A place in a user's file; lines and columns count from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return ``path:line:column`` as editors understand it, as far as it is known."""
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one call consumed.

    ``cost`` is in United States dollars, and ``None`` where no price is known: unknown is not free.

    Attributes:
        input_tokens: Everything that was read, from a provider's cache or not.
        output_tokens: Everything that was written, thoughts included.
        cached_tokens: Of the input, what the provider took from its own cache, which is cheaper.
        cache_written_tokens: Of the input, what the provider put into its cache, which some charge more for.
        reasoning_tokens: Of the output, what was thought and is not part of the answer.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    cached_tokens: int = 0
    cache_written_tokens: int = 0
    reasoning_tokens: int = 0
