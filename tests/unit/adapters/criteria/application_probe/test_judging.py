"""What the criteria make of what was seen, without any application."""

import pytest

from passmuster.adapters.criteria.application_probe.conformance import OpenApiOptions, openapi_conformance
from passmuster.adapters.criteria.application_probe.judging import score
from passmuster.adapters.criteria.application_probe.observations import Seen, has_message
from passmuster.adapters.criteria.application_probe.queries import NoNPlusOneOptions, no_n_plus_one
from passmuster.adapters.criteria.application_probe.statuses import StatusCodesOptions, status_codes
from passmuster.adapters.criteria.application_probe.validation import InputValidatedOptions, input_validated
from passmuster.adapters.criteria.application_probe.versions import ApiVersioningOptions
from passmuster.domain.errors import CriterionError

ITEM = {"type": "object", "properties": {"id": {"type": "integer", "nullable": True}}, "required": ["id"]}
DOCUMENT = {
    "openapi": "3.0.3",
    "paths": {
        "/items/{item}": {
            "get": {
                "responses": {"200": {"content": {"application/json": {"schema": ITEM}}}, "4XX": {"description": "no"}}
            }
        }
    },
}


def seen(*exchanges: dict[str, object], **more: object) -> Seen:
    """Make what was seen of an application with one operation."""
    filled = [{"operation": "GET /items/{item}", "kind": "read", "status": 200, **item} for item in exchanges]
    place = {"file": "app.py", "line": 3}
    operations = [{"method": "GET", "path": "/items/{item}", "place": place}]
    return Seen.of({"framework": "fastapi", "operations": operations, "exchanges": filled, **more})


def response(body: str, status: int = 200, kind: str = "application/json") -> dict[str, object]:
    return {"body": body, "status": status, "headers": {"content-type": kind}}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (response('{"id": 3}'), ""),
        (response('{"id": null}'), ""),
        (response("", 404), ""),
        (response('{"id": "x"}'), "which does not follow its schema at $.id"),
        (response("<p>", 200, "text/html"), "as 'text/html' where 'application/json' is declared"),
        (response("{"), "with a body that is no JSON"),
        (response("", 500), "which is not declared"),
    ],
)
async def test_responses_are_compared_with_what_is_declared(found: dict[str, object], words: str) -> None:
    """Statuses, media types and bodies, in the words of OpenAPI 3.0 as well."""
    judgement = await openapi_conformance(
        seen(response('{"id": 1}'), found, document=DOCUMENT), OpenApiOptions(name="x")
    )

    judged = score("x", judgement, 2)

    assert judged.passed is (not words)
    assert words in judged.reason


@pytest.mark.parametrize(("few", "many", "passed"), [(2, 6, True), (2, 7, False), (1, 1, True)])
async def test_a_few_statements_more_are_allowed(few: int, many: int, *, passed: bool) -> None:
    """Four, unless a case says otherwise."""
    found = seen({"rows": 1, "queries": few}, {"rows": 10, "queries": many, "body": "more"})

    judgement = await no_n_plus_one(found, NoNPlusOneOptions(name="x"))

    assert score("x", judgement, 2).passed is passed


async def test_what_was_not_tried_is_no_pass() -> None:
    """No rows, nobody let in, nothing that takes input: no verdict, and the reason."""
    with pytest.raises(CriterionError, match="no rows could be put"):
        await no_n_plus_one(seen({"rows": 1}, seeding="no such column"), NoNPlusOneOptions(name="x"))
    with pytest.raises(CriterionError, match="let no request in"):
        await status_codes(seen({"status": 401}), StatusCodesOptions(name="x"))
    with pytest.raises(CriterionError, match="takes input"):
        await input_validated(seen({}), InputValidatedOptions(name="x"))


async def test_refusing_everything_is_no_validation() -> None:
    """What should be right must not be refused like what is wrong."""
    found = seen(
        {"operation": "POST /x", "kind": "valid", "status": 422},
        {"operation": "POST /x", "kind": "wrong", "status": 422},
    )

    with pytest.raises(CriterionError, match="refused as well"):
        await input_validated(found, InputValidatedOptions(name="x"))


@pytest.mark.parametrize(
    ("value", "says"), [({"detail": [{"msg": "no"}]}, True), ({"a": [{}], "b": 3}, False), (" ", False), (["x"], True)]
)
def test_a_message_is_words_somewhere(value: object, *, says: bool) -> None:
    """Wherever a framework puts them."""
    assert has_message(value) is says


def test_what_came_from_the_answer_may_be_anything() -> None:
    """Results that are not shaped as they should be are read as empty, and never raise."""
    found = Seen.of({"operations": 3, "exchanges": [{"status": "x", "headers": [], "error": 1}, 7], "document": []})

    assert [item.status for item in found.exchanges] == [0]


def test_patterns_of_cases_are_checked_when_they_are_built() -> None:
    """A misspelt pattern is a complaint about the case."""
    with pytest.raises(ValueError, match="no regular expression"):
        ApiVersioningOptions(name="x", pattern="(")
