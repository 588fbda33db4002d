"""Connections of aiohttp, asked directly: a request of httpx and what hands it on take longer than to send it.

Imported by :mod:`passmuster.services.transport` alone, and only when something is to be sent.
"""

import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
from httpx_aiohttp.transport import AiohttpResponseStream, map_aiohttp_exceptions
from yarl import URL

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler


class OverAiohttp:
    """Posts bodies over connections of aiohttp."""

    def __init__(
        self,
        trust: ssl.SSLContext | bool,  # noqa: FBT001 - as aiohttp takes it
        *,
        waits: Mapping[str, float],
        kept_alive: float,
        connecting: Callable[[], None],
    ) -> None:
        """Take what all requests have in common; nothing is connected yet.

        Args:
            trust: Says which servers are trusted.
            waits: The seconds for ``pool``, ``connect`` and ``read``, as httpx names them.
            kept_alive: Seconds that an idle connection is kept.
            connecting: Told within the task of a request that a connection is made for it.
        """
        self._session = aiohttp.ClientSession(
            connector=_Watched(connecting, limit=0, ssl=trust, keepalive_timeout=kept_alive),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                connect=waits["pool"], sock_connect=waits["connect"], sock_read=waits["read"]
            ),
            auto_decompress=False,
        )

    async def post(self, url: httpx.URL, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> httpx.Response:
        """Return the answer, whose body is yet to be read, and which must be closed.

        Raises:
            Exception: What httpx calls an exception of aiohttp, with that as its cause; or that itself.
        """
        named = [(name.decode(), value.decode()) for name, value in headers]
        with map_aiohttp_exceptions():
            answer = await self._session.post(_url(str(url)), headers=named, data=body or None, allow_redirects=False)
        return httpx.Response(answer.status, headers=answer.raw_headers, stream=AiohttpResponseStream(answer))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.close()


class _Watched(aiohttp.TCPConnector):
    """Tells when it makes a connection; what aiohttp offers for that costs each request more than its headers do."""

    def __init__(self, connecting: Callable[[], None], **options: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(**options)
        self._connecting = connecting

    async def _create_connection(self, *asked: Any) -> "ResponseHandler":  # noqa: ANN401 - handed on
        self._connecting()
        return await super()._create_connection(*asked)


@lru_cache(maxsize=64)
def _url(text: str) -> URL:
    return URL(text)
