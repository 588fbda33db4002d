"""What stands before every page: whom the request was meant for, where it comes from, who sends it, how large it is."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from passmuster.serving.door import COOKIE, Door

MOST_BYTES: Final = 64 * 1024
"""The longest form."""

LONGEST_ADDRESS: Final = 4096

ENTER: Final = "/enter"
STYLE: Final = "/style.css"
PUBLIC: Final = frozenset({ENTER, STYLE})
"""What is shown to whoever comes: where to sign in, and how that looks."""

SIGN_IN: Final = (
    f'<!doctype html><title>Sign in</title><link rel="stylesheet" href="{STYLE}"><a href="{ENTER}">Sign in</a>\n'
)

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

ALWAYS: Final[Mapping[str, str]] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Nothing goes to another site. Forms of a page without any referrer would say that they come from nowhere.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Lets through what is in order, and gives every answer the headers that keep browsers from mischief."""

    def __init__(self, inner: ASGIApp, door: Door, names: frozenset[str]) -> None:
        """Take what is guarded.

        Args:
            inner: The pages.
            door: Who may come in.
            names: The names by which the server may be called, in small letters and without ports.
        """
        self._inner = inner
        self._door = door
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refusal(scope) or self._inner
        await answer(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            return _no(HTTPStatus.REQUEST_URI_TOO_LONG)
        if len(headers.getlist("host")) != 1 or _without_port(headers["host"]) not in self._names:
            return _no(HTTPStatus.MISDIRECTED_REQUEST)
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return _no(HTTPStatus.METHOD_NOT_ALLOWED)
        if scope["method"] == "POST" and not _is_own(headers):
            return _no(HTTPStatus.FORBIDDEN)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > MOST_BYTES:
            return _no(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if scope["path"] in PUBLIC or self._door.knows(session_of(scope)):
            return None
        return HTMLResponse(SIGN_IN, status_code=HTTPStatus.UNAUTHORIZED)


def session_of(scope: Scope) -> str:
    """Return the session that a request says it belongs to; empty for none."""
    return Request(scope).cookies.get(COOKIE, "")


def _is_own(headers: Headers) -> bool:
    """Whether a form was sent by a page of this server: browsers say so, and let no page say it falsely."""
    origins = headers.getlist("origin")
    if len(origins) != 1:
        return False
    try:
        parts = urlsplit(origins[0])
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc.lower() == headers["host"].lower()


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isascii() and port.isdigit() else host.lower()


def _no(status: HTTPStatus) -> Response:
    return PlainTextResponse(f"{status.phrase}\n", status_code=status)
