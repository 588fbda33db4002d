"""What happens → names and values, for logs and for whoever traces one case in JSON.

Unless texts are wanted, nothing here holds what users ask, models write or services say.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from passmuster.domain.answers import Completion, CompletionRequest, Failure, RoutingDecision
from passmuster.domain.results import Score, Trial, Unscored
from passmuster.domain.values import Usage
from passmuster.policies.events import Answered, Event, Failed, Kept, LimitChanged, Sent, Unsettled
from passmuster.telemetry.watching import StageBegun, StageEnded, Told, TrialBegun, TrialEnded

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Described:
    """Something that happened.

    Attributes:
        level: How grave it is, as ``logging`` has it.
        event: What it is, in a word.
        fields: What there is to say of it.
    """

    level: int
    event: str
    fields: Mapping[str, object]


def described(told: Told, *, has_texts: bool) -> Described | None:
    """Return what happened in names and values; ``None`` for what is not worth it.

    Args:
        told: What happened.
        has_texts: Whether requests, answers and services' own words are wanted as well.
    """
    match told:
        case Event():
            return _event(told, has_texts=has_texts)
        case LimitChanged():
            return Described(logging.INFO, "limit", {**_service(told), "limit": told.limit, "reason": told.reason})
        case TrialBegun():
            return Described(logging.DEBUG, "begun", {"text": told.plan.case.request.text} if has_texts else {})
        case StageBegun():
            return Described(logging.DEBUG, "stage begun", {"stage": told.stage})
        case StageEnded():
            return Described(logging.DEBUG, "stage ended", _stage(told, has_texts=has_texts))
        case TrialEnded():
            return Described(logging.INFO if told.trial.is_finished else logging.ERROR, "trial", _trial(told.trial))
    return None


def own_words(message: str) -> str:
    """Return what passmuster itself says in a message: what others said stands behind a colon or in quotation marks."""
    return message.partition(": ")[0].partition("'")[0].partition('"')[0].rstrip(" (;,")


def _event(told: Event, *, has_texts: bool) -> Described | None:
    match told:
        case Sent():
            fields: Fields = {**_service(told), "model": told.model, "attempt": told.attempt, "key": told.key}
            return Described(logging.DEBUG, "sent", fields | (request_texts(told.request) if has_texts else {}))
        case Answered():
            return Described(logging.INFO, "answered", _answered(told) | _answer(told.completion, has_texts=has_texts))
        case Kept():
            fields = {**_service(told), **_usage(told.usage), "key": told.key}
            return Described(logging.INFO, "kept", fields | _answer(told.completion, has_texts=has_texts))
        case Failed():
            level = logging.ERROR if told.wait is None else logging.WARNING
            return Described(level, "failed", _failed(told, has_texts=has_texts))
        case Unsettled():
            cost = None if told.cost is None else str(told.cost)
            return Described(logging.WARNING, "unsettled", {**_service(told), "cost_at_most": cost})
    return None


def _answered(told: Answered) -> Fields:
    fields: Fields = {
        **_service(told),
        "model": told.model,
        **_usage(told.usage),
        "latency": round(told.latency, 6),
    }
    if told.first_token is not None:
        fields["first_token"] = round(told.first_token, 6)
    if told.completion is not None:
        fields["finish_reason"] = told.completion.finish_reason
    return fields


def _failed(told: Failed, *, has_texts: bool) -> Fields:
    message = told.error.message
    fields: Fields = {
        **_service(told),
        "error": type(told.error).__name__,
        "message": message if has_texts else own_words(message),
    }
    if told.wait is not None:
        fields["wait"] = round(told.wait, 3)
    return fields


def _answer(completion: Completion | None, *, has_texts: bool) -> Fields:
    if completion is None or not has_texts:
        return {}
    calls = [{"name": call.name, "arguments": call.arguments} for call in completion.tool_calls]
    return {"answer": completion.text} | ({"tool_calls": calls} if calls else {})


def _service(told: Event | LimitChanged) -> Fields:
    return {"endpoint": told.endpoint.address, "provider": told.endpoint.provider}


def _usage(usage: Usage) -> Fields:
    fields: Fields = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    if usage.cached_tokens:
        fields["cached_tokens"] = usage.cached_tokens
    if usage.reasoning_tokens:
        fields["reasoning_tokens"] = usage.reasoning_tokens
    fields["cost"] = None if usage.cost is None else str(usage.cost)
    return fields


def request_texts(request: CompletionRequest) -> Fields:
    """Return all that a model is sent."""
    sampling = request.sampling
    asked = {
        "temperature": sampling.temperature,
        "maximum_tokens": sampling.maximum_tokens,
        "seed": sampling.seed,
        "top_p": sampling.top_p,
        "stop": list(sampling.stop) or None,
        "answer_schema": request.answer_schema,
        "tools": [tool.name for tool in request.tools] or None,
        "required_tool": request.required_tool or None,
    }
    messages = [{"role": message.role, "content": message.content} for message in request.messages]
    return {name: value for name, value in asked.items() if value is not None} | {"messages": messages}


def _stage(told: StageEnded, *, has_texts: bool) -> Fields:
    fields: Fields = {"stage": told.stage}
    match told.result:
        case Failure() as failure:
            fields |= {"failure": failure.kind} | ({"message": failure.message} if has_texts else {})
        case RoutingDecision() as decision:
            fields |= {"chosen": decision.chosen, "margin": decision.margin, "confidence": decision.confidence}
            if has_texts:
                fields |= {
                    "rationale": decision.rationale,
                    "ranking": [{"agent": one.agent, "score": one.score} for one in decision.ranking],
                }
        case Completion() as completion:
            fields |= {"origin": completion.origin, "finish_reason": completion.finish_reason}
            fields |= _answer(completion, has_texts=has_texts)
        case Score() as score:
            fields |= {"criterion": score.criterion, "passed": score.passed, "value": score.value}
            fields |= {"reason": score.reason} if has_texts else {}
    return fields


def _trial(trial: Trial) -> Fields:
    routing, completion = trial.answer.routing, trial.answer.completion
    scores = [outcome for outcome in trial.outcomes if isinstance(outcome, Score)]
    parts = [routing, completion, *(item.failure for item in trial.outcomes if isinstance(item, Unscored))]
    fields: Fields = {"duration": round(trial.duration, 6)}
    if isinstance(routing, RoutingDecision):
        fields["chosen"] = routing.chosen
    if isinstance(completion, Completion):
        fields["origin"] = completion.origin
    if scores:
        fields["criteria_passed"] = sum(score.passed for score in scores)
        fields["criteria"] = len(scores)
    failures = [f"{part.stage}: {part.kind}" for part in parts if isinstance(part, Failure)]
    return fields | ({"failures": failures} if failures else {})
