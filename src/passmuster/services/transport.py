"""Connections to one service: the only place that opens any.

Measured (docs/decisions/0030-transport.md): one pool of httpx walks all its connections for every request, so that it
is slow from some ten connections on. Hence httpx runs over aiohttp where the package httpx-aiohttp is installed (extra
``live``), and over many pools of one connection each where it is not; both are driven without a client in between.
"""

import asyncio
import functools
import importlib.util
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import httpx

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.services.errors import TooLargeError, is_unanswered
from passmuster.services.proxies import proxy_for

Kind = Literal["fastest", "httpx"]
Headers = Sequence[tuple[bytes, bytes]]
_Kept = MutableMapping[asyncio.AbstractEventLoop, "_Wire"]

KEPT_ALIVE: Final = 30.0
"""Seconds that an idle connection is kept."""

STALE_WITHIN: Final = 2.0
"""Seconds within which a connection shows that it had been closed; one that ends later may have been worked for."""

LARGEST: Final = 64 * 1_048_576
"""Bytes of an answer at most; a longer one is refused."""

JSON_HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"accept", b"application/json, text/event-stream"),
    # A small answer that unfolds into a huge one is not worth the bytes saved.
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"passmuster"),
)
"""What every request says of itself."""

_is_reused: ContextVar[bool] = ContextVar("_is_reused", default=True)
"""Whether the request under way has a connection that was used before."""


class Connections:
    """Connections to one service, made anew in every event loop and closed at its end."""

    def __init__(
        self,
        address: str,
        *,
        connect: float = 10.0,
        first_byte: float = 120.0,
        proxy: str | None = None,
        certificates: Path | None = None,
        kind: Kind = "fastest",
    ) -> None:
        """Say whom to connect to; nothing is connected yet.

        Args:
            address: Where the service is.
            connect: Seconds to connect.
            first_byte: Seconds without a byte, before the first one or between two.
            proxy: A proxy's address; ``None`` for what the environment says.
            certificates: A file of trusted certificates; ``None`` for those that are trusted everywhere.
            kind: Whose connections are used.

        Raises:
            InvalidConfigurationError: If the certificates cannot be read, or the proxy is of no known kind.
        """
        self._proxy = proxy_for(address, proxy)
        self._is_encrypted = "https" in {urlsplit(address).scheme, urlsplit(self._proxy or "").scheme}
        self._certificates = certificates
        if certificates is not None:
            trusted(certificates)
        self._kind = kind
        # Nobody waits for a place in a pool here; what goes by that name bounds the look-up of the host's name as well.
        self._waits = {"connect": connect, "read": first_byte, "write": first_byte, "pool": connect}
        self._kept: _Kept = WeakKeyDictionary()

    async def send(self, url: httpx.URL, headers: Headers, body: bytes) -> httpx.Response:
        """Post a body and return the answer, whose body is yet to be read, and which must be closed.

        A server closes idle connections when it likes. A request that meets such an end, so that nothing of an answer
        came on a connection that was used before, is sent once more, unless it might have been worked on by then.

        Raises:
            Exception: Whatever httpx or aiohttp raise; :func:`passmuster.services.errors.failure_of` knows them.
        """
        loop = asyncio.get_running_loop()
        wire = self._kept.get(loop) or await self._opened()
        _is_reused.set(True)
        begun = loop.time()
        try:
            return await wire.post(url, headers, body)
        except Exception as error:
            if not (_is_reused.get() and is_unanswered(error) and loop.time() - begun < STALE_WITHIN):
                raise
        return await wire.post(url, headers, body)

    async def _opened(self) -> "_Wire":
        loop = asyncio.get_running_loop()
        wire = self._kept[loop] = self._wire()
        keeper = _keeping(loop, wire, self._kept)
        # Its event loop closes it, and not whoever drops the last reference to these connections.
        _keepers.setdefault(loop, []).append(keeper)
        await anext(keeper)
        return wire

    def _wire(self) -> "_Wire":
        trust = trusted(self._certificates) if self._is_encrypted else False
        proxy = None if self._proxy is None else httpx.Proxy(self._proxy)
        if self._kind == "httpx" or not has_aiohttp():
            return _OverHttpx(_SinglePools(trust, proxy), self._waits)
        if proxy is not None:
            return _OverHttpx(_over_aiohttp(trust, proxy), self._waits)
        # aiohttp takes a quarter of a second to import, and is imported for nothing else.
        from passmuster.services.aiohttp_transport import OverAiohttp  # noqa: PLC0415 - see above

        return OverAiohttp(trust, waits=self._waits, kept_alive=KEPT_ALIVE, connecting=_note_connecting)


_keepers: MutableMapping[asyncio.AbstractEventLoop, list[AsyncGenerator[None, None]]] = {}
"""What keeps connections open in each event loop."""


async def _keeping(loop: asyncio.AbstractEventLoop, wire: "_Wire", kept: _Kept) -> AsyncGenerator[None, None]:
    """Keep connections until the event loop ends: asyncio.run closes the generators that are open then."""
    try:
        yield
    finally:
        kept.pop(loop, None)
        _keepers.pop(loop, None)
        await wire.aclose()
        # Sockets are closed in the loop's next turn.
        await asyncio.sleep(0)


