"""Plain data as a short text that a page can hold as it is: JSON, deflated, in base64.

Base64 has no character that means anything in HTML, so nothing in it can end the element that it stands in.
"""

import json
import zlib
from base64 import b64encode
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import cache

LEVEL = 6
"""Higher ones take twice the time for one part in a hundred."""


def packed(value: object) -> str:
    """Return plain data, and dataclasses in it, packed."""
    return packed_text(written(value))


def packed_text(text: str) -> str:
    """Return a text packed."""
    # Halves of characters, which UTF-8 cannot hold, become question marks.
    squeezed = zlib.compress(text.encode("utf-8", "replace"), LEVEL, wbits=-zlib.MAX_WBITS)
    return b64encode(squeezed).decode("ascii")


def written(value: object) -> str:
    """Return plain data, and dataclasses in it, as JSON."""
    return _ENCODER.encode(value)


def _plain(value: object) -> object:
    kind = type(value)
    if is_dataclass(kind):
        return {name: getattr(value, name) for name in _names(kind)}
    message = f"{type(value).__name__} has no form in the page"
    raise TypeError(message)


@cache
def _names(kind: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))  # type: ignore[arg-type]  # keys of a cache are typed as such


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
