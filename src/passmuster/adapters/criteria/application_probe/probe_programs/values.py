"""Values that follow a JSON Schema, and values that do not, made without a library."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

Schema = dict[str, Any]
Identify = Callable[[str, Schema], Any]
_DEEPEST: Final = 6
_TRIED: Final = (
    "ABC-123",
    "abc",
    "ABC",
    "123",
    "EUR",
    "a1b2c3",
    "A1",
    "ab-cd",
    "+49301234567",
    "12:30",
    "1.00",
    "SKU-0001",
    "#a1b2c3",
)
_LATER: Final = re.compile(r"end|until|finish|expir|due|check_?out|stop|last|max|return|arriv|(^|_)to($|_)")
_FORMATS: Final = {
    "date": "2026-03-01",
    "date-time": "2026-03-01T12:00:00Z",
    "decimal": "1.00",
    "duration": "PT1H",
    "email": "new.person@example.com",
    "hostname": "example.org",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "password": "Correct-horse-7-battery",
    "time": "12:00:00",
    "uri": "https://example.org/",
    "uuid": str(uuid.UUID(int=1)),
}
_NAMES: Final = (
    ("email", "new.person@example.com"),
    ("currency", "EUR"),
    ("country", "DE"),
    ("password", "Correct-horse-7-battery"),
    ("url", "https://example.org/"),
    ("phone", "+49301234567"),
    ("date", "2026-03-01"),
)


def resolved(schema: Any, document: Schema, depth: int = 0) -> Schema:  # noqa: ANN401 - a document may hold anything
    """Return a schema without references and ``allOf`` at its top; of alternatives the first that is not null."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return resolved(_target(reference, document), document, depth + 1)
    merged: Schema = {key: value for key, value in schema.items() if key not in {"allOf", "anyOf", "oneOf"}}
    for part in schema.get("allOf", ()):
        inner = resolved(part, document, depth + 1)
        properties = {**merged.get("properties", {}), **inner.get("properties", {})}
        required = [*merged.get("required", ()), *inner.get("required", ())]
        merged = {**inner, **merged, **({"properties": properties, "required": required} if properties else {})}
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        inner = resolved(part, document, depth + 1)
        if inner.get("type") != "null":
            return {**inner, **merged}
    return merged


