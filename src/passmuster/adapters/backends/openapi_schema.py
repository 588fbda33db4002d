"""A JSON Schema → the part of OpenAPI 3.0's schemas that Gemini's older models take ("Schema" in its documentation)."""

from collections.abc import Mapping
from typing import Final

_KEPT: Final = (
    "title",
    "description",
    "format",
    "required",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "pattern",
)
NULL: Final = "null"


def openapi_schema(schema: Mapping[str, object]) -> dict[str, object]:
    """Return a schema with its types in capital letters, and null as a property of the others."""
    shown = {**{key: schema[key] for key in _KEPT if key in schema}, **_kinds(schema)}
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        shown["properties"] = {str(name): _inner(inner) for name, inner in properties.items()}
    if "items" in schema:
        shown["items"] = _inner(schema["items"])
    for key in ("anyOf", "oneOf"):
        alternatives = schema.get(key)
        if isinstance(alternatives, list | tuple):
            shown["anyOf"] = [_inner(inner) for inner in alternatives]
    return shown


def _kinds(schema: Mapping[str, object]) -> dict[str, object]:
    """Return what a schema says of types and values."""
    kinds, values = _types(schema), schema.get("enum")
    listed = list(values) if isinstance(values, list | tuple) else []
    real = [kind.upper() for kind in kinds if kind != NULL]
    shown: dict[str, object] = {}
    if real:
        shown |= {"type": real[0]} if len(real) == 1 else {"anyOf": [{"type": kind} for kind in real]}
    if listed:
        shown["enum"] = [value for value in listed if value is not None]
    if NULL in kinds or None in listed:
        shown["nullable"] = True
    return shown


def _types(schema: Mapping[str, object]) -> tuple[str, ...]:
    found = schema.get("type")
    if isinstance(found, str):
        return (found,)
    return tuple(kind for kind in found if isinstance(kind, str)) if isinstance(found, list | tuple) else ()


def _inner(schema: object) -> object:
    return openapi_schema(schema) if isinstance(schema, Mapping) else {}
