"""What was seen of an application, in the shape in which the criteria judge it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from passmuster.domain.values import JsonObject

SUCCESS = range(200, 300)
REFUSAL = range(400, 500)
UNAUTHORIZED = frozenset({401, 403})
_DEPTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response.

    Attributes:
        operation: The method and the address with its parameters in braces.
        kind: What it was asked for: ``read``, ``valid``, ``unknown``, ``wrong`` …
        detail: What was wrong with it; may be empty.
        target: The address that was asked.
        status: Of the response; 500 where the application raised.
        headers: Those of the response that matter.
        body: The response's.
        is_cut: Whether the body was longer than what was kept.
        error: What the application raised: ``type``, ``message``, and a place in the answer; may be empty.
        queries: Statements that a database was asked.
        statements: The most frequent, with how often and where.
        blocking: Calls that held up the event loop, with places.
        rows: How many rows each table had.
    """

    operation: str
    kind: str
    detail: str = ""
    target: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    is_cut: bool = False
    error: JsonObject = field(default_factory=dict)
    queries: int = 0
    statements: Sequence[JsonObject] = ()
    blocking: Sequence[JsonObject] = ()
    rows: int = 0

    @property
    def method(self) -> str:
        """In capitals."""
        return self.operation.partition(" ")[0]

    @property
    def path(self) -> str:
        """With parameters in braces."""
        return self.operation.partition(" ")[2]

    @property
    def is_let_in(self) -> bool:
        """Whether it came past the guard."""
        return self.status not in UNAUTHORIZED

    def told(self) -> str:
        """Return in words what came back, and what was raised."""
        raised = f": {self.error['type']}: {self.error.get('message', '')}"[:160] if self.error.get("type") else ""
        return f"answers {self.status}{raised}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was seen of one application.

    Attributes:
        framework: ``fastapi``, ``asgi``, ``django``; ``none`` for a function.
        document: Its OpenAPI document; empty where it has none.
        operations: Which were asked.
        places: Where each operation is written: ``file`` and ``line``.
        exchanges: In the order in which they were made.
        tables: Rows of each table, as they were put there.
        seeding: Why no rows could be put there; empty where they could.
    """

    framework: str
    document: JsonObject
    operations: Sequence[str]
    places: Mapping[str, JsonObject]
    exchanges: Sequence[Exchange]
    tables: Mapping[str, int]
    seeding: str

    @staticmethod
    def of(result: JsonObject) -> "Seen":
        """Read the result of the examination; what came from the answer's process may be anything."""
        told = [item for item in _list(result.get("operations")) if isinstance(item, dict)]
        document = result.get("document")
        places = {f"{item.get('method')} {item.get('path')}": _dict(item.get("place")) for item in told}
        return Seen(
            framework=str(result.get("framework")),
            document=document if isinstance(document, dict) else {},
            operations=[str(item) for item in _list(result.get("asked"))] or list(places),
            places=places,
            exchanges=[_exchange(item) for item in _list(result.get("exchanges")) if isinstance(item, dict)],
            tables={str(key): number(value) for key, value in _dict(result.get("tables")).items()},
            seeding=str(result.get("seeding", "")),
        )

    def of_kinds(self, *kinds: str) -> list[Exchange]:
        """Return the exchanges of some kinds."""
        return [item for item in self.exchanges if item.kind in kinds]

    def is_let_in(self, exchanges: Iterable[Exchange]) -> bool:
        """Whether any of these came past the guard."""
        return any(item.is_let_in for item in exchanges)

    def declared(self, operation: str) -> JsonObject:
        """Return what the document says of an operation; empty where it does not know it."""
        method, _, path = operation.partition(" ")
        return _dict(_dict(_dict(self.document.get("paths")).get(path)).get(method.lower()))

    def place(self, operation: str, message: str, error: JsonObject | None = None) -> JsonObject:
        """Return where an operation is written, or where it raised, as evidence."""
        found = error if error and error.get("file") else self.places.get(operation, {})
        return {"file": str(found.get("file", "")), "line": number(found.get("line")), "message": message}


def is_public(operation: str, patterns: Iterable[str]) -> bool:
    """Whether an operation is one of those that patterns name by address, or by method and address."""
    path = operation.partition(" ")[2]
    return any(fnmatchcase(path, pattern) or fnmatchcase(operation, pattern) for pattern in patterns)


def read_json(text: str) -> tuple[bool, object]:
    """Return whether a text is JSON, and what it says."""
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def has_message(value: object, depth: int = 0) -> bool:
    """Whether a value holds any words."""
    if depth > _DEPTH:
        return False
    if isinstance(value, dict):
        return any(has_message(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return any(has_message(item, depth + 1) for item in value)
    return isinstance(value, str) and bool(value.strip())


def number(value: object) -> int:
    """Return a whole number; 0 for anything else."""
    return value if isinstance(value, int) else 0


def by_operation(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """Return exchanges by operation, in order."""
    found: dict[str, list[Exchange]] = {}
    for item in exchanges:
        found.setdefault(item.operation, []).append(item)
    return found


Messages = Callable[[Exchange], str]
"""Returns what is wrong with an exchange; empty where nothing is."""


def _exchange(item: JsonObject) -> Exchange:
    return Exchange(
        operation=str(item.get("operation")),
        kind=str(item.get("kind")),
        detail=str(item.get("detail", "")),
        target=str(item.get("target", "")),
        status=number(item.get("status")),
        headers={str(key): str(value) for key, value in _dict(item.get("headers")).items()},
        body=str(item.get("body", "")),
        is_cut=bool(item.get("is_cut")),
        error=_dict(item.get("error")),
        queries=number(item.get("queries")),
        statements=[_dict(one) for one in _list(item.get("statements"))],
        blocking=[_dict(one) for one in _list(item.get("blocking"))],
        rows=number(item.get("rows")),
    )


def _dict(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
