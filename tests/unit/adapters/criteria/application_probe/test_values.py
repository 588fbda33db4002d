"""Values made from JSON Schemas: ones that follow them, and ones that do not."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from passmuster.adapters.criteria.application_probe.probe_programs.values import Schema, example, resolved, wrong

DOCUMENT: Schema = {
    "components": {
        "schemas": {
            "Line": {
                "type": "object",
                "required": ["sku"],
                "properties": {
                    "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
                    "price": {"type": "number"},
                },
            },
            "Loop": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Loop"}}},
        }
    }
}
SCHEMAS: list[Schema] = [
    {"type": "integer", "minimum": 5, "maximum": 7},
    {"type": "integer", "exclusiveMinimum": 0},
    {"type": "number", "maximum": -1},
    {"type": "string", "minLength": 40, "maxLength": 50},
    {"type": "string", "maxLength": 3},
    {"type": "string", "pattern": r"^\d{3}[a-f]{2,4}(x|y)$"},
    {"type": "array", "items": {"$ref": "#/components/schemas/Line"}, "minItems": 2},
    {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
    {"allOf": [{"$ref": "#/components/schemas/Line"}], "properties": {"more": {"const": 3}}},
    {"enum": ["a", "b"]},
    {"type": ["string", "null"], "format": "uuid"},
]


def made(schema: Schema, name: str = "") -> Any:  # noqa: ANN401 - any value
    return example(schema, DOCUMENT, lambda _name, _schema: None, name)


def is_valid(schema: Schema, value: object) -> bool:
    return Draft202012Validator({**DOCUMENT, **schema}).is_valid(value)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_examples_follow_their_schema(schema: Schema) -> None:
    """Whatever a schema asks for, the value made for it has."""
    assert is_valid(schema, made(schema))


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_wrong_values_do_not(schema: Schema) -> None:
    """Each value that is meant to be refused is excluded by the schema, or by its format."""
    found = [(what, value) for what, value in wrong(schema, DOCUMENT, huge=False) if not what.startswith("no ")]

    assert [what for what, value in found if is_valid(schema, value)] == []


def test_a_schema_that_holds_itself_ends() -> None:
    """A document of the answer may be endless."""
    assert made({"$ref": "#/components/schemas/Loop"}) is not None
    assert resolved({"$ref": "#/components/schemas/nowhere"}, DOCUMENT) == {}


def test_what_ends_comes_after_what_begins() -> None:
    """Models often check it."""
    schema: Schema = {"type": "string", "format": "date-time"}

    assert made(schema, "begins_at") < made(schema, "ends_at")


@given(st.from_regex(re.compile(r"[a-z]{1,3}\d?[xyz]+"), fullmatch=True), st.integers(0, 4))
def test_patterns_made_of_the_usual_parts_are_matched(text: str, count: int) -> None:
    """A text is made that the pattern matches."""
    pattern = rf"^{re.escape(text)}[0-9]{{{count}}}$"

    assert re.search(pattern, made({"type": "string", "pattern": pattern}))
