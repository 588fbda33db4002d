"""Connections, over real ones, by way of both packages."""

import asyncio
import importlib.util
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    BrokenOffError,
    InvalidConfigurationError,
    TimeLimitError,
)
from passmuster.services import transport
from passmuster.services.errors import TooLargeError, failure_of
from passmuster.services.transport import (
    JSON_HEADERS,
    Connections,
    Kind,
    beginning,
    headers_of,
    pieces_of,
    trusted,
    whole,
)
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import WELL, Break, Delivery, always

BODY = b'{"messages": [{"role": "user", "content": "hello"}]}'
KINDS: tuple[Kind, ...] = ("fastest", "httpx")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    if chosen == "fastest" and importlib.util.find_spec("httpx_aiohttp") is None:
        pytest.skip("httpx-aiohttp is not installed")
    return chosen


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as serving:
        yield serving


def url_of(server: FaultServer) -> httpx.URL:
    return httpx.URL(f"{server.address}/v1/chat/completions")


async def answer_of(connections: Connections, server: FaultServer) -> bytes:
    response = await connections.send(url_of(server), JSON_HEADERS, BODY)
    try:
        return await whole(response)
    finally:
        await response.aclose()


async def failing(connections: Connections, address: str) -> BackendError:
    try:
        response = await connections.send(httpx.URL(f"{address}/v1/chat/completions"), JSON_HEADERS, BODY)
        try:
            await whole(response)
        finally:
            await response.aclose()
    except Exception as error:  # noqa: BLE001 - which kinds there are is what is tested
        failure = failure_of(error, address)
        assert failure is not None
        return failure
    pytest.fail("nothing failed")


async def test_an_answer_comes_back_over_a_kept_connection(server: FaultServer, kind: Kind) -> None:
    """The second request goes the way of the first, and nothing was added to the headers that was not asked for."""
    connections = Connections(server.address, kind=kind)

    answers = [await answer_of(connections, server) for _ in range(2)]

    assert all(b"I have read: hello" in answer for answer in answers)
    assert [asked.turn for asked in server.asked] == [1, 2]
    assert [asked.body for asked in server.asked] == [BODY, BODY]
    assert server.asked[0].headers["accept-encoding"] == "identity"
    assert {"cookie", "authorization", "content-encoding"}.isdisjoint(server.asked[0].headers)


async def test_many_requests_are_under_way_at_once(server: FaultServer, kind: Kind) -> None:
    """Each gets its own answer."""
    connections = Connections(server.address, kind=kind)

    answers = await asyncio.gather(*(answer_of(connections, server) for _ in range(100)))

    assert len(answers) == server.counts["hello"] == 100


def test_event_loops_may_follow_one_another(server: FaultServer, kind: Kind) -> None:
    """Each has connections of its own, which end with it; a warning would fail this test."""
    connections = Connections(server.address, kind=kind)

    for _ in range(3):
        asyncio.run(answer_of(connections, server))

    assert [asked.turn for asked in server.asked] == [1, 1, 1]


def test_a_loop_may_end_while_requests_are_under_way(server: FaultServer, kind: Kind) -> None:
    """As on Ctrl-C; a warning would fail this test."""
    connections = Connections(server.address, kind=kind)
    server.script = always("slow-start")

    async def broken_off() -> None:
        under_way = [asyncio.create_task(answer_of(connections, server)) for _ in range(5)]
        await asyncio.wait(under_way, timeout=0.1)

    asyncio.run(broken_off())


@pytest.mark.parametrize("is_reset", [True, False])
async def test_a_connection_that_the_server_had_closed_is_no_failure(
    server: FaultServer, kind: Kind, *, is_reset: bool
) -> None:
    """The request is sent once more: nothing of an answer came on a connection that was used before."""
    connections = Connections(server.address, kind=kind)
    server.script = lambda asked: Delivery(breaks=Break.AT_ONCE, is_reset=is_reset) if asked.turn > 1 else WELL

    answers = [await answer_of(connections, server) for _ in range(2)]

    assert len(answers) == 2
    assert [asked.turn for asked in server.asked] == [1, 2, 1]


