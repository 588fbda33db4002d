"""Asks an application by ASGI, in its own process, one request after the other."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from .places import Places

Message = MutableMapping[str, Any]
Application = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
_MOST_BODY: Final = 262_144


class Client:
    """An event loop with an application in it."""

    def __init__(self, application: Application, places: Places, *, time_limit: float) -> None:
        self._application = application
        self._places = places
        self._time_limit = time_limit
        self._loop = asyncio.new_event_loop()
        self._state: dict[str, Any] = {}

    def start(self) -> BaseException | None:
        """Have the application start up; returns what it raised."""
        asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(self._started())

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send one request, and return the response as far as there was one."""
        return self._loop.run_until_complete(self._answered(request))

    def run(self, work: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever the work returns
        """Have something else awaited in the same loop."""
        return self._loop.run_until_complete(asyncio.wait_for(work, self._time_limit))

    async def _started(self) -> BaseException | None:
        events: asyncio.Queue[Message] = asyncio.Queue()
        began = asyncio.Event()
        failed: list[str] = []

        async def send(message: Message) -> None:
            if message["type"].endswith("failed"):
                failed.append(str(message.get("message", "")))
            began.set()

        async def serve() -> None:
            scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self._state}
            await self._application(scope, events.get, send)

        await events.put({"type": "lifespan.startup"})
        # Kept, so that what the application holds open while it runs stays open.
        self._serving = asyncio.ensure_future(serve())
        waiting = asyncio.ensure_future(began.wait())
        await asyncio.wait({self._serving, waiting}, timeout=self._time_limit, return_when=asyncio.FIRST_COMPLETED)
        if not began.is_set() and not self._serving.done():
            return TimeoutError("the application did not end its start")
        waiting.cancel()
        if not failed:
            # An application that knows nothing of starting raises here, and is none the worse for it.
            return None
        with suppress(asyncio.CancelledError):
            await asyncio.wait({self._serving}, timeout=1)
        raised = self._serving.exception() if self._serving.done() else None
        return raised or RuntimeError(failed[0].strip().rpartition("\n")[2])

    async def _answered(self, request: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {"status": 0, "headers": {}, "body": ""}
        body = bytearray()
        given = [{"type": "http.request", "body": request.get("body", "").encode(), "more_body": False}]
        forever = asyncio.Event()

        async def receive() -> Message:
            if given:
                return given.pop()
            await forever.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                found["status"] = message["status"]
                found["headers"] = {
                    bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
                    for name, value in message.get("headers", ())
                }
            elif message["type"] == "http.response.body" and len(body) < _MOST_BODY:
                body.extend(message.get("body", b""))

        try:
            await asyncio.wait_for(self._application(self._scope(request), receive, send), self._time_limit)
        except Exception as error:  # noqa: BLE001 - an application may raise anything
            found["error"] = told(error, self._places)
            found["status"] = found["status"] or 500
        found["body"] = bytes(body).decode("utf-8", "replace")
        return found

    def _scope(self, request: dict[str, Any]) -> Message:
        parts = urlsplit(request["target"])
        headers = {"host": "testserver", "accept": "application/json", **request.get("headers", {})}
        if request.get("body"):
            headers = {
                "content-type": "application/json",
                **headers,
                "content-length": str(len(request["body"].encode())),
            }
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request["method"],
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [
                (name.lower().encode(), str(value).encode("latin-1", "replace")) for name, value in headers.items()
            ],
            "client": ("127.0.0.1", 40000),
            "server": ("testserver", 80),
            "state": dict(self._state),
        }


def told(error: BaseException, places: Places) -> dict[str, Any]:
    """Return an exception in words, with the answer's last line that it came through."""
    inner = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return {"type": type(inner).__name__, "message": str(inner)[:300], **places.of_error(inner)}