async def whole(response: httpx.Response, *, largest: int = LARGEST) -> bytes:
    """Return the whole body of an answer.

    Raises:
        TooLargeError: If it is longer than ``largest`` bytes; the rest is never fetched.
    """
    content = bytearray()
    async for piece in _body(response):
        content += piece
        if len(content) > largest:
            raise _too_large(largest)
    return bytes(content)


async def pieces_of(response: httpx.Response, *, largest: int = LARGEST) -> AsyncIterator[bytes]:
    """Yield the body of an answer as it comes.

    Raises:
        TooLargeError: If it is longer than ``largest`` bytes; the rest is never fetched.
    """
    size = 0
    async for piece in _body(response):
        size += len(piece)
        if size > largest:
            raise _too_large(largest)
        yield piece


async def beginning(response: httpx.Response, size: int) -> bytes:
    """Return the first bytes of a body; what is beyond them is never fetched."""
    content = bytearray()
    async for piece in _body(response):
        content += piece
        if len(content) >= size:
            break
    return bytes(content[:size])


def headers_of(response: httpx.Response) -> dict[str, str]:
    """Return the headers of an answer, their names in small letters; of equal names the last one stays.

    Looking into these of httpx costs more than this does.
    """
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}


def _body(response: httpx.Response) -> AsyncIterable[bytes]:
    if "content-encoding" in response.headers:
        return response.aiter_bytes()
    assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what every transport here returns
    return response.stream


def _too_large(largest: int) -> TooLargeError:
    message = f"more than {largest} bytes"
    return TooLargeError(message)


@functools.cache
def has_aiohttp() -> bool:
    """Whether httpx can run over aiohttp here."""
    return importlib.util.find_spec("httpx_aiohttp") is not None


@functools.cache
def trusted(certificates: Path | None) -> ssl.SSLContext:
    """Return what says which servers are trusted; made once, since reading certificates takes longer than a request.

    Raises:
        InvalidConfigurationError: If the file is not there, or holds no certificates.
    """
    if certificates is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=certificates)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"the certificates in {certificates.as_posix()!r} cannot be read: {reason}"
        hint = "let 'certificates' name a file in PEM format"
        finding = Finding(rule="certificates", severity=Severity.ERROR, message=message, hint=hint)
        raise InvalidConfigurationError([finding]) from error


def _over_aiohttp(trust: ssl.SSLContext | bool, proxy: httpx.Proxy) -> httpx.AsyncBaseTransport:  # noqa: FBT001 - as httpx and aiohttp take it
    """Return httpx over aiohttp, which knows how to ask a proxy."""
    import aiohttp  # noqa: PLC0415 - takes a quarter of a second, and is imported for nothing else
    from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415 - see above

    watch = aiohttp.TraceConfig()
    watch.on_connection_create_start.append(_connecting)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=trust, keepalive_timeout=KEPT_ALIVE),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[watch],
    )
    return AiohttpTransport(verify=trust, proxy=proxy, client=session)


async def _connecting(*_told: object) -> None:
    _note_connecting()


def _note_connecting() -> None:
    _is_reused.set(False)


class _Wire(Protocol):
    """What sends to one service."""

    async def post(self, url: httpx.URL, headers: Headers, body: bytes) -> httpx.Response: ...

    async def aclose(self) -> None: ...


class _OverHttpx:
    """What sends by way of a transport of httpx."""

    def __init__(self, transport: httpx.AsyncBaseTransport, waits: Mapping[str, float]) -> None:
        self._transport = transport
        self._extensions = {"timeout": dict(waits)}

    async def post(self, url: httpx.URL, headers: Headers, body: bytes) -> httpx.Response:
        request = httpx.Request("POST", url, headers=headers, content=body, extensions=self._extensions)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._transport.aclose()


class _SinglePools(httpx.AsyncBaseTransport):
    """Many pools of httpx of one connection each; the one that was used last is taken first."""

    def __init__(self, trust: ssl.SSLContext | bool, proxy: httpx.Proxy | None) -> None:  # noqa: FBT001 - as httpx takes it
        self._trust = trust
        self._proxy = proxy
        self._all: list[httpx.AsyncHTTPTransport] = []
        self._idle: list[httpx.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pool = self._idle.pop() if self._idle else self._made()
        request.extensions["trace"] = _noticed
        try:
            response = await pool.handle_async_request(request)
        except BaseException:
            self._idle.append(pool)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what this transport returns
        response.stream = _Returning(response.stream, lambda: self._idle.append(pool))
        return response

    async def aclose(self) -> None:
        for pool in self._all:
            await pool.aclose()

    def _made(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_ALIVE)
        pool = httpx.AsyncHTTPTransport(verify=self._trust, trust_env=False, proxy=self._proxy, limits=limits)
        self._all.append(pool)
        return pool


class _Returning(httpx.AsyncByteStream):
    """A body whose end gives its connection back."""

    def __init__(self, body: httpx.AsyncByteStream, give_back: Callable[[], None]) -> None:
        self._body = body
        self._give_back: Callable[[], None] | None = give_back

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._body)

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            if self._give_back is not None:
                self._give_back()
                self._give_back = None


async def _noticed(name: str, _told: object) -> None:
    if name.endswith("connect_tcp.started"):
        _is_reused.set(False)
