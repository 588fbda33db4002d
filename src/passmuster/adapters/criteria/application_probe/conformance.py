"""Responses are what the OpenAPI document declares: their statuses, and the shape of their bodies."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import Field

from passmuster.adapters.criteria.application_probe.asking import ProbeOptions
from passmuster.adapters.criteria.application_probe.judging import (
    ApplicationCriterion,
    Judgement,
    Violations,
    refuse_unless_let_in,
)
from passmuster.adapters.criteria.application_probe.observations import Exchange, Seen, read_json
from passmuster.adapters.criteria.isolated import ask
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.domain.errors import CriterionError
from passmuster.domain.values import JsonObject
from passmuster.ports import Criterion

_KINDS: Final = ("read", "prime", "valid", "unknown", "malformed", "empty")
_PROGRAM: Final = Path(__file__).parent.with_name("schema_check.py")
_TIME_LIMIT: Final = 5.0
_MOST_CHECKED: Final = 100
_DEEPEST: Final = 64


class OpenApiOptions(ProbeOptions):
    """Options of ``openapi_conformance``."""

    undeclared: tuple[int, ...] = Field(
        default=(), description="Statuses that need not be declared, such as 404; by default each must be."
    )


async def openapi_conformance(seen: Seen, options: OpenApiOptions) -> Judgement:
    """Compare every response with what is declared for its operation and status.

    Raises:
        CriterionError: If no request was let in.
    """
    exchanges = seen.of_kinds(*_KINDS)
    if not seen.document:
        told = {"file": "", "line": 0, "message": "the application declares its responses in no OpenAPI document"}
        return Judgement(asked=["the document"], violations=[("the document", told)], good="")
    refuse_unless_let_in(exchanges)
    violations = Violations()
    shapes = 0
    for item in _unlike(exchanges):
        schema, wrong = _declared(item, seen, options)
        if schema and not wrong:
            shapes += 1
            wrong = await _mismatch(item, schema, seen.document)
        if wrong:
            message = f"{item.operation} answers {item.status}, {wrong}"
            violations.note(seen, item.operation, message)
    asked = list(dict.fromkeys(item.operation for item in exchanges))
    if not shapes and not violations:
        message = "the OpenAPI document declares the shape of no response"
        violations = Violations((name, seen.place(name, message)) for name in asked)
    good = f"{counted(len(exchanges), 'response')} of {counted(len(asked), 'operation')} were as declared"
    return Judgement(asked=asked, violations=violations, good=good, counts={"shapes": shapes})


def _unlike(exchanges: list[Exchange]) -> list[Exchange]:
    # Equal responses of one operation are compared once.
    found = {(item.operation, item.status, item.body): item for item in exchanges if item.is_let_in}
    return list(found.values())[:_MOST_CHECKED]


def _declared(item: Exchange, seen: Seen, options: OpenApiOptions) -> tuple[JsonObject, str]:
    """Return the schema of a response's body, and what is wrong before it is even read."""
    responses = _dict(seen.declared(item.operation).get("responses"))
    keys = (str(item.status), f"{item.status // 100}XX", f"{item.status // 100}xx", "default")
    response = next((_resolved(responses[key], seen.document) for key in keys if key in responses), None)
    if response is None:
        if item.status in options.undeclared:
            return {}, ""
        raised = f" ({item.error['type']})" if item.error.get("type") else ""
        return {}, f"which is not declared{raised}"
    content = _dict(response.get("content"))
    if not content:
        return {}, ""
    kind = item.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in content and "*/*" not in content:
        return {}, f"as {kind or 'nothing'!r} where {', '.join(map(repr, content))} is declared"
    return (
        (_dict(_dict(content.get(kind)).get("schema")), "") if kind.endswith("json") and not item.is_cut else ({}, "")
    )


async def _mismatch(item: Exchange, schema: JsonObject, document: JsonObject) -> str:
    is_json, body = read_json(item.body)
    if not is_json:
        return "with a body that is no JSON"
    whole = {**schema, "components": document.get("components", {})}
    if str(document.get("openapi", "")).startswith("3.0"):
        whole = _with_null(whole)
    try:
        found = await ask(_PROGRAM, {"schema": whole, "data": body}, time_limit=_TIME_LIMIT, with_packages=True)
    except CriterionError as error:
        return f"whose schema cannot be compared: {error.message}"[:200]
    first = found[0] if isinstance(found, list) and found else None
    return f"which does not follow its schema at {first[0]}: {str(first[1])[:160]}" if isinstance(first, list) else ""


def _resolved(value: object, document: JsonObject) -> JsonObject:
    found = _dict(value)
    reference = found.get("$ref")
    if isinstance(reference, str):
        found = document
        for key in reference.removeprefix("#/").split("/"):
            found = _dict(found.get(key))
    return found


def _with_null(value: JsonObject, depth: int = 0) -> dict[str, object]:
    # OpenAPI 3.0 says "nullable" where JSON Schema has a type of its own.
    changed = dict(_children(value, depth))
    kind = changed.get("type")
    if changed.pop("nullable", False) is True and isinstance(kind, str):
        changed["type"] = [kind, "null"]
    return changed


def _children(value: JsonObject, depth: int) -> Iterator[tuple[str, object]]:
    for key, item in value.items():
        if isinstance(item, dict) and depth < _DEEPEST:
            yield key, _with_null(item, depth + 1)
        elif isinstance(item, list) and depth < _DEEPEST:
            yield key, [_with_null(one, depth + 1) if isinstance(one, dict) else one for one in item]
        else:
            yield key, item


def _dict(value: object) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _build(options: OpenApiOptions, context: BuildContext) -> Criterion:
    return ApplicationCriterion(options, context, openapi_conformance)


OPENAPI_CONFORMANCE = Component(
    options=OpenApiOptions, build=_build, is_deterministic=lambda _options: True, is_free=True, needs_sandbox=True
)
"""``openapi_conformance``: responses are what the OpenAPI document declares."""