def example(schema: Any, document: Schema, identify: Identify, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - plain data
    """Return a value that follows a schema."""
    found = resolved(schema, document)
    if depth > _DEEPEST:
        return None
    given = _given(found)
    if given is not None:
        return given
    identity = identify(name, found) if _is_reference(name) else None
    if identity is not None:
        return identity
    kind = kind_of(found)
    if kind == "object":
        properties = found.get("properties", {})
        return {key: example(value, document, identify, key, depth + 1) for key, value in properties.items()}
    if kind == "array":
        count = max(1, int(found.get("minItems", 1)))
        return [example(found.get("items", {}), document, identify, name, depth + 1) for _number in range(count)]
    return _scalar(found, kind, name)


def _given(schema: Schema) -> Any:  # noqa: ANN401 - plain data
    for key in ("const", "example", "default"):
        if schema.get(key) is not None:
            return schema[key]
    lists = [schema[key] for key in ("examples", "enum") if isinstance(schema.get(key), list)]
    return next((values[0] for values in lists if values), None)


def kind_of(schema: Schema) -> str:
    """Return the type that a resolved schema names; ``any`` where it names none."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    return str(kind) if kind else "object" if "properties" in schema else "any"


def wrong(schema: Any, document: Schema, *, huge: bool) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - as above
    """Yield values that a schema excludes, each with what is wrong with it."""
    found = resolved(schema, document)
    kind = kind_of(found)
    if kind in _MISFITS and not _takes_anything(schema, document):
        yield "wrong type", _MISFITS[kind]
    if found.get("enum"):
        yield "no such choice", "no-such-choice"
    if kind in {"integer", "number"}:
        yield from _out_of_range(found)
    if kind == "array" and int(found.get("minItems", 0)) > 0:
        yield "too few items", []
    if kind == "string" and not found.get("enum"):
        yield from _bad_strings(found, huge=huge)


def _target(reference: str, document: Schema) -> Any:  # noqa: ANN401 - as above
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
    return found


def _is_reference(name: str) -> bool:
    return name.lower().endswith(("_id", "_ids", "_uuid", "_pk")) or re.search(r"[a-z]Ids?$", name) is not None


def _takes_anything(schema: Any, document: Schema) -> bool:  # noqa: ANN401 - as above
    given = schema if isinstance(schema, dict) else {}
    parts: list[Any] = given.get("anyOf") or given.get("oneOf") or []
    kinds = {kind_of(resolved(part, document)) for part in parts}
    return bool(kinds & {"any", "object"}) and len(kinds) > 1


_MISFITS: Final[dict[str, Any]] = {
    "array": "not-a-list",
    "boolean": "not-a-boolean",
    "integer": "not-a-number",
    "number": "not-a-number",
    "object": "not-an-object",
    "string": {"unexpected": ["object"]},
}


def _out_of_range(schema: Schema) -> Iterator[tuple[str, Any]]:
    for key, step in (("minimum", -1), ("exclusiveMinimum", 0), ("maximum", 1), ("exclusiveMaximum", 0)):
        bound = schema.get(key)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            yield "out of range", bound + step


def _bad_strings(schema: Schema, *, huge: bool) -> Iterator[tuple[str, Any]]:
    if schema.get("format") in {"email", "uuid", "date", "date-time", "uri"}:
        yield f"no {schema['format']}", "certainly not"
        return
    if int(schema.get("minLength", 0)) > 0:
        yield "too short", ""
    longest = schema.get("maxLength")
    if isinstance(longest, int) and longest < 100_000:  # noqa: PLR2004 - more is sent as a huge one
        yield "too long", "x" * (longest + 1)
    elif huge and not schema.get("pattern"):
        yield "huge", "x" * 1_000_000


def _scalar(schema: Schema, kind: str, name: str) -> Any:  # noqa: ANN401 - plain data
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        value = _number(schema) * (2 if _is_later(name) and "maximum" not in schema else 1)
        return int(value) if kind == "integer" else value
    return _string(schema, name) if kind == "string" else None


def _is_later(name: str) -> bool:
    # What ends comes after what begins.
    return _LATER.search(name.lower()) is not None


def _number(schema: Schema) -> int | float:
    low = schema.get("minimum")
    if low is None and isinstance(schema.get("exclusiveMinimum"), int | float):
        low = schema["exclusiveMinimum"] + 1
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    value = 1 if low is None else max(low, 1) if high is None or high >= 1 else low
    if isinstance(high, int | float) and value > high:
        value = high
    return value


def _string(schema: Schema, name: str) -> str:
    text = _FORMATS.get(str(schema.get("format")), "")
    if _is_later(name):
        text = text.replace("2026-03-01", "2026-03-02")
    pattern = schema.get("pattern")
    if not text and isinstance(pattern, str):
        return _matching(pattern)
    if not text:
        text = next((value for word, value in _NAMES if word in name.lower()), "Something new")
    shortest, longest = int(schema.get("minLength", 0)), schema.get("maxLength")
    text = text + "x" * (shortest - len(text))
    return text[:longest] if isinstance(longest, int) else text


def _matching(pattern: str) -> str:
    if len(pattern) > 300:  # noqa: PLR2004 - longer ones are rare, and may be hostile
        return "abc"
    try:
        compiled = re.compile(pattern)
        made = _made(_parsed(pattern))
    except (re.error, OverflowError, RecursionError):
        return "abc"
    return next((text for text in (*_TRIED, made) if compiled.search(text)), made)


def _parsed(pattern: str) -> Any:  # noqa: ANN401 - the standard library's own
    from importlib import import_module  # noqa: PLC0415 - seldom needed

    return import_module("re._parser").parse(pattern)


def _made(parsed: Any) -> str:  # noqa: ANN401 - the standard library's own
    # The shortest text that a parsed pattern matches, as far as it is made of the usual parts.
    return "".join(_PARTS.get(str(operation), lambda _argument: "")(argument) for operation, argument in parsed)


def _chosen(items: Any) -> str:  # noqa: ANN401 - the standard library's own
    for operation, argument in items:
        if str(operation) == "LITERAL":
            return chr(argument)
        if str(operation) == "RANGE":
            return chr(argument[0])
        if str(operation) == "CATEGORY":
            return "1" if str(argument).endswith("DIGIT") else " " if str(argument).endswith("SPACE") else "a"
    return "a"


_PARTS: Final[dict[str, Callable[[Any], str]]] = {
    "ANY": lambda _argument: "a",
    "BRANCH": lambda argument: _made(argument[1][0]),
    "IN": _chosen,
    "LITERAL": chr,
    "MAX_REPEAT": lambda argument: _made(argument[2]) * min(argument[0], 200),
    "MIN_REPEAT": lambda argument: _made(argument[2]) * min(argument[0], 200),
    "SUBPATTERN": lambda argument: _made(argument[3]),
}
