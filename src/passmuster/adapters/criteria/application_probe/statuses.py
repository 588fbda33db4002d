"""Status codes: what is unknown is 404, what is malformed 4xx, what was made 201, nothing 500, and errors say why."""

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
    has_message,
    read_json,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion

_KINDS = ("read", "prime", "valid", "unknown", "malformed", "empty")
_ELSEWHERE = frozenset({502, 503, 504})
_NOT_THERE = frozenset({404, 410})
_MADE = 201


class StatusCodesOptions(ProbeOptions):
    """Options of ``status_codes``."""

    creation: bool = Field(
        default=True, description="Whether what makes an item of a collection must answer 201, declared or not."
    )
    messages: bool = Field(default=True, description="Whether the body of an error must be JSON that says something.")


async def status_codes(seen: Seen, options: StatusCodesOptions) -> Judgement:
    """Look at the status of every exchange whose right status is known."""
    exchanges = seen.of_kinds(*_KINDS)
    refuse_unless_let_in(exchanges)
    violations = Violations()
    told: set[tuple[str, str]] = set()
    for item in exchanges:
        wrong = _wrong(item, seen, options)
        if wrong and (item.operation, wrong) not in told:
            told.add((item.operation, wrong))
            violations.note(seen, item.operation, f"{item.operation} {wrong}", item.error)
    asked = list(dict.fromkeys(item.operation for item in exchanges if item.is_let_in))
    good = f"{counted(len(asked), 'operation')} answered right, unknown and malformed requests as they should"
    return Judgement(asked=asked, violations=violations, good=good)


def _wrong(item: Exchange, seen: Seen, options: StatusCodesOptions) -> str:
    if not item.is_let_in:
        return ""
    if item.status not in range(100, 500) and item.status not in _ELSEWHERE:
        return item.told()
    if item.kind == "unknown":
        return _wrong_unknown(item, options)
    if item.kind in {"malformed", "empty"}:
        return _wrong_malformed(item, options)
    return _wrong_creation(item, seen, options) if item.method == "POST" and item.status in SUCCESS else ""


def _wrong_unknown(item: Exchange, options: StatusCodesOptions) -> str:
    allowed = _NOT_THERE | ({204} if item.method == "DELETE" else {_MADE, 204} if item.method == "PUT" else set())
    # A body, or an identifier of another form, may be looked at first.
    is_undecided = item.status in {400, 409, 422} and not item.detail
    is_refused_first = item.status in {400, 409, 415, 422} and item.method in {"POST", "PUT", "PATCH"}
    if item.status not in allowed and not is_undecided and not is_refused_first:
        return f"answers {item.status} for what is not there, instead of 404"
    return _wrong_message(item, options)


def _wrong_malformed(item: Exchange, options: StatusCodesOptions) -> str:
    what = "a body that is no JSON" if item.kind == "malformed" else "an empty body"
    if item.status in REFUSAL:
        return _wrong_message(item, options)
    return f"answers {item.status} to {what}, instead of 4xx" if item.kind == "malformed" else ""


def _wrong_message(item: Exchange, options: StatusCodesOptions) -> str:
    if not options.messages or item.status not in REFUSAL or item.method == "HEAD":
        return ""
    is_json, body = read_json(item.body)
    if not is_json or not isinstance(body, dict | list):
        return f"answers {item.status} with a body that is no JSON object"
    return "" if has_message(body) else f"answers {item.status} without a message"


def _wrong_creation(item: Exchange, seen: Seen, options: StatusCodesOptions) -> str:
    responses = seen.declared(item.operation).get("responses")
    declares = isinstance(responses, dict) and str(_MADE) in responses
    if declares and item.status != _MADE:
        return f"answers {item.status} where it declares {_MADE} for what it makes"
    base = item.path.rstrip("/")
    has_items = any(name.partition(" ")[2].startswith(f"{base}/{{") for name in seen.operations)
    is_made = has_items and isinstance(read_json(item.body)[1], dict) and "id" in str(read_json(item.body)[1])
    if options.creation and is_made and item.status == 200:  # noqa: PLR2004 - says nothing of making
        return f"answers 200 for what it makes, instead of {_MADE}"
    return ""


def _build(options: StatusCodesOptions, context: BuildContext) -> Criterion:
    return ApplicationCriterion(options, context, status_codes)


STATUS_CODES = Component(
    options=StatusCodesOptions, build=_build, is_deterministic=lambda _options: True, is_free=True, needs_sandbox=True
)
"""``status_codes``: statuses say what happened, and errors say why."""
