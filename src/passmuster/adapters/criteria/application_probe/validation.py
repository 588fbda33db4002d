"""Input is validated: wrong types, missing fields, values out of range and huge texts are refused."""

from collections.abc import Sequence

from pydantic import Field

from passmuster.adapters.criteria.application_probe.asking import ProbeOptions
from passmuster.adapters.criteria.application_probe.judging import (
    ApplicationCriterion,
    Judgement,
    Violations,
    refuse_unless_let_in,
)
from passmuster.adapters.criteria.application_probe.observations import (
    REFUSAL,
    SUCCESS,
    Exchange,
    Seen,
    by_operation,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.domain.errors import CriterionError
from passmuster.domain.values import JsonObject
from passmuster.ports import Criterion

_WRONG = ("malformed", "empty", "wrong", "wrong address")
_INVALID = frozenset({400, 413, 415, 422})
_DEPTH = 8


class InputValidatedOptions(ProbeOptions):
    """Options of ``input_validated``."""

    huge: bool = Field(
        default=True, description="Whether a text of a million characters must be refused where no length is declared."
    )


async def input_validated(seen: Seen, options: InputValidatedOptions) -> Judgement:
    """Look at what came back for requests that are wrong in one respect.

    Raises:
        CriterionError: If nothing takes input, or what is right is refused as well, so that refusing proves nothing.
    """
    wrong = [item for item in seen.of_kinds(*_WRONG) if options.huge or not item.detail.endswith(": huge")]
    right = by_operation(item for item in seen.of_kinds("prime", "valid"))
    violations = _free_forms(seen)
    refuse_unless_let_in(wrong)
    for operation, items in by_operation(wrong).items():
        for item in items:
            if item.is_let_in and _is_bad(item, items, is_guessed=not seen.document):
                what = f" ({item.detail})" if item.detail else ""
                message = f"{operation} {item.told()} to wrong input{what}, instead of 4xx"
                violations.note(seen, operation, message, item.error)
    asked = list(dict.fromkeys(item.operation for item in wrong))
    if not violations:
        _refuse_if_proven_nothing(wrong, right)
    good = f"{counted(len(wrong), 'wrong request')} to {counted(len(asked), 'operation')} were all refused"
    return Judgement(asked=asked, violations=violations, good=good, counts={"wrong_requests": len(wrong)})


def _is_bad(item: Exchange, others: Sequence[Exchange], *, is_guessed: bool) -> bool:
    if item.status in REFUSAL:
        return False
    if item.status not in SUCCESS or not is_guessed or item.kind != "wrong":
        return True
    # A field that somebody guessed may be none of the operation's.
    field = item.detail.partition(":")[0]
    missing = next((other for other in others if other.detail == f"without {field}"), None)
    return missing is not None and missing is not item and missing.status in REFUSAL


def _refuse_if_proven_nothing(wrong: Sequence[Exchange], right: dict[str, list[Exchange]]) -> None:
    if not wrong:
        message = "no operation of the application takes input that could be wrong"
        raise CriterionError(message, hint="ask this only where the answer is to take input")
    # Conflicts and missing rows come after validation; the same refusal for right and wrong says nothing of either.
    bodies = by_operation(item for item in wrong if item.kind != "wrong address")
    tried = {name: items for name, items in right.items() if name in bodies}
    if tried and not any(
        item.status not in _INVALID and any(other.status in _INVALID for other in bodies[name])
        for name, items in tried.items()
        for item in items
    ):
        first = next(iter(tried.values()))[0]
        message = f"what should be right was refused as well: {first.operation} {first.told()}: {first.body[:200]}"
        raise CriterionError(message, hint="give bodies that are right, in the option 'bodies'")


def _free_forms(seen: Seen) -> Violations:
    found = Violations()
    for name in seen.operations:
        content = _within(seen.declared(name), "requestBody", "content", "application/json")
        schema = _resolved(content.get("schema"), seen.document)
        if content and _is_free(schema):
            message = f"{name} takes any JSON: its body declares no field"
            found.note(seen, name, message)
    return found


def _is_free(schema: JsonObject) -> bool:
    kind = schema.get("type")
    shaped = ("properties", "anyOf", "oneOf", "allOf", "items", "enum", "const")
    if any(key in schema for key in shaped):
        return False
    values = schema.get("additionalProperties")
    return kind is None or (kind == "object" and not (isinstance(values, dict) and values))


def _resolved(schema: object, document: JsonObject) -> JsonObject:
    found: JsonObject = schema if isinstance(schema, dict) else {}
    for _depth in range(_DEPTH):
        reference = found.get("$ref")
        if not isinstance(reference, str):
            break
        found = _within(document, *reference.removeprefix("#/").split("/"))
    return found


def _within(value: JsonObject, *keys: str) -> JsonObject:
    for key in keys:
        inner = value.get(key)
        value = inner if isinstance(inner, dict) else {}
    return value


def _build(options: InputValidatedOptions, context: BuildContext) -> Criterion:
    return ApplicationCriterion(options, context, input_validated)


INPUT_VALIDATED = Component(
    options=InputValidatedOptions,
    build=_build,
    is_deterministic=lambda _options: True,
    is_free=True,
    needs_sandbox=True,
)
"""``input_validated``: wrong input is refused."""
