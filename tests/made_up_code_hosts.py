"""GitHub and GitLab as far as comments go, on loopback: paths, rights, pages and the words of their refusals.

Written from their own references: GitHub's "Issue comments" and "Pagination", GitLab's "Notes" and "Pagination".
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

TOKEN = "token-of-these-tests-0123456789"  # noqa: S105 - of a server on loopback
REPOSITORY = "example/agents"
NUMBER = 7

Reply = tuple[int, object, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, str]


@dataclass(kw_only=True)
class CodeHostServer:
    """What both have in common.

    Attributes:
        address: Where its interface is; known once it serves.
        asked: What came, in order.
        said: The comments that stand, the oldest first.
        failures: What is answered to the next requests instead of what is right.
        is_read_only: Whether the token may not write.
    """

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    failures: list[Reply] = field(default_factory=list)
    is_read_only: bool = False
    kind = ""
    list_path = ""
    one_path = ""
    change = ""
    refusal: tuple[int, object] = (403, {})

    @property
    def methods(self) -> list[str]:
        """What was done, in order."""
        return [item.method for item in self.asked]

    @property
    def texts(self) -> list[str]:
        """What stands there now."""
        return [item["body"] for item in self.said]

    def say(self, text: str, author: object = "somebody") -> None:
        """Let somebody comment."""
        raise NotImplementedError

    def token_of(self, headers: Mapping[str, str]) -> str:
        """Return the token of a request, from where this code host looks for it."""
        raise NotImplementedError

    def whose(self) -> Reply:
        """Answer the question whose token it is."""
        raise NotImplementedError

    def say_ours(self, text: str) -> None:
        """Comment as the owner of the token does."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> Reply:
        """Answer a request as the code host does."""
        self.asked.append(asked)
        if self.failures:
            return self.failures.pop(0)
        if self.token_of(asked.headers) != TOKEN:
            return 401, {"message": "Bad credentials"}, {}
        if asked.method == "GET":
            return self._read(asked)
        if self.is_read_only:
            return *self.refusal, {}
        return self._write(asked)

    def _read(self, asked: Asked) -> Reply:
        if asked.path == "/user":
            return self.whose()
        if asked.path != self.list_path:
            return 404, {"message": "Not Found"}, {}
        size, page = int(asked.query.get("per_page", 20)), int(asked.query.get("page", 1))
        shown = self.said[(page - 1) * size : page * size]
        more = page * size < len(self.said)
        links = {"link": f'<{self.address}{asked.path}?page={page + 1}>; rel="next"'} if more else {}
        return 200, shown, links

    def _write(self, asked: Asked) -> Reply:
        if asked.method == "POST" and asked.path == self.list_path:
            self.say_ours(asked.body["body"])
            return 201, self.said[-1], {}
        for item in self.said:
            if asked.method == self.change and asked.path == self.one_path.format(item["id"]):
                item["body"] = asked.body["body"]
                return 200, item, {}
        return 404, {"message": "Not Found"}, {}


@dataclass(kw_only=True)
class GitHubServer(CodeHostServer):
    """GitHub.

    Attributes:
        login: Whose token it is; empty for a job's own, which may not ask.
    """

    login: str = ""
    kind = "github"
    list_path = f"/repos/{REPOSITORY}/issues/{NUMBER}/comments"
    one_path = f"/repos/{REPOSITORY}/issues/comments/{{}}"
    change = "PATCH"
    refusal = (403, {"message": "Resource not accessible by integration"})

    def say(self, text: str, author: object = "somebody") -> None:
        number = len(self.said) + 100
        kind = "Bot" if str(author).endswith("[bot]") else "User"
        self.said.append(
            {
                "id": number,
                "body": text,
                "user": {"login": author, "type": kind},
                "html_url": f"https://example.com/{REPOSITORY}/pull/{NUMBER}#issuecomment-{number}",
            }
        )

    def say_ours(self, text: str) -> None:
        self.say(text, self.login or "github-actions[bot]")

    def token_of(self, headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ")

    def whose(self) -> Reply:
        if self.login:
            return 200, {"login": self.login, "type": "User"}, {}
        return 403, {"message": "Resource not accessible by integration"}, {}


@dataclass(kw_only=True)
class GitLabServer(CodeHostServer):
    """GitLab."""

    kind = "gitlab"
    list_path = f"/projects/{REPOSITORY.replace('/', '%2F')}/merge_requests/{NUMBER}/notes"
    one_path = f"{list_path}/{{}}"
    change = "PUT"
    refusal = (403, {"message": "403 Forbidden"})
    ours = 41

    def say(self, text: str, author: object = 5) -> None:
        self.said.append({"id": len(self.said) + 300, "body": text, "system": False, "author": {"id": author}})

    def say_ours(self, text: str) -> None:
        self.say(text, self.ours)

    def token_of(self, headers: Mapping[str, str]) -> str:
        return headers.get("private-token", "")

    def whose(self) -> Reply:
        return 200, {"id": self.ours, "username": "project_1_bot", "bot": True}, {}


@contextmanager
def serving(server: CodeHostServer) -> Iterator[CodeHostServer]:
    """Serve until the block ends."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    running.code_host = server  # type: ignore[attr-defined] # what the handler answers from
    server.address = f"http://127.0.0.1:{running.server_address[1]}"
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._do()

    do_POST = do_PUT = do_PATCH = do_GET  # noqa: N815 - likewise

    def log_message(self, *_told: object) -> None:
        """Say nothing."""

    def _do(self) -> None:
        parts = urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        code_host = cast("CodeHostServer", self.server.code_host)  # type: ignore[attr-defined] # set above
        status, data, headers = code_host.answer(
            Asked(
                method=self.command,
                path=parts.path,
                query={name: values[0] for name, values in parse_qs(parts.query).items()},
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(content or b"{}"),
            )
        )
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), "content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
