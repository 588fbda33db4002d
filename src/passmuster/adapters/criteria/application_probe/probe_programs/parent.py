"""The parent: asks the child's application, keeps what came back, and writes it as the result.

Code of the answer runs in the child only. The parent makes itself unreadable to other processes of its user, so that
the descriptor of the results cannot be taken from it.
"""

import base64
import ctypes
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from .channel import HANGS, Channel, Cheated, Halted
from .environment import TOKEN
from .surface import Asker, Operation, Rows, chosen, declared, guessed

_LONGEST_BODY: Final = 32_768
_MOST_BYTES: Final = 3_000_000


def _forged() -> str:
    """Return a JSON Web Token of the usual form (RFC 7519) that is valid till 2100, and signed by nobody."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": "1", "exp": 4_102_444_800})]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, bytes(32)))


_FORGED: Final = f"Bearer {_forged()}"
_WRONG: Final = {"authorization": _FORGED, "x-api-key": "wrong-key", "x-token": "wrong-token"}
_NOT_DUMPABLE: Final = 4
_ROWS: Final = 10
_UNAUTHORIZED: Final = frozenset({401, 403})
_SHADOWED: Final = "package_shadowed"
_WRITES: Final = frozenset({"POST", "PUT", "PATCH"})


class Conversation:
    """All that is asked of one application."""

    def __init__(self, channel: Channel, question: dict[str, Any]) -> None:
        self._channel = channel
        self._question = question
        self._headers = {str(key).lower(): str(value) for key, value in question.get("headers", {}).items()}
        self._tokens: dict[str, str] = {}
        self._rows = Rows()
        self._exchanges: list[dict[str, Any]] = []
        self._bytes = 0
        self.result: dict[str, Any] = {"state": "asked", "exchanges": self._exchanges}

    def hold(self) -> None:
        """Ask everything; raises what the channel raises."""
        loaded = self._channel.load()
        document = loaded.get("document") or {}
        told = loaded.get("operations", [])
        self.result |= {
            key: loaded.get(key) for key in ("framework", "application", "document", "operations", "guards")
        }
        for name in loaded.get("shadowed", ()):
            raise Cheated(_SHADOWED, f"a file of the answer stands in for the package {name!r}")
        if self._question.get("call"):
            self._calls()
        else:
            operations = declared(document) if document else guessed(told, loaded.get("bodies", {}))
            operations = chosen(operations, list(self._question.get("paths", ())))
            asker = Asker(document, self._rows, dict(self._question.get("bodies", {})))
            self._ask_all(operations, asker, is_fastapi=loaded.get("framework") == "fastapi")
            self.result["asked"] = [item.name for item in operations]
        silenced = self._channel.ask("finish").get("silenced")
        if silenced:
            raise Cheated(str(silenced), "what watches the application was taken away")

    def _calls(self) -> None:
        name = str(self._question["call"])
        for rows in (1, _ROWS):
            self._seed(rows)
            for _time in range(2):
                answer = self._channel.ask("call")
                self._keep(Operation(method="CALL", path=name), "read", answer, rows=rows, target=name)

    def _ask_all(self, operations: list[Operation], asker: Asker, *, is_fastapi: bool) -> None:
        reads = [item for item in operations if item.method == "GET"]
        self._seed(1)
        self._begin(operations, asker)
        self._try_tokens(operations, asker)
        self._seed(_ROWS)
        self._read(reads, asker, _ROWS)
        self._guards(operations, asker, is_fastapi=is_fastapi)
        self._versions(operations, asker)
        for operation in operations:
            self._right_and_unknown(operation, asker)
        for operation in operations:
            self._wrong(operation, asker)
        for operation in operations:
            if operation.method == "DELETE":
                self._send(operation, "valid", asker.target(operation))

    def _seed(self, rows: int) -> None:
        try:
            tables = self._channel.ask("seed", rows=rows)["tables"]
        except Halted as halted:
            self.result["seeding"] = halted.finding.get("reason", "")
            tables = []
        self._rows.seeded(tables)
        self.result["tables"] = {table["name"]: table["rows"] for table in tables}

    def _prime(self, operations: list[Operation], asker: Asker) -> None:
        # Without a database, what is there must be made first; a collection before what stands below it.
        for operation in sorted(operations, key=lambda item: item.path.count("/")):
            if operation.method == "POST" and operation.body is not None:
                answer = self._send(
                    operation, "prime", asker.target(operation), asker.text(operation, asker.body(operation))
                )
                if answer["status"] // 100 == 2:  # noqa: PLR2004 - a success
                    self._rows.made(operation.path, answer["body"])

    def _try_tokens(self, operations: list[Operation], asker: Asker) -> None:
        """Say what settings may have been filled with, where nothing else let a request in."""
        asked = [item for item in self._exchanges if item["kind"] in {"read", "prime"}]
        if self._headers or any(item["status"] not in _UNAUTHORIZED for item in asked if "{" in item["operation"]):
            return
        guarded = {item["operation"] for item in asked if item["status"] in _UNAUTHORIZED}
        if not guarded:
            return
        self._tokens = {"authorization": f"Bearer {TOKEN}", "x-api-key": TOKEN, "x-token": TOKEN}
        first = next(item for item in operations if item.name in guarded)
        if self._send(first, "token", asker.target(first))["status"] in _UNAUTHORIZED:
            self._tokens = {}
            return
        self._exchanges[:] = [item for item in self._exchanges if item["kind"] not in {"read", "prime", "token"}]
        self._begin(operations, asker)

    def _begin(self, operations: list[Operation], asker: Asker) -> None:
        if not self._rows.are_there and not self._question.get("seed"):
            self._prime(operations, asker)
        self._read([item for item in operations if item.method == "GET"], asker, 1)

    def _read(self, reads: list[Operation], asker: Asker, rows: int) -> None:
        for operation in reads:
            # What is asked for the first time may be set up on the way.
            for _time in range(2):
                self._send(operation, "read", asker.target(operation), rows=rows)

    def _guards(self, operations: list[Operation], asker: Asker, *, is_fastapi: bool) -> None:
        wrong = _WRONG | {name: f"{value[:4]}wrong" for name, value in self._headers.items()}
        wrong |= {name: _FORGED for name in self._headers if name == "authorization"}
        wrong |= dict.fromkeys(_header_schemes(self.result.get("document")), "wrong") if is_fastapi else {}
        for operation in operations:
            given = self._body(operation, asker)
            self._send(operation, "anonymous", asker.target(operation, 6), given, headers={})
            for headers in (wrong | {"authorization": "Bearer wrong.token.here"}, wrong):
                self._send(operation, "wrong credentials", asker.target(operation, 7), given, headers=headers)

    def _versions(self, operations: list[Operation], asker: Asker) -> None:
        header = self._question.get("version_header")
        if header:
            for operation in operations:
                if operation.method == "GET":
                    wanted = {**self._headers, str(header).lower(): "passmuster-0"}
                    self._send(operation, "unknown version", asker.target(operation), headers=wanted, is_let_in=True)

    def _right_and_unknown(self, operation: Operation, asker: Asker) -> None:
        given = self._body(operation, asker)
        unknown = asker.unknown(operation)
        if unknown:
            detail = "of the declared form" if asker.is_strict(operation) else ""
            self._send(operation, "unknown", asker.target(operation, unknown=unknown), given, detail=detail)
        if operation.method in _WRITES:
            self._send(operation, "valid", asker.target(operation), given)

    def _wrong(self, operation: Operation, asker: Asker) -> None:
        target = asker.target(operation)
        if operation.body is not None and operation.method in _WRITES:
            self._send(operation, "malformed", target, {"body": "{", "content": operation.content}, detail="no JSON")
            if asker.wants_fields(operation):
                self._send(operation, "empty", target, asker.text(operation, {}), detail="an empty object")
            for detail, body in asker.wrong_bodies(operation):
                self._send(operation, "wrong", target, asker.text(operation, body), detail=detail)
        for detail, address in asker.wrong_targets(operation):
            self._send(operation, "wrong address", address, self._body(operation, asker), detail=detail)

    def _body(self, operation: Operation, asker: Asker) -> dict[str, Any]:
        if operation.body is None or operation.method not in _WRITES:
            return {}
        return asker.text(operation, asker.body(operation))

    def _send(  # noqa: PLR0913 - what belongs to one request
        self,
        operation: Operation,
        kind: str,
        target: str,
        given: dict[str, Any] | None = None,
        *,
        headers: dict[str, str] | None = None,
        is_let_in: bool = False,
        rows: int = 0,
        detail: str = "",
    ) -> dict[str, Any]:
        content = {"content-type": given["content"]} if given else {}
        usual = self._headers or self._tokens
        answer = self._channel.ask(
            "ask",
            method=operation.method,
            target=target,
            headers={**content, **(usual if headers is None else headers)},
            body=(given or {}).get("body", ""),
            authorized=not self._headers and (headers is None or is_let_in),
        )
        self._keep(operation, kind, answer, rows=rows, target=target, detail=detail)
        return answer

    def _keep(self, operation: Operation, kind: str, answer: dict[str, Any], **more: Any) -> None:  # noqa: ANN401 - plain
        seen = answer.get("seen", {})
        body = str(answer.get("body", ""))
        longest = _LONGEST_BODY if self._bytes < _MOST_BYTES // 2 else 2_000
        kept = {
            "operation": operation.name,
            "kind": kind,
            "status": answer.get("status", 0),
            "headers": {
                name: value
                for name, value in answer.get("headers", {}).items()
                if name
                in {"content-type", "location", "www-authenticate", str(self._question.get("version_header")).lower()}
            },
            "body": body[:longest],
            "is_cut": len(body) > longest,
            "error": answer.get("error", {}),
            "queries": seen.get("queries", 0),
            "statements": seen.get("statements", []) if kind == "read" else [],
            "blocking": seen.get("blocking", []),
            **more,
        }
        self._bytes += len(kept["body"]) + 500
        self._exchanges.append(kept)


def _header_schemes(document: Any) -> list[str]:  # noqa: ANN401 - plain data
    schemes = ((document or {}).get("components") or {}).get("securitySchemes") or {}
    return [str(item.get("name")).lower() for item in schemes.values() if item.get("in") == "header"]


def examine(question: dict[str, Any]) -> dict[str, Any]:
    """Start the application, ask it, and return all that was seen."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with tempfile.TemporaryDirectory(prefix="database-") as folder:
        channel = Channel(question, Path(folder) / "application.db")
        conversation = Conversation(channel, question)
        try:
            conversation.hold()
        except Halted as halted:
            conversation.result |= halted.finding
        except Cheated as cheated:
            conversation.result |= {"state": "cheated", "reason": f"{cheated.name}: {cheated.detail}"}
            # What took too long here may not elsewhere, and is asked again.
            conversation.result["is_repeatable"] = cheated.name != HANGS
        finally:
            conversation.result["complaints"] = channel.close()
    return conversation.result


def main() -> None:
    """Answer the question on standard input; a failure of ours is told as one."""
    ctypes.CDLL(None).prctl(_NOT_DUMPABLE, 0, 0, 0, 0)
    results = int(os.environ["PASSMUSTER_RESULTS"])
    try:
        answer = examine(json.loads(sys.stdin.read() or "{}"))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours
        answer = {"fault": f"{type(error).__name__}: {error}"}
    with os.fdopen(results, "wb") as stream:
        stream.write(json.dumps(answer).encode())
