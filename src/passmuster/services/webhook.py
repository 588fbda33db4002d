"""Tells an address of a team that something happened: one signed letter, sent again where it may be lost."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import httpx

from passmuster.services.errors import kind_of, retry_after
from passmuster.services.options import LOOPBACK
from passmuster.services.transport import JSON_HEADERS, Connections, headers_of

WAITS: Final = (1.0, 5.0, 20.0)
"""Seconds before each further attempt."""

LONGEST_WAIT: Final = 60.0
"""Seconds that a receiver may ask to wait."""

SECONDS: Final = 20.0
"""To connect, and between two bytes."""

SIGNATURE: Final = "x-passmuster-signature"
TIMESTAMP: Final = "x-passmuster-timestamp"
KEY: Final = "idempotency-key"

_GOOD: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_SERVER: Final = 500
_PASSING: Final = frozenset({408, 425, 429})

Rest = Callable[[float], Awaitable[None]]
"""Waits for so many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Letter:
    """What is sent, and where; neither the address nor the secret is ever printed.

    Attributes:
        address: Where to.
        body: JSON.
        key: The same in every attempt, so that a receiver who has it already can leave it.
        at: The second, since 1970, in which it was signed.
        secret: What it is signed with; ``None`` for no signature.
    """

    address: str
    body: bytes
    key: str
    at: int
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of a letter.

    Attributes:
        is_delivered: Whether the receiver took it.
        attempts: How often it was sent.
        sentence: Why it was not taken, without the address; empty where it was.
    """

    is_delivered: bool
    attempts: int
    sentence: str = ""


def complaint_of_address(address: str) -> str:
    """Return what is wrong with an address, without repeating it; empty if nothing is."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
        httpx.URL(address)
    except (ValueError, httpx.InvalidURL):
        return "it is no address"
    if parts.scheme not in {"http", "https"} or not host or not address.isprintable() or " " in address:
        return "it is no address that begins with https://"
    if parts.username is not None:
        return "it names a user; a webhook's right is in its path, or in the signature"
    if parts.scheme == "http" and host not in LOOPBACK:
        return "what is sent could be read by everybody on the way: it must begin with https://"
    return ""


def signature(secret: str, at: int, body: bytes) -> str:
    """Return what a receiver compares: HMAC-SHA256 over the second, a full stop and the body."""
    digest = hmac.new(secret.encode("utf-8"), b"%d." % at + body, hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


async def deliver(letter: Letter, rest: Rest) -> Delivery:
    """Send a letter, up to four times; a redirect is never followed."""
    connections = Connections(letter.address, connect=SECONDS, first_byte=SECONDS)
    sentence, attempts = "", 0
    for wait in (*WAITS, None):
        attempts += 1
        attempt = await _attempt(letter, connections)
        if attempt.is_delivered:
            return Delivery(is_delivered=True, attempts=attempts)
        sentence = attempt.sentence
        if wait is None or not attempt.may_succeed:
            break
        await rest(min(LONGEST_WAIT, max(wait, attempt.asked_wait)))
    return Delivery(is_delivered=False, attempts=attempts, sentence=sentence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    is_delivered: bool = False
    sentence: str = ""
    may_succeed: bool = False
    asked_wait: float = 0.0


async def _attempt(letter: Letter, connections: Connections) -> _Attempt:
    try:
        answer = await connections.send(httpx.URL(letter.address), _headers(letter), letter.body)
        status, headers = answer.status_code, headers_of(answer)
        await answer.aclose()
    except Exception as error:
        known = kind_of(error)
        if known is None:
            raise
        # What the exception says may hold the address.
        return _Attempt(sentence=f"it {known[1]} ({type(error).__name__})", may_succeed=True)
    if status in _GOOD:
        return _Attempt(is_delivered=True)
    if status in _REDIRECTS:
        return _Attempt(sentence=f"it answered {status}, and redirects are not followed")
    return _Attempt(
        sentence=f"it answered {status}",
        may_succeed=status >= _SERVER or status in _PASSING,
        asked_wait=_asked_wait(headers),
    )


def _asked_wait(headers: dict[str, str]) -> float:
    return retry_after(headers, now=datetime.now(UTC)) or 0.0


def _headers(letter: Letter) -> tuple[tuple[bytes, bytes], ...]:
    own = {KEY: letter.key, TIMESTAMP: str(letter.at)}
    if letter.secret is not None:
        own[SIGNATURE] = signature(letter.secret, letter.at, letter.body)
    return (*JSON_HEADERS, *((name.encode(), value.encode()) for name, value in own.items()))
