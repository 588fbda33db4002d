"""Criteria on form."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from passmuster.adapters.criteria.schema_check import violations
from passmuster.adapters.criteria.structured import (
    CODE_FENCE,
    JSON,
    JSON_SCHEMA,
    JsonSchemaCriterion,
    JsonSchemaOptions,
)
from passmuster.components import BuildContext, Component, OptionsT
from passmuster.domain.answer_files import MOST_BYTES
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Score
from passmuster.ports import Criterion
from passmuster.testing.factories import an_exhibit

CONTEXT = BuildContext(folder=Path())
PERSON = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


async def judge(component: Component[OptionsT, Criterion], answer: str, /, **options: object) -> Score:
    criterion = component.build(component.options.model_validate({"name": "mine", **options}), CONTEXT)
    return await criterion.assess(an_exhibit(answer))


def complaint_of(component: Component[OptionsT, Criterion], /, **options: object) -> str:
    with pytest.raises(ValidationError) as caught:
        component.options.model_validate({"name": "mine", **options})
    return str(caught.value)


async def test_code_fence_counts_blocks_of_a_language() -> None:
    """Only blocks of the language count; the evidence tells of the others."""
    score = await judge(CODE_FENCE, "```Python\nx\n```\n\n~~~sh\nls\n~~~\n", language="python")

    assert (score.criterion, score.value, score.passed) == ("mine", 1.0, True)
    assert score.reason == "found 1 fenced 'python' block; wanted at least 1"
    assert score.evidence == {"lines": [1], "languages": ["Python", "sh"]}


@pytest.mark.parametrize(("minimum", "maximum", "passed"), [(3, None, False), (2, 2, True), (0, 1, False)])
async def test_code_fence_holds_the_number_against_the_bounds(
    minimum: int,
    maximum: int | None,
    passed: bool,  # noqa: FBT001 - parametrized
) -> None:
    """Without a language every block counts."""
    score = await judge(CODE_FENCE, "```\n```\n```\n```", minimum=minimum, maximum=maximum)

    assert (score.passed, score.value) == (passed, float(passed))


async def test_code_fence_says_that_it_has_not_looked_at_everything() -> None:
    """The reason tells of the limit."""
    score = await judge(CODE_FENCE, "x" * (MOST_BYTES + 1))

    assert f"first {MOST_BYTES} of {MOST_BYTES + 1} characters" in score.reason


def test_code_fence_refuses_crossed_bounds() -> None:
    """A range that no number lies in is a complaint."""
    assert "nothing is at least 2 and at most 1" in complaint_of(CODE_FENCE, minimum=2, maximum=1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"a": [1, null]}', "the answer is JSON"),
        ("words\n\n```json\n{}\n```\n\n```json\nbroken\n```", "the block on line 3 is JSON"),
        ("```python\nx\n```\n\n```JSON\n1\n```", "the block on line 5 is JSON"),
    ],
)
async def test_json_reads_the_first_block_or_the_whole_answer(answer: str, reason: str) -> None:
    """Blocks in other languages and later blocks do not matter."""
    score = await judge(JSON, answer)

    assert (score.value, score.passed, score.reason) == (1.0, True, reason)


@pytest.mark.parametrize(
    ("answer", "reason", "evidence"),
    [
        ("", "the answer, line 1, column 1: ", {"line": 1, "column": 1}),
        ("so:\n```json\n{\n  'a': 1\n}\n```", "the block on line 2, line 4, column 3: ", {"line": 4, "column": 3}),
        ("[\nNaN]", "the answer, line 2, column 1: ", {"line": 2, "column": 1}),
        ('{"a": 1, "a": 2}', "the answer, line 1, column 10: ", {"line": 1, "column": 10}),
    ],
)
async def test_json_tells_where_it_breaks(answer: str, reason: str, evidence: dict[str, int]) -> None:
    """Places are the answer's; doubled keys and numbers that are none are refused."""
    score = await judge(JSON, answer)

    assert (score.value, score.passed) == (0.0, False)
    assert score.reason.startswith(reason)
    assert score.evidence == evidence


@pytest.mark.parametrize("answer", ["[" * 100_000, "1" * 5_000, '"\ud800', "\x00"])
async def test_json_survives_hostile_text(answer: str) -> None:
    """Endless nesting, endless numbers and broken characters are bad JSON and no more."""
    score = await judge(JSON, answer)

    assert not score.passed
    assert score.reason.encode("utf-8")


@given(answer=st.text())
async def test_json_judges_any_text(answer: str) -> None:
    """No text makes the criterion fail."""
    score = await judge(JSON, answer)

    assert score.value in {0.0, 1.0}


async def test_json_schema_passes_what_follows_the_schema() -> None:
    """The JSON is found like the criterion ``json`` finds it."""
    score = await judge(JSON_SCHEMA, '```json\n{"name": "x"}\n```', schema=PERSON)

    assert (score.criterion, score.value, score.passed) == ("mine", 1.0, True)
    assert score.reason == "the block on line 1 follows the schema"


