"""What can go wrong between a service and who asks it, and when: by name, and by chance that is the same each time."""

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal

MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as it came in.

    Attributes:
        path: With what follows a question mark.
        headers: Their names in small letters.
        body: As it was sent.
        payload: The body as JSON; empty if it is none.
        key: What tells requests apart: what the user said last.
        attempt: How often this key was asked so far, this time counted.
        turn: How many requests came over this connection so far, this one counted.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    payload: Mapping[str, Any]
    key: str
    attempt: int
    turn: int


class Break(StrEnum):
    """Where a connection breaks off."""

    NEVER = "never"
    AT_ONCE = "at once"
    IN_HEAD = "in head"
    IN_BODY = "in body"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How an answer is delivered; by itself, well.

    Attributes:
        status: Of HTTP.
        headers: Further ones.
        body: What is sent in the place of the answer; ``None`` for the answer, or a complaint if the status is one.
        complaint: The sentence of the complaint.
        interim: Statuses of answers that come before, such as 103.
        wait: Seconds before the first byte.
        pause: Seconds before each piece of the body.
        padding: How many bytes of white space go before the body.
        framing: How the end of the body is known.
        breaks: Where the connection breaks off.
        is_reset: Whether it is reset where it breaks off, and not merely closed.
        stream_failure: What a stream complains of half-way; empty for nothing.
        raw: Sent in the place of everything, as it stands.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    complaint: str = "made up: this failed on purpose"
    interim: tuple[int, ...] = ()
    wait: float = 0.0
    pause: float = 0.0
    padding: int = 0
    framing: Literal["length", "chunked", "close"] = "length"
    breaks: Break = Break.NEVER
    is_reset: bool = True
    stream_failure: str = ""
    raw: bytes | None = None


WELL: Final = Delivery()
"""Nothing goes wrong."""

Script = Callable[[Asked], Delivery]
"""Decides how a request is answered."""


def _later(seconds: float) -> str:
    return format_datetime(datetime.now(tz=UTC) + timedelta(seconds=seconds), usegmt=True)


def _kept_waiting(**headers: str) -> Delivery:
    return Delivery(status=429, headers={name.replace("_", "-"): text for name, text in headers.items()})


FAULTS: Final[Mapping[str, Callable[[], Delivery]]] = MappingProxyType(
    {
        "429": lambda: Delivery(status=429),
        "429-seconds": lambda: _kept_waiting(retry_after="0"),
        "429-date": lambda: _kept_waiting(retry_after=_later(0)),
        "429-milliseconds": lambda: _kept_waiting(retry_after_ms="20"),
        "429-nonsense": lambda: _kept_waiting(retry_after="soon"),
        "429-far": lambda: _kept_waiting(retry_after="86400"),
        "500": lambda: Delivery(status=500),
        "502": lambda: Delivery(status=502, body=b"<html>Bad Gateway</html>", headers={"content-type": "text/html"}),
        "503": lambda: Delivery(status=503, headers={"retry-after": "0"}),
        "529": lambda: Delivery(status=529),
        "400": lambda: Delivery(status=400),
        "401": lambda: Delivery(status=401),
        "404": lambda: Delivery(status=404),
        "redirect": lambda: Delivery(status=307, headers={"location": "/elsewhere"}, body=b""),
        "reset": lambda: Delivery(breaks=Break.AT_ONCE),
        "closed": lambda: Delivery(breaks=Break.AT_ONCE, is_reset=False),
        "reset-in-head": lambda: Delivery(breaks=Break.IN_HEAD),
        "reset-in-body": lambda: Delivery(breaks=Break.IN_BODY),
        "closed-in-body": lambda: Delivery(breaks=Break.IN_BODY, is_reset=False),
        "closed-in-chunks": lambda: Delivery(breaks=Break.IN_BODY, is_reset=False, framing="chunked"),
        "closed-keep-alive": lambda: Delivery(breaks=Break.AFTER, is_reset=False),
        "half-json": lambda: Delivery(body=b'{"id": "answer-1", "choices": [{"message": {"content": "ha'),
        "empty": lambda: Delivery(body=b""),
        "no-content": lambda: Delivery(status=204, body=b""),
        "wrong-type": lambda: Delivery(body=b"<html>Welcome</html>", headers={"content-type": "text/html"}),
        "wrong-shape": lambda: Delivery(body=b'{"choices": 7, "content": "?", "candidates": {}, "message": []}'),
        "wrong-encoding": lambda: Delivery(body=b'{"id": "\xff\xfe"}'),
        "deep": lambda: Delivery(body=b"[" * 200_000),
        "huge": lambda: Delivery(padding=80 * MEBIBYTE),
        "inflated": lambda: Delivery(body=_inflated(), headers={"content-encoding": "gzip"}),
        "not-http": lambda: Delivery(raw=b"SSH-2.0-made-up\r\n"),
        "slow-start": lambda: Delivery(wait=60),
        "trickle": lambda: Delivery(pause=60),
        "interim": lambda: Delivery(interim=(100, 103)),
        "chunked": lambda: Delivery(framing="chunked"),
        "until-close": lambda: Delivery(framing="close"),
        "broken-stream": lambda: Delivery(stream_failure="made up: overloaded half-way"),
    }
)
"""What can go wrong by name; the names that say so end well."""

HARMLESS: Final = frozenset({"closed-keep-alive", "interim", "chunked", "until-close"})
"""Faults that are none: HTTP allows them."""


def _inflated() -> bytes:
    """Return a small body that becomes a huge one when it is unpacked."""
    return gzip.compress(b" " * (80 * MEBIBYTE), compresslevel=9)


def well(_asked: Asked) -> Delivery:
    """Answer everything well."""
    return WELL


def always(name: str) -> Script:
    """Answer everything with a fault."""
    return lambda _asked: FAULTS[name]()


def at_first(name: str, times: int = 1) -> Script:
    """Answer the first attempts of each key with a fault, and further ones well."""
    return lambda asked: FAULTS[name]() if asked.attempt <= times else WELL


def at_random(shares: Mapping[str, float], seed: int = 0) -> Script:
    """Answer a share of the attempts with each fault, by a draw that is the same each time."""

    def deliver(asked: Asked) -> Delivery:
        digest = hashlib.sha256(json.dumps([seed, asked.key, asked.attempt]).encode()).digest()
        drawn = int.from_bytes(digest[:8], "big") / 2**64
        for name, share in shares.items():
            if drawn < share:
                return FAULTS[name]()
            drawn -= share
        return WELL

    return deliver
