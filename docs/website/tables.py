"""Pieces of Markdown that the generated pages are made of."""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence

LONGEST_DEFAULT = 60
"""Characters; a longer default is only said to be there."""

_ROLE = re.compile(r"(?::\w+:)?(?<!`)`{1,2}~?([^`]+)`{1,2}(?!`)")
_CODE = re.compile(r"(`+[^`]+`+)")


def text(words: str) -> str:
    """Return words that mean themselves in Markdown, on one line; what stands in backticks stays code."""
    parts = _CODE.split(_ROLE.sub(r"`\1`", " ".join(words.split())))
    return "".join(part if part.startswith("`") else _plain(part) for part in parts).replace("|", "\\|")


def _plain(words: str) -> str:
    return re.sub(r"([\\*_\[\]#])", r"\\\1", html.escape(words, quote=False))


def code(words: str) -> str:
    """Return words as code."""
    inside = words.replace("|", "\\|")
    return f"`{inside}`" if words else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already; nothing where there are no rows."""
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines, ""]) if lines else ""


def fenced(words: str, language: str) -> str:
    """Return a block of code whose fence is longer than any inside."""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", words)), default=2))
    return f"{fence}{language}\n{words.rstrip()}\n{fence}\n"


Schema = Mapping[str, object]


def properties(schema: Schema, *, definitions: Schema) -> str:
    """Return the table of what an object of a JSON Schema holds.

    Args:
        schema: The schema of the object.
        definitions: What its references are looked up in.
    """
    fields = mapping(schema.get("properties"))
    required = schema.get("required")
    needed = set(required) if isinstance(required, list) else set()
    return table(
        ("key", "value", "default", "says"),
        (
            (
                code(name),
                kind(resolved := whole(mapping(field), definitions)),
                "required" if name in needed else default(resolved),
                text(str(resolved.get("description", ""))),
            )
            for name, field in fields.items()
            if name != "use"
        ),
    )


def mapping(value: object) -> Schema:
    """Return a value that is an object, or else an empty one."""
    return value if isinstance(value, dict) else {}


def whole(schema: Schema, definitions: Schema) -> Schema:
    """Return a schema with the definition that it refers to, below what it says itself."""
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    return {**mapping(definitions.get(reference.rpartition("/")[2])), **schema}


def kind(schema: Schema) -> str:
    """Return what a value may be, in words."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(choices, list):
        kinds = dict.fromkeys(kind(mapping(choice)) for choice in choices if mapping(choice).get("type") != "null")
        return " or ".join(kinds)
    allowed = schema.get("enum")
    if isinstance(allowed, list):
        return ", ".join(code(str(one)) for one in allowed if one is not None)
    if "const" in schema:
        return code(str(schema["const"]))
    if "$ref" in schema and ("properties" in schema or "type" not in schema):
        return str(schema["$ref"]).rpartition("/")[2]
    named = schema.get("type")
    names = [str(name) for name in named if name != "null"] if isinstance(named, list) else [str(named or "any")]
    return " or ".join(_one_kind(name, schema) for name in names)


def _one_kind(name: str, schema: Schema) -> str:
    if name == "array":
        inner = kind(mapping(schema.get("items")))
        return "list" if inner == "any" else f"list of {inner}"
    word = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "mapping"}.get(
        name, name
    )
    return f"{word}{_bounds(schema)}" if name in {"integer", "number"} else word


def _bounds(schema: Schema) -> str:
    limits = (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to"), ("exclusiveMaximum", "below"))
    said = [f"{word} {schema[key]}" for key, word in limits if key in schema]
    return f", {' '.join(said)}" if said else ""


def default(schema: Schema) -> str:
    """Return the value that holds where nothing is written."""
    value = schema.get("default")
    if value is None or value in ("", [], {}):
        return ""
    said = json.dumps(value, ensure_ascii=False)
    return code(said) if len(said) <= LONGEST_DEFAULT else "a longer value"
