"""A made-up service on this machine that fails as real ones do, for tests of backends and of whatever asks them.

::

    with FaultServer(script=at_first("reset-in-body")) as server:
        backend = ...  # with base_url=f"{server.address}/v1"

It answers as OpenAI, Anthropic, Gemini and Ollama do, by the path it is asked at, and breaks HTTP where the script says
so. It listens on the loopback interface only, at a port that the system chooses, in a thread of its own.
"""

import asyncio
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from passmuster.testing.faults import MEBIBYTE, WELL, Asked, Break, Delivery, Script, well
from passmuster.testing.service_answers import Said, Wire, last_said, wants_stream, wire_of

_NOT_FOUND: Final = 404
_NO_CONTENT: Final = 204

_UNDER_WAY: Final = 0.02
"""Seconds in which bytes get from one end of the loopback to the other."""


def _default_said(asked: Asked) -> Said:
    return Said(text=f"I have read: {asked.key}")


class FaultServer:
    """A made-up service; it serves from entering the block to leaving it.

    Attributes:
        counts: How often each key was asked.
        asked: Every request in order, unless it was told to forget them.
        script: How requests are answered from now on; may be changed at any time.
    """

    def __init__(
        self,
        script: Script = well,
        *,
        says: Callable[[Asked], Said] = _default_said,
        delay: float = 0.0,
        forgets: bool = False,
    ) -> None:
        """Take how to answer.

        Args:
            script: Decides how a request is answered.
            says: Decides what is answered.
            delay: Seconds that every answer takes.
            forgets: Whether requests are only counted.
        """
        self.counts: Counter[str] = Counter()
        self.asked: list[Asked] = []
        self.script = script
        self._says = says
        self._delay = delay
        self._forgets = forgets
        self._loop = asyncio.new_event_loop()
        self._socket = socket.socket()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._serve_until_stopped, daemon=True)

    @property
    def address(self) -> str:
        """Where it is, without a path."""
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._socket.bind(("127.0.0.1", 0))
        # Listening from here on: whoever connects before the thread runs is served a moment later.
        self._socket.listen(1024)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving, in the middle of whatever is under way."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _serve_until_stopped(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._serve_connection, sock=self._socket, limit=64 * MEBIBYTE)
        await self._stopping.wait()
        server.close()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = 1
        # A client that leaves in the middle has its reasons; one that is being stopped on is not served any more.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer, turn):
                turn += 1
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, turn: int) -> bool:
        """Answer one request; return whether the connection stays."""
        asked = await self._read(reader, turn)
        delivery = self.script(asked)
        await asyncio.sleep(self._delay + delivery.wait)
        connection = _Connection(writer)
        if delivery.breaks is Break.AT_ONCE:
            return connection.break_off(is_reset=delivery.is_reset)
        if delivery.raw is not None:
            await connection.send(delivery.raw)
            return False
        wire = wire_of(asked.path)
        if wire is None:
            head, pieces = _head(_NOT_FOUND, {}, "length", 0), iter([b""])
        else:
            head, pieces = _answer(asked, delivery, wire, self._says(asked))
        return await connection.deliver(delivery, head, pieces)

    async def _read(self, reader: asyncio.StreamReader, turn: int) -> Asked:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await _body(reader, headers)
        try:
            payload = json.loads(body or b"{}")
        except ValueError:
            payload = {}
        key = last_said(payload)
        self.counts[key] += 1
        asked = Asked(
            path=first.split(" ")[1],
            headers=headers,
            body=body,
            payload=payload,
            key=key,
            attempt=self.counts[key],
            turn=turn,
        )
        if not self._forgets:
            self.asked.append(asked)
        return asked


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int(await reader.readline(), 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def _answer(asked: Asked, delivery: Delivery, wire: Wire, said: Said) -> tuple[bytes, Iterator[bytes]]:
    """Return the head of an answer and the pieces of its body."""
    is_good = delivery.status == WELL.status
    if is_good and delivery.body is None and wants_stream(asked.path, asked.payload):
        head = _head(200, {"content-type": wire.stream_type, **delivery.headers}, "chunked", 0)
        return head, (_chunk(piece) for piece in wire.pieces(said, delivery.stream_failure))
    if delivery.body is not None:
        body = delivery.body
    else:
        told = wire.whole(said) if is_good else wire.complaint(delivery.status, delivery.complaint)
        body = json.dumps(told).encode()
    head = _head(
        delivery.status,
        {"content-type": "application/json", **delivery.headers},
        delivery.framing,
        len(body) + delivery.padding,
    )
    half = len(body) // 2
    pieces = (*_padding(delivery.padding), body[:half], body[half:])
    return head, (_chunk(piece) if delivery.framing == "chunked" else piece for piece in pieces if piece)


def _padding(size: int) -> Iterator[bytes]:
    for start in range(0, size, MEBIBYTE):
        yield b" " * min(MEBIBYTE, size - start)


def _head(status: int, headers: Mapping[str, str], framing: str, length: int) -> bytes:
    ends = {
        "length": {"content-length": str(length)},
        "chunked": {"transfer-encoding": "chunked"},
        "close": {"connection": "close"},
    }[framing]
    # A status that has no body must not speak of one.
    said = dict(headers) if status == _NO_CONTENT else {**headers, **ends}
    lines = [f"HTTP/1.1 {status} Made Up", *(f"{name}: {value}" for name, value in said.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


class _Connection:
    """One connection, which may be treated badly."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def deliver(self, delivery: Delivery, head: bytes, pieces: Iterator[bytes]) -> bool:
        """Send an answer as it is to be delivered; return whether the connection stays."""
        for status in delivery.interim:
            await self.send(f"HTTP/1.1 {status} Made Up\r\n\r\n".encode())
        if delivery.breaks in {Break.IN_HEAD, Break.IN_BODY}:
            begun = head[: len(head) // 2] if delivery.breaks is Break.IN_HEAD else head + next(pieces, b"")
            await self.send(begun)
            # The client is to have read it, since a reset takes with it what is still under way.
            await asyncio.sleep(_UNDER_WAY)
            return self.break_off(is_reset=delivery.is_reset)
        await self._send_all(delivery, head, pieces)
        if delivery.breaks is Break.AFTER or delivery.framing == "close":
            return self.break_off(is_reset=delivery.is_reset and delivery.framing != "close")
        return True

    async def _send_all(self, delivery: Delivery, head: bytes, pieces: Iterator[bytes]) -> None:
        end = b"0\r\n\r\n" if b"\r\ntransfer-encoding: chunked\r\n" in head else b""
        if not delivery.pause and not delivery.padding:
            await self.send(b"".join([head, *pieces, end]))
            return
        await self.send(head)
        for piece in pieces:
            await asyncio.sleep(delivery.pause)
            await self.send(piece)
        await self.send(end)

    def break_off(self, *, is_reset: bool) -> bool:
        if is_reset:
            # Lingering for no seconds makes the system send a reset where it would say goodbye (socket(7)).
            connection = self._writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        return False
