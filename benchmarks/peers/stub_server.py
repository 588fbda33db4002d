"""A server of OpenAI's chat completions that answers after a while, and keeps count.

    python benchmarks/peers/stub_server.py [SECONDS [ADDRESS]]

Prints its port once it listens, on the loopback device if no address is given.
Every POST is answered after SECONDS (0.1 if nothing is said)
with a text that holds the word which the cases ask for. ``GET /reset`` begins to count anew, and ``GET /counts`` tells
how many requests came, when the first came and the last answer left, and how many were under way at the most.
"""

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import cast

CONTENT = {
    "id": "chatcmpl-stub",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "stub",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Certainly: the word is pineapple."},
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28},
}
END_OF_HEADER = b"\r\n\r\n"
SERVER_BACKLOG = 4096


@dataclass(slots=True)
class Counts:
    """What has happened since the last reset."""

    requests: int = 0
    first: float = 0.0
    last: float = 0.0
    under_way: int = 0
    most_under_way: int = 0


def response(body: bytes) -> bytes:
    """Return a whole response of HTTP/1.1."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


ANSWER = response(json.dumps(CONTENT).encode())


class Connection(asyncio.Protocol):
    """One connection: requests one after another, each answered when its time has come."""

    counts = Counts()

    def __init__(self, delay: float, loop: asyncio.AbstractEventLoop) -> None:
        self._delay = delay
        self._loop = loop
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Answer nobody any more."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Take what came, and every request that is whole."""
        self._received += data
        while (end := self._received.find(END_OF_HEADER)) >= 0:
            head = self._received[:end]
            whole = end + len(END_OF_HEADER) + length_of(head)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._take(head)

    def _take(self, head: bytes) -> None:
        if head.startswith(b"GET "):
            self._tell(head.split(b" ", 2)[1])
            return
        counts = Connection.counts
        counts.first = counts.first or perf_counter()
        counts.requests += 1
        counts.under_way += 1
        counts.most_under_way = max(counts.most_under_way, counts.under_way)
        self._loop.call_later(self._delay, self._answer)

    def _answer(self) -> None:
        counts = Connection.counts
        counts.under_way -= 1
        counts.last = perf_counter()
        if self._transport is not None:
            self._transport.write(ANSWER)

    def _tell(self, target: bytes) -> None:
        body = json.dumps(asdict(Connection.counts)).encode()
        if target == b"/reset":
            Connection.counts = Counts()
        if self._transport is not None:
            self._transport.write(response(body))


def length_of(head: bytes) -> int:
    """Return the length of the body that a header announces."""
    at = head.lower().find(b"content-length:")
    return 0 if at < 0 else int(head[at + 15 :].split(b"\r\n", 1)[0])


async def serve(delay: float, host: str) -> None:
    """Listen until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(delay, loop), host=host, port=0, backlog=SERVER_BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve on the quicker event loop, where there is one."""
    factory = None
    with suppress(ImportError):
        from uvloop import new_event_loop as factory  # noqa: PLC0415 - an extra
    delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.1
    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"  # noqa: PLR2004 - the second argument
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(delay, host))


if __name__ == "__main__":
    main()