async def test_a_connection_that_ends_late_is_a_failure(
    server: FaultServer, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever held the request for long may have worked on it, and it would be paid for twice."""
    monkeypatch.setattr(transport, "STALE_WITHIN", 0.0)
    connections = Connections(server.address, kind=kind)
    server.script = lambda asked: Delivery(breaks=Break.AT_ONCE) if asked.turn > 1 else WELL
    await answer_of(connections, server)

    failure = await failing(connections, server.address)

    assert type(failure) is BrokenOffError
    assert len(server.asked) == 2


@pytest.mark.parametrize("name", ["reset", "closed"])
async def test_a_new_connection_that_ends_is_a_failure(server: FaultServer, kind: Kind, name: str) -> None:
    """The service may have worked on the request; whether to ask again is decided elsewhere."""
    connections = Connections(server.address, kind=kind)
    server.script = always(name)

    failure = await failing(connections, server.address)

    assert type(failure) is BrokenOffError
    assert "broke off" in failure.message
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", ["reset-in-head", "reset-in-body", "closed-in-body", "closed-in-chunks", "not-http"])
async def test_an_answer_that_was_begun_is_never_asked_for_again(server: FaultServer, kind: Kind, name: str) -> None:
    """It may have to be paid for."""
    connections = Connections(server.address, kind=kind)
    server.script = always(name)

    failure = await failing(connections, server.address)

    assert failure.is_transient
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", ["interim", "chunked", "until-close", "closed-keep-alive"])
async def test_whatever_http_allows_is_an_answer(server: FaultServer, kind: Kind, name: str) -> None:
    """Twice, since the first may leave the connection in a state."""
    connections = Connections(server.address, kind=kind)
    server.script = always(name)

    answers = [await answer_of(connections, server) for _ in range(2)]

    assert all(b"I have read: hello" in answer for answer in answers)


@pytest.mark.parametrize("name", ["slow-start", "trickle"])
async def test_silence_has_a_limit(server: FaultServer, kind: Kind, name: str) -> None:
    """Before the first byte, and between two."""
    connections = Connections(server.address, kind=kind, first_byte=0.05)
    server.script = always(name)

    failure = await failing(connections, server.address)

    assert type(failure) is TimeLimitError
    assert "sent nothing for too long" in failure.message


async def test_nobody_at_the_address_may_pass(kind: Kind) -> None:
    """The service may be being started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        connections = Connections(address, kind=kind)

        failure = await failing(connections, address)

    assert type(failure) is BackendUnavailableError
    assert "could not be reached" in failure.message


async def test_a_huge_answer_is_not_fetched(server: FaultServer, kind: Kind) -> None:
    """Neither whole, nor piece by piece; its beginning can be had."""
    connections = Connections(server.address, kind=kind)
    server.script = lambda _asked: Delivery(padding=300_000)

    for read in (whole, pieces):
        response = await connections.send(url_of(server), JSON_HEADERS, BODY)
        with pytest.raises(TooLargeError, match="more than 100000 bytes"):
            await read(response, largest=100_000)
        await response.aclose()
    response = await connections.send(url_of(server), JSON_HEADERS, BODY)
    first = await beginning(response, 10)
    await response.aclose()

    assert first == b" " * 10


async def pieces(response: httpx.Response, *, largest: int) -> bytes:
    return b"".join([piece async for piece in pieces_of(response, largest=largest)])


async def test_a_small_body_that_unfolds_is_not_unpacked_for_ever(server: FaultServer, kind: Kind) -> None:
    """The limit is for what comes out."""
    connections = Connections(server.address, kind=kind)
    server.script = always("inflated")

    failure = await failing(connections, server.address)

    assert type(failure) is BackendRefusedError
    assert "more than 67108864 bytes" in failure.message


async def test_headers_are_read_by_small_letters(server: FaultServer, kind: Kind) -> None:
    """However they were written."""
    connections = Connections(server.address, kind=kind)
    server.script = lambda _asked: Delivery(headers={"X-Request-Id": "7"})

    response = await connections.send(url_of(server), JSON_HEADERS, BODY)
    await response.aclose()

    assert headers_of(response)["x-request-id"] == "7"


async def test_a_proxy_is_asked_in_the_place_of_the_service(server: FaultServer, kind: Kind) -> None:
    """It gets the whole address."""
    connections = Connections("http://example.invalid", proxy=server.address, kind=kind)

    response = await connections.send(httpx.URL("http://example.invalid/v1/chat/completions"), JSON_HEADERS, BODY)
    await response.aclose()

    assert server.asked[0].path == "http://example.invalid/v1/chat/completions"
    assert server.asked[0].headers["host"] == "example.invalid"


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_certificates_are_read_before_anything_is_asked(tmp_path: Path, content: bytes | None) -> None:
    """A file that is not there, or holds none, is a complaint about the suite."""
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(InvalidConfigurationError, match=r"company\.pem"):
        Connections("https://example.invalid", certificates=file)


def test_certificates_of_everywhere_are_read_once() -> None:
    """Reading them takes longer than most requests do."""
    assert trusted(None) is trusted(None)
