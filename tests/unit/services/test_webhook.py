"""Letters to webhooks, with a real server on loopback."""

import asyncio
import hashlib
import hmac
import socket

import pytest
from tests.made_up_webhook import listening

from passmuster.services.webhook import WAITS, Delivery, Letter, complaint_of_address, deliver

SECRET = "a-secret-that-signs"  # noqa: S105 - made up


def sent(address: str, secret: str | None = SECRET) -> tuple[Delivery, list[float]]:
    """Send a letter, without waiting between attempts, and return what came of it and how long it would have waited."""
    waits: list[float] = []

    async def rest(seconds: float) -> None:
        waits.append(seconds)

    letter = Letter(address=address, body=b'{"format":1}', key="the-key", at=1_700_000_000, secret=secret)
    return asyncio.run(deliver(letter, rest)), waits


def test_letter_is_signed() -> None:
    """A receiver that knows the secret can check who wrote, what, and when."""
    with listening(204) as server:
        delivery, _ = sent(server.address)
    [(headers, body)] = server.got

    expected = hmac.new(SECRET.encode(), headers["x-passmuster-timestamp"].encode() + b"." + body, hashlib.sha256)
    assert delivery == Delivery(is_delivered=True, attempts=1)
    assert headers["x-passmuster-signature"] == f"sha256={expected.hexdigest()}"
    assert headers["content-type"] == "application/json"
    assert body == b'{"format":1}'


def test_without_a_secret_nothing_is_signed() -> None:
    """No header looks like a signature that nobody made."""
    with listening(200) as server:
        sent(server.address, secret=None)

    assert "x-passmuster-signature" not in server.got[0][0]


def test_failing_server_is_told_again_with_the_same_key() -> None:
    """Two attempts that both arrived can be known for one, and a wish to wait is kept."""
    with listening(500, 503, 200) as server:
        delivery, waits = sent(server.address)

    assert delivery == Delivery(is_delivered=True, attempts=3)
    assert [headers["idempotency-key"] for headers, _ in server.got] == ["the-key"] * 3
    assert waits == [30.0, 30.0]


def test_redirect_is_not_followed() -> None:
    """What is sent is for the address that was named, and for no other."""
    with listening(302, 200) as server:
        delivery, _ = sent(server.address)

    assert not delivery.is_delivered
    assert delivery.attempts == len(server.got) == 1
    assert "302" in delivery.sentence


def test_refusal_is_not_repeated() -> None:
    """A receiver that says no would say so again."""
    with listening(403) as server:
        delivery, waits = sent(server.address)

    assert (delivery.is_delivered, delivery.attempts, waits) == (False, 1, [])


def test_dead_server_costs_four_attempts_and_no_address() -> None:
    """Nobody listens: the sentence says so, and holds nothing of the address, which is a secret."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]

    delivery, waits = sent(f"http://127.0.0.1:{port}/hooks/very-secret")

    assert (delivery.is_delivered, delivery.attempts, waits) == (False, len(WAITS) + 1, list(WAITS))
    assert "could not be reached" in delivery.sentence
    assert "very-secret" not in delivery.sentence
    assert str(port) not in delivery.sentence


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://example.org/a", ""),
        ("http://127.0.0.1:8080/a", ""),
        ("http://example.org/a", "everybody"),
        ("https://example.org/a".replace("//", "//user:word@"), "names a user"),
        ("ftp://example.org", "https://"),
        ("https:///a", "https://"),
        ("https://[::1", "no address"),
        ("https://example.org/a b", "https://"),
        ("https://example.org/a\r\nx: y", "address"),
    ],
)
def test_unusable_address_is_refused_without_being_repeated(address: str, words: str) -> None:
    """Only encrypted ways lead out of the machine, and a complaint keeps the secret."""
    complaint = complaint_of_address(address)

    assert words in complaint
    assert bool(complaint) is bool(words)
    assert "hooks" not in complaint