async def test_json_schema_tells_the_first_three_errors() -> None:
    """Errors come with the way to the value; that there are more is said."""
    score = await judge(JSON_SCHEMA, '[{}, {"name": 1}, 3, 4]', schema={"items": PERSON})

    assert (score.value, score.passed) == (0.0, False)
    assert score.reason == (
        "the answer does not follow the schema: $[0]: 'name' is a required property; "
        "$[1].name: 1 is not of type 'string'; $[2]: 3 is not of type 'object'; and more"
    )


async def test_json_schema_tells_of_bad_json_like_json_does() -> None:
    """What is no JSON follows no schema."""
    score = await judge(JSON_SCHEMA, "{", schema=PERSON)

    assert not score.passed
    assert "not valid JSON" in score.reason


async def test_json_schema_shortens_messages_that_quote_the_answer() -> None:
    """A long value is quoted in part."""
    score = await judge(JSON_SCHEMA, f'{{"key": "{"x" * 5_000}"}}', schema={"additionalProperties": {"type": "null"}})

    assert len(score.reason) < 300


@pytest.mark.parametrize(("answer", "passed"), [('["ab"]', True), ('["b"]', False), ('["ab", "ab"]', False)])
async def test_json_schema_checks_slow_keywords_too(answer: str, passed: bool) -> None:  # noqa: FBT001 - parametrized
    """What is checked in another process comes to the same."""
    schema = {"items": {"pattern": "^a"}, "uniqueItems": True}

    score = await judge(JSON_SCHEMA, answer, schema=schema)

    assert score.passed is passed


async def test_json_schema_ends_a_check_that_would_never_end() -> None:
    """A pattern that backtracks without end is a failure of the harness, not of the answer."""
    options = JsonSchemaOptions(name="mine", schema={"pattern": "^(a+)+$"})
    criterion = JsonSchemaCriterion(options, time_limit=1.0)

    with pytest.raises(CriterionError, match="longer than 1 seconds"):
        await criterion.assess(an_exhibit('"' + "a" * 64 + '!"'))


@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        ({"$ref": "#"}, "1"),
        ({"multipleOf": 0.5}, "1" * 999),
        ({"multipleOf": 0.5, "pattern": "a"}, "1" * 999),
    ],
)
async def test_json_schema_gives_up_on_values_that_cannot_be_compared(schema: dict[str, object], answer: str) -> None:
    """Numbers too large to divide, and schemas that only refer to themselves, are no fault of the answer."""
    with pytest.raises(CriterionError):
        await judge(JSON_SCHEMA, answer, schema=schema)


@pytest.mark.parametrize(
    ("schema", "complaint"),
    [
        ({"type": "strng"}, "no valid JSON Schema, at $.type"),
        ({"pattern": "("}, "no valid JSON Schema, at $.pattern"),
        ({"$ref": "https://example.invalid/schema"}, "'https://example.invalid/schema' leads nowhere"),
        ({"items": {"$ref": "#/$defs/absent"}}, "'#/$defs/absent' leads nowhere"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "is not supported"),
        ({"$schema": []}, "is not supported"),
        (True, "valid dictionary"),
    ],
)
def test_json_schema_refuses_a_bad_schema(schema: object, complaint: str) -> None:
    """The schema is checked when the options are read; nothing is fetched."""
    assert complaint in complaint_of(JSON_SCHEMA, schema=schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"n": {"type": "number"}}, "items": {"$ref": "#/$defs/n"}},
        {
            "$id": "https://example.invalid/a",
            "$defs": {"n": {"$anchor": "n", "type": "number"}},
            "items": {"$ref": "#n"},
        },
        {
            "$defs": {"n": {"$id": "https://example.invalid/n", "type": "number"}},
            "items": {"$ref": "https://example.invalid/n"},
        },
    ],
)
async def test_json_schema_follows_references_within(schema: dict[str, object]) -> None:
    """Pointers, anchors and identifiers all lead to parts of the schema itself."""
    good = await judge(JSON_SCHEMA, "[1]", schema=schema)
    bad = await judge(JSON_SCHEMA, '["1"]', schema=schema)

    assert (good.passed, bad.passed) == (True, False)


def test_words_that_only_look_like_references_are_left_alone() -> None:
    """A property may be called ``$ref``, and a constant may hold one."""
    schema = {"properties": {"$ref": {"type": "string"}}, "const": {"$ref": "https://example.invalid/"}}

    options = JSON_SCHEMA.options.model_validate({"name": "mine", "schema": schema})

    assert options.wanted == schema


def test_violations_stop_after_the_fourth() -> None:
    """One more than are told is enough to know that there are more."""
    found = violations({"items": {"type": "null"}}, list(range(100)))

    assert [path for path, _message in found] == ["$[0]", "$[1]", "$[2]", "$[3]"]
