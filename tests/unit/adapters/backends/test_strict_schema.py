"""Schemas in the part of JSON Schema that services take."""

import json
from typing import Any

import pytest
from anthropic import transform_schema
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.backends.openapi_schema import openapi_schema
from passmuster.adapters.backends.strict_schema import strict_schema

from .odd_answers import answers

WORDS = ["type", "object", "array", "string", "null", "enum", "const", "properties", "items", "anyOf", "oneOf", "allOf"]
WORDS += ["$ref", "$defs", "required", "minItems", "maximum", "format", "date", "description", "additionalProperties"]


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (
            {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure."},
            {"type": "number", "description": "How sure.\n\n{minimum: 0, maximum: 1}"},
        ),
        ({"type": ["string", "null"], "enum": ["a", None]}, {"enum": ["a", None]}),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "odd"}, {"type": "string", "description": "{format: odd}"}),
        (
            {"type": "array", "minItems": 1, "items": {"type": "integer"}},
            {"type": "array", "minItems": 1, "items": {"type": "integer"}},
        ),
        (
            {"type": "array", "minItems": 3, "items": {"type": "integer"}},
            {"type": "array", "description": "{minItems: 3}", "items": {"type": "integer"}},
        ),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": True},
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        ),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$ref": "#/$defs/a",
                "$defs": {"a": {"const": 1}},
            },
            {"$ref": "#/$defs/a", "$defs": {"a": {"const": 1}}},
        ),
    ],
)
def test_the_structure_stays_and_bounds_become_words(schema: dict[str, Any], strict: dict[str, Any]) -> None:
    """As the service's own client has it."""
    assert strict_schema(schema) == strict
    assert transform_schema(schema) == strict


@given(schema=st.dictionaries(st.sampled_from(WORDS), answers(WORDS), max_size=8))
def test_whatever_a_schema_holds_another_one_comes_of_it(schema: dict[str, object]) -> None:
    """It is the service that says what is wrong with it."""
    assert json.dumps(strict_schema(schema), default=str)
    assert json.dumps(openapi_schema(schema), default=str)
