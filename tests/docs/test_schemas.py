"""The published JSON Schemas: up to date, valid themselves, and in agreement with our own files."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from passmuster import completion_contract, router_contract
from passmuster.composition.nightly_document import nightly_schema
from passmuster.composition.schemas import case_schema, suite_schema
from passmuster.documents import parse_yaml

from .documents import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLISHED = {
    "suite": suite_schema,
    "case": case_schema,
    "router_request": router_contract.request_schema,
    "router_answer": router_contract.answer_schema,
    "command_request": completion_contract.request_schema,
    "command_answer": completion_contract.answer_schema,
    "nightly": nightly_schema,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_schema_is_current(name: str) -> None:
    """`passmuster schema <name> > docs/schemas/<name>.schema.json` changes nothing."""
    make: Callable[[], dict[str, Any]] = PUBLISHED[name]
    published = json.loads((ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))

    assert published == make()
    Draft202012Validator.check_schema(published)


def test_own_suite_satisfies_the_schema() -> None:
    """An editor that reads the schema finds nothing wrong with the project's suite."""
    path = ROOT / "evals" / "software_team" / "suite.yaml"
    data = parse_yaml(path.read_text(encoding="utf-8"), path=str(path)).data

    assert [error.message for error in Draft202012Validator(suite_schema()).iter_errors(data)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"subjects": {"a": {"use": "routed", "router": {"use": "lexical", "treshold": 1}}}},
        {"subjects": {}},
        {"repetitions": 0},
        {"datasets": [{"use": "files"}]},
    ],
)
def test_schema_refuses_what_the_program_refuses(wrong: dict[str, object]) -> None:
    """Unknown options, empty sections and numbers out of range are marked in the editor already."""
    sound = {
        "name": "a",
        "roster": {"use": "claude_code", "location": "./agents"},
        "datasets": [{"use": "files", "location": "./cases.jsonl"}],
        "subjects": {"a": {"use": "routed", "router": {"use": "lexical"}}},
    }
    validator = Draft202012Validator(suite_schema())

    assert validator.is_valid(sound)
    assert not validator.is_valid({**sound, **wrong})
