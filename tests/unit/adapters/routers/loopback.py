"""A real server on the loopback address, whose behaviour the path of the address decides."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"
TOKEN = "correct-horse-battery"  # noqa: S105 - guards nothing


@dataclass
class Seen:
    """What reached the server: headers and body of each request, in order."""

    headers: list[Mapping[str, str]] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Answers a POST by the behaviour that the path names."""

    protocol_version = "HTTP/1.1"
    seen: Seen
    stop: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.headers.append(dict(self.headers.items()))
        name, _, argument = self.path.strip("/").partition("/")
        try:
            document = json.loads(body)
        except ValueError:
            self.reply({"error": "no JSON"}, status=200 if name == "careless" else 400)
            return
        self.seen.documents.append(document)
        BEHAVIOURS[name](self, document, argument)

    def reply(
        self, answer: object, *, status: int = 200, kind: str = "application/json", headers: Mapping[str, str] = {}
    ) -> None:
        """Send JSON, or bytes as they are."""
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent."""


def choose(document: Mapping[str, Any]) -> dict[str, object]:
    """Choose the first agent whose name stands in the request."""
    text = document["request"]["text"].lower()
    names = [agent["name"] for agent in document["roster"]["agents"]]
    return {"chosen": next((name for name in names if name.lower() in text), None)}


def right(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    if "request" not in document:
        handler.reply({"error": "another shape"}, status=422)
        return
    handler.reply(choose(document))


def full(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    names = [agent["name"] for agent in document["roster"]["agents"]]
    ranking = [{"agent": name, "score": 1 - place} for place, name in enumerate(names)]
    usage = {"input_tokens": 12, "output_tokens": 3, "cost": 0.25}
    told = {"margin": 1, "confidence": 0.75, "rationale": "it fits", "model": "tiny-1", "version": "2"}
    handler.reply({"chosen": names[0], "ranking": ranking, "usage": usage, **told})


def status(handler: Handler, _document: object, argument: str) -> None:
    handler.reply({"error": "no\n luck"}, status=int(argument), headers={"Location": f"http://{HOST}:1/elsewhere"})


def slow(handler: Handler, _document: object, argument: str) -> None:
    """Drip, so that no single byte is late and the whole is."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.stop.wait(float(argument)):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            break
    handler.close_connection = True


def half(handler: Handler, _document: object, _argument: str) -> None:
    handler.reply(b'{"chosen": "debug')


def broken_off(handler: Handler, _document: object, _argument: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"chosen":')
    handler.close_connection = True


def reset(handler: Handler, _document: object, _argument: str) -> None:
    """Close without a farewell."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def huge(handler: Handler, _document: object, argument: str) -> None:
    handler.reply(b'{"chosen": null, "rationale": "' + b"a" * int(argument) + b'"}')


def squeezed(handler: Handler, _document: object, _argument: str) -> None:
    handler.reply({"chosen": None}, headers={"Content-Encoding": "gzip"})


def answer(handler: Handler, _document: object, argument: str) -> None:
    """Answer with the JSON that the path holds in hexadecimal digits."""
    handler.reply(bytes.fromhex(argument))


def echo(handler: Handler, _document: object, argument: str) -> None:
    """Repeat the header with the token, as careless services do."""
    said = handler.headers.get("Authorization", "")
    handler.reply({"chosen": None, "rationale": said} if argument == "200" else said.encode(), status=int(argument))


def guarded(handler: Handler, document: Mapping[str, Any], argument: str) -> None:
    is_known = handler.headers.get("Authorization") == f"Bearer {TOKEN}"
    right(handler, document, argument) if is_known else handler.reply({"error": "who are you?"}, status=401)


def careless(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    """Answer 200 to everything; what is no JSON is met with it before this."""
    handler.reply(choose(document) if "request" in document else {"chosen": None})


def fixed(handler: Handler, _document: object, argument: str) -> None:
    """Choose the same agent whatever the roster."""
    handler.reply({"chosen": argument})


def late(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    """Choose from the roster of the request before, as one does who shares what should not be shared."""
    before = handler.seen.documents[-2] if len(handler.seen.documents) > 1 else document
    agents = (before if "roster" in before else document)["roster"]["agents"]
    handler.reply({"chosen": agents[0]["name"] if agents else None})


def picky(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    """Break on what users do not say often."""
    request = document["request"]
    handler.reply(choose(document), status=500 if request["history"] or not request["text"].strip() else 200)


def narrow(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    """Refuse keys that it does not know."""
    is_known = document.keys() == {"contract", "roster", "request"}
    handler.reply(choose(document) if is_known else {"error": "unknown key"}, status=200 if is_known else 422)


def plain(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    """Say that the answer is a page."""
    handler.reply(choose(document), kind="text/html; charset=utf-8")


def fickle(handler: Handler, document: Mapping[str, Any], _argument: str) -> None:
    """Choose the first agent and nobody by turns."""
    names = [agent["name"] for agent in document["roster"]["agents"]]
    handler.reply({"chosen": names[0] if names and len(handler.seen.documents) % 2 else None})


BEHAVIOURS: Mapping[str, Callable[[Handler, Any, str], None]] = {
    function.__name__: function
    for function in (
        right,
        full,
        status,
        slow,
        half,
        broken_off,
        reset,
        huge,
        squeezed,
        answer,
        echo,
        guarded,
        careless,
        fixed,
        late,
        picky,
        narrow,
        plain,
        fickle,
    )
}


@dataclass
class Loopback:
    """A server that runs."""

    address: str
    seen: Seen

    def url(self, behaviour: str) -> str:
        return f"{self.address}/{behaviour}"


class Server(ThreadingHTTPServer):
    """Lets many wait at the door, and says nothing of connections that a test broke off."""

    request_queue_size = 128

    def handle_error(self, *_arguments: object) -> None:
        """Stay silent."""


@contextmanager
def serving() -> Iterator[Loopback]:
    """Run the server while the block lasts."""
    seen, stop = Seen(), threading.Event()
    handler = type("OwnHandler", (Handler,), {"seen": seen, "stop": stop})
    server = Server((HOST, 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Loopback(address=f"http://{HOST}:{server.server_address[1]}", seen=seen)
    finally:
        stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
