"""A real server on the loopback address that gives vectors, or whatever a test wants it to give."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


@dataclass
class Reply:
    """What comes back.

    Attributes:
        content: JSON, or bytes as they are.
        missing: How many bytes more are announced than come.
    """

    content: object
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0


@dataclass
class Service:
    """The server, and what reached it.

    Attributes:
        answer: Makes the reply to a path and a document; ``None`` lets the caller wait until the test is over, and
            ``ConnectionResetError`` breaks the connection off.
    """

    address: str = ""
    paths: list[str] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], Reply | None] = lambda _document: Reply({})
    is_over: threading.Event = field(default_factory=threading.Event)


def vector_of(text: str) -> list[float]:
    """Return a vector that is the text's own."""
    return [float(len(text)) + 1, *(float(text.count(letter)) for letter in "aeiou")]


def openai_vectors(document: Mapping[str, Any]) -> Reply:
    """Answer as the OpenAI interface does, in an order of its own."""
    data = [{"index": index, "embedding": vector_of(text)} for index, text in enumerate(document["input"])]
    return Reply({"object": "list", "data": data[::-1], "model": document["model"]})


def ollama_vectors(document: Mapping[str, Any]) -> Reply:
    """Answer as Ollama does."""
    return Reply({"model": document["model"], "embeddings": [vector_of(text) for text in document["input"]]})


def given(vectors: Sequence[object]) -> Callable[[dict[str, Any]], Reply]:
    """Answer with these vectors, as the OpenAI interface does, whatever was asked."""
    data = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return lambda _document: Reply(json.dumps({"data": data}).encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def do_POST(self) -> None:
        service = self.service
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service.paths.append(self.path)
        service.documents.append(document)
        service.tokens.append(self.headers.get("Authorization"))
        self.close_connection = True
        try:
            reply = service.answer(document)
        except ConnectionResetError:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        if reply is None:
            service.is_over.wait()
            return
        content = reply.content if isinstance(reply.content, bytes) else json.dumps(reply.content).encode()
        self.send_response(reply.status)
        for name, value in {
            # Said, not only done: a client that thinks the connection open would ask the next question on it.
            "Connection": "close",
            "Content-Length": str(len(content) + reply.missing),
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """Stay silent: tests break connections off."""


@contextmanager
def serving() -> Iterator[Service]:
    """Run a server while the block lasts."""
    service = Service()
    server = _Server((HOST, 0), type("_OwnHandler", (_Handler,), {"service": service}))
    service.address = f"http://{HOST}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        service.is_over.set()
        server.shutdown()
        thread.join()
        server.server_close()
