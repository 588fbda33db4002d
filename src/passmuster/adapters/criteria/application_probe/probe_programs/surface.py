"""The operations of an application, and how each is asked: addresses, parameters and bodies."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import quote, urlencode

from .values import Schema, example, kind_of, resolved, wrong

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_UUID: Final = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
_MOST_WRONG: Final = 30


@dataclass(kw_only=True)
class Operation:
    """One method of one address.

    Attributes:
        method: In capitals.
        path: With parameters in braces.
        parameters: As OpenAPI tells them.
        body: The schema of the body; ``None`` where there is none.
        content: The body's media type.
        is_declared: Whether a document tells it, and nobody had to guess.
    """

    method: str
    path: str
    parameters: list[Schema] = field(default_factory=list)
    body: Schema | None = None
    content: str = _JSON
    is_declared: bool = True

    @property
    def name(self) -> str:
        """What it is called in results."""
        return f"{self.method} {self.path}"

    @property
    def in_path(self) -> list[Schema]:
        """Its parameters within the address."""
        return [item for item in self.parameters if item.get("in") == "path"]


def declared(document: Schema) -> list[Operation]:
    """Return every operation of an OpenAPI document."""
    found = []
    for path, item in (document.get("paths") or {}).items():
        for method in _METHODS:
            operation = item.get(method) if isinstance(item, dict) else None
            if not isinstance(operation, dict):
                continue
            parameters = [
                resolved(given, document) for given in (*item.get("parameters", ()), *operation.get("parameters", ()))
            ]
            content = resolved(operation.get("requestBody"), document).get("content", {})
            kind = next((name for name in (_JSON, _FORM, *content) if name in content), "")
            body = content[kind].get("schema", {}) if kind else None
            found.append(
                Operation(method=method.upper(), path=path, parameters=parameters, body=body, content=kind or _JSON)
            )
    return found


def guessed(told: list[Schema], models: dict[str, Schema]) -> list[Operation]:
    """Return operations of an application without a document; bodies are guessed from models of like names."""
    found = []
    for item in told:
        method, path = str(item["method"]), str(item["path"])
        body = _model_of(path, models) if method in {"POST", "PUT", "PATCH"} else None
        found.append(
            Operation(
                method=method, path=path, parameters=list(item.get("parameters", ())), body=body, is_declared=False
            )
        )
    return found


def chosen(operations: list[Operation], patterns: list[str]) -> list[Operation]:
    """Return the operations whose address one of the patterns fits; without patterns, all."""
    return [item for item in operations if not patterns or any(fnmatchcase(item.path, one) for one in patterns)]


class Rows:
    """What is known to be there: rows that were put into tables, and what the application has made itself."""

    def __init__(self) -> None:
        self._tables: list[dict[str, Any]] = []
        self._made: dict[str, list[Any]] = {}

    def seeded(self, tables: list[dict[str, Any]]) -> None:
        """Take note of what the tables hold now."""
        self._tables = tables

    def made(self, path: str, body: str) -> None:
        """Take note of what an application says that it has made at an address."""
        try:
            answer = json.loads(body)
        except ValueError:
            return
        for key in ("id", "uuid", "identifier", "slug", *(answer if isinstance(answer, dict) else ())):
            if isinstance(answer, dict) and isinstance(answer.get(key), str | int) and ("id" in key or key == "slug"):
                self._made.setdefault(_last_word(path), []).append(answer[key])
                return

    @property
    def are_there(self) -> bool:
        """Whether any table has rows."""
        return any(table["rows"] for table in self._tables)

    def value(self, name: str, near: str, number: int) -> Any:  # noqa: ANN401 - plain data
        """Return what a parameter or a field of a name refers to; ``None`` where nothing of that kind is known.

        Args:
            name: Of the parameter or field.
            near: The word of the address before it; empty in a body.
            number: Of the row, counted from 0.
        """
        stem = re.sub(r"(_ids?|_uuid|_pk|_key|Ids?|_code|_number|_slug)$", "", name)
        words = [word for word in (stem if stem != name else "", near) if word]
        for word in words:
            made = self._made.get(_singular(word))
            if made:
                return made[min(number, len(made) - 1)]
            table = self._table(word)
            if table is not None and table["first"]:
                row = table["first"][min(number, len(table["first"]) - 1)]
                return row.get(name, row.get(table["keys"][0]) if table["keys"] else None)
        return None

    def _table(self, word: str) -> dict[str, Any] | None:
        singular = _singular(word)
        fitting = [table for table in self._tables if _fits(table["name"], singular)]
        return min(fitting, key=lambda table: len(table["name"]), default=None)


class Asker:
    """Makes requests for operations."""

    def __init__(self, document: Schema, rows: Rows, given: dict[str, Any]) -> None:
        self._document = document
        self._rows = rows
        self._given = given

    def target(self, operation: Operation, number: int = 0, *, unknown: str = "") -> str:
        """Return the address of a row, or one that no row has where the last parameter is unknown."""
        path = operation.path
        parameters = operation.in_path
        for place, parameter in enumerate(parameters):
            name = str(parameter.get("name"))
            is_last = place == len(parameters) - 1
            value = unknown if unknown and is_last else self._path_value(operation, parameter, number)
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        query = {
            str(item["name"]): example(item.get("schema", {}), self._document, self._identify, str(item["name"]))
            for item in operation.parameters
            if item.get("in") == "query" and item.get("required")
        }
        return f"{path}?{urlencode(query)}" if query else path

    def unknown(self, operation: Operation) -> str:
        """Return a value that no row has for the last parameter of an address; empty where it has none."""
        if not operation.in_path:
            return ""
        parameter = operation.in_path[-1]
        known = str(self._path_value(operation, parameter, 0))
        schema = resolved(parameter.get("schema"), self._document)
        if kind_of(schema) in {"integer", "number"}:
            return str(min(int(schema.get("maximum", 987654321)), 987654321))
        if _UUID.fullmatch(known):
            return "ffffffff-ffff-4fff-bfff-ffffffffffff"
        return "987654321" if known.isdigit() else "unknown-987654321"

    def is_strict(self, operation: Operation) -> bool:
        """Whether the form of the last parameter of an address is declared, so that an unknown value has it."""
        schema = resolved(operation.in_path[-1].get("schema"), self._document) if operation.in_path else {}
        return kind_of(schema) in {"integer", "number"} or schema.get("format") == "uuid"

    def body(self, operation: Operation) -> Any:  # noqa: ANN401 - plain data
        """Return a body that follows the schema, or the one that the case gives."""
        if operation.name in self._given:
            return self._given[operation.name]
        return example(operation.body, self._document, self._identify)

    def text(self, operation: Operation, body: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
        """Return a body as it is sent, and its header."""
        if operation.content == _FORM:
            fields = body if isinstance(body, dict) else {}
            return {
                "body": urlencode({key: value for key, value in fields.items() if value is not None}),
                "content": _FORM,
            }
        return {"body": json.dumps(body), "content": _JSON}

    def wants_fields(self, operation: Operation) -> bool:
        """Whether an empty object is a wrong body."""
        return operation.method != "PATCH" and bool(resolved(operation.body, self._document).get("required"))

    def wrong_bodies(self, operation: Operation) -> Iterator[tuple[str, Any]]:
        """Yield bodies that an operation must refuse, with what is wrong with each."""
        schema = resolved(operation.body, self._document)
        good = self.body(operation)
        if operation.content == _FORM or not isinstance(good, dict):
            return
        bodies: list[tuple[str, Any]] = [("a list in place of an object", [])]
        required = schema.get("required", []) if self.wants_fields(operation) else []
        bodies += [(f"without {name!r}", {key: good[key] for key in good if key != name}) for name in required]
        for name, inner in schema.get("properties", {}).items():
            found = list(wrong(inner, self._document, huge=True))
            bodies += [(f"{name!r}: {what}", {**good, name: value}) for what, value in found]
            bodies += [
                (f"{name!r}: {what}", {**good, name: value}) for what, value in self._within(inner, good.get(name))
            ]
        yield from bodies[:_MOST_WRONG]

    def wrong_targets(self, operation: Operation) -> Iterator[tuple[str, str]]:
        """Yield addresses that an operation must refuse, with what is wrong with each."""
        base = self.target(operation)
        for parameter in operation.parameters:
            schema = resolved(parameter.get("schema"), self._document)
            name = str(parameter.get("name"))
            if parameter.get("in") == "path" and parameter is operation.in_path[-1]:
                if kind_of(schema) in {"integer", "number"} or schema.get("format") == "uuid":
                    yield f"{name!r}: wrong type", self.target(operation, unknown="certainly-not")
            elif parameter.get("in") == "query":
                for what, value in wrong(parameter.get("schema"), self._document, huge=False):
                    if isinstance(value, str | int | float):
                        yield f"{name!r}: {what}", f"{base.partition('?')[0]}?{urlencode({name: value})}"

    def _within(self, schema: Any, good: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - plain data
        found = resolved(schema, self._document)
        is_list = kind_of(found) == "array"
        inner = resolved(found.get("items"), self._document) if is_list else found
        value = good[0] if is_list and isinstance(good, list) and good else good
        if not isinstance(value, dict):
            return
        for name, item in inner.get("properties", {}).items():
            for what, bad in wrong(item, self._document, huge=False):
                changed = {**value, name: bad}
                yield f"within it {name!r}: {what}", [changed] if is_list else changed

    def _path_value(self, operation: Operation, parameter: Schema, number: int) -> Any:  # noqa: ANN401 - plain data
        name = str(parameter.get("name"))
        before = operation.path.partition(f"{{{name}}}")[0].strip("/").split("/")
        near = next((part for part in reversed(before) if part and "{" not in part), "")
        value = self._rows.value(name, near, number)
        if value is None:
            value = example(parameter.get("schema", {}), self._document, lambda _name, _schema: None, name)
        return 1 if value is None else value

    def _identify(self, name: str, schema: Schema) -> Any:  # noqa: ANN401 - plain data
        found = self._rows.value(name, "", 0)
        if found is None or kind_of(schema) != "array":
            return found
        return [found]


def _model_of(path: str, models: dict[str, Schema]) -> Schema | None:
    word = _last_word(path)
    return next((schema for name, schema in models.items() if _fits(name, word)), None)


def _last_word(path: str) -> str:
    words = [part for part in path.strip("/").split("/") if part and "{" not in part and "<" not in part]
    return _singular(words[-1]) if words else ""


def _singular(word: str) -> str:
    word = word.lower().replace("-", "_")
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + replacement
    return word


def _fits(table: str, word: str) -> bool:
    name = table.lower()
    return bool(word) and (_singular(name) == word or _singular(name.rpartition("_")[2]) == word)
