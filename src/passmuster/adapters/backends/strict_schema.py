"""A JSON Schema → what services compile into a grammar: the structure stays, finer bounds become words.

Services that hold a model to a schema take a part of JSON Schema only and refuse the rest ("Structured outputs" in
Anthropic's documentation; its official client trims schemas likewise). Whoever asked checks the answer in any case.
"""

from collections.abc import Mapping
from typing import Final

FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
MOST_ITEMS_ASKED: Final = 1
"""A list can be asked to hold none or one at the least, and nothing else."""

_KEPT: Final = ("$ref", "type", "enum", "const", "title", "required")
_NESTED: Final = ("properties", "$defs", "definitions")
_ALTERNATIVES: Final = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
_HANDLED: Final = {*_KEPT, *_NESTED, *_ALTERNATIVES, "items", "additionalProperties", "description", "$schema", "$id"}


def strict_schema(schema: Mapping[str, object]) -> dict[str, object]:
    """Return a schema with its structure; bounds that services refuse are told in its descriptions."""
    strict: dict[str, object] = {key: schema[key] for key in _KEPT if key in schema}
    if "enum" in strict or "const" in strict:
        # The values say their types themselves.
        strict.pop("type", None)
    strict |= _nested(schema)
    if _allows(schema, "object"):
        strict.setdefault("properties", {})
        strict["additionalProperties"] = False
    told = _told(schema, strict)
    if told:
        strict["description"] = told
    return strict


def _nested(schema: Mapping[str, object]) -> dict[str, object]:
    """Return the schemas in a schema."""
    strict: dict[str, object] = {}
    for key in _NESTED:
        found = schema.get(key)
        if isinstance(found, Mapping):
            strict[key] = {str(name): _inner(inner) for name, inner in found.items()}
    for key, written in _ALTERNATIVES.items():
        found = schema.get(key)
        if isinstance(found, list | tuple):
            strict[written] = [_inner(inner) for inner in found]
    if "items" in schema:
        strict["items"] = _inner(schema["items"])
    return strict


def _inner(schema: object) -> object:
    return strict_schema(schema) if isinstance(schema, Mapping) else schema


def _allows(schema: Mapping[str, object], kind: str) -> bool:
    found = schema.get("type")
    return found == kind or (isinstance(found, list | tuple) and kind in found)


def _told(schema: Mapping[str, object], strict: dict[str, object]) -> str:
    """Keep the bounds that can be kept, and return the description with all others in words."""
    bounds = {key: value for key, value in schema.items() if key not in _HANDLED}
    if isinstance(bounds.get("format"), str) and bounds["format"] in FORMATS:
        strict["format"] = bounds.pop("format")
    least = bounds.get("minItems")
    if isinstance(least, int) and 0 <= least <= MOST_ITEMS_ASKED:
        strict["minItems"] = bounds.pop("minItems")
    description = schema.get("description")
    words = [description] if isinstance(description, str) and description else []
    if bounds:
        words.append("{" + ", ".join(f"{key}: {value}" for key, value in bounds.items()) + "}")
    return "\n\n".join(words)
