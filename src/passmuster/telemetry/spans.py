"""Trials → spans and metrics of OpenTelemetry: run > trial > stage > ``chat {model}``.

Names and attributes are those of its semantic conventions for generative artificial intelligence. What has no name
there begins with ``passmuster.``.

Needs the extra ``telemetry``; nobody else imports this.
"""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.metrics import Meter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.util.types import AttributeValue

from passmuster.domain.answers import Completion, CompletionRequest, Failure, RoutingDecision
from passmuster.domain.cases import Role
from passmuster.domain.endpoints import Endpoint
from passmuster.domain.results import Score, Trial
from passmuster.policies.events import Answered, Event, Failed, Kept, Sent
from passmuster.telemetry.describing import own_words
from passmuster.telemetry.watching import (
    WHERE,
    StageBegun,
    StageEnded,
    Told,
    TrialBegun,
    TrialBroken,
    TrialEnded,
    Whereabouts,
)

DURATION_BOUNDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKEN_BOUNDS: Final = tuple(float(4**power) for power in range(14))
"""The buckets that the conventions give for both metrics."""

PROVIDERS: Final[Mapping[str, str]] = {
    "google": "gcp.gemini",
    "gemini": "gcp.gemini",
    "azure": "azure.ai.openai",
    "aws": "aws.bedrock",
    "mistral": "mistral_ai",
    "x-ai": "x_ai",
}
"""Services that the conventions call otherwise than lists of prices do."""

Attributes = dict[str, AttributeValue]

_STAGE: Final[ContextVar[Span | None]] = ContextVar("_STAGE", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A request that is under way.

    Attributes:
        span: Its span.
        attributes: What its metrics have in common.
        began: When it was sent, by a clock of its own.
    """

    span: Span
    attributes: Attributes
    began: float


_CHAT: Final[ContextVar[Chat | None]] = ContextVar("_CHAT", default=None)


class Spans:
    """Makes spans of what it is told; conforms to :data:`~passmuster.telemetry.watching.Watcher`."""

    def __init__(
        self, tracer: Tracer, meter: Meter, *, root: Span, redact: Callable[[str], str], has_texts: bool = False
    ) -> None:
        """Take who makes spans and metrics.

        Args:
            tracer: Makes spans.
            meter: Makes metrics.
            root: The span that all others lie in.
            redact: Takes secrets out of a text.
            has_texts: Whether requests and answers are told as well.
        """
        self._tracer = tracer
        self._root = root
        self._redact = redact
        self._has_texts = has_texts
        self._trials: dict[Whereabouts, Span] = {}
        self._durations = meter.create_histogram(
            "gen_ai.client.operation.duration", unit="s", explicit_bucket_boundaries_advisory=DURATION_BOUNDS
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage", unit="{token}", explicit_bucket_boundaries_advisory=TOKEN_BOUNDS
        )

    def __call__(self, told: Told) -> None:
        """Begin or end a span."""
        match told:
            case Event():
                self._event(told)
            case TrialBegun():
                self._begin_trial()
            case StageBegun():
                _STAGE.set(self._begin(told.stage.value, self._trial, {}))
            case StageEnded():
                self._end_stage(told)
            case TrialEnded():
                self._end_trial(_outcome(told.trial), None if told.trial.is_finished else "failure")
            case TrialBroken():
                self._end_trial({}, "broken")

    def close(self) -> None:
        """End what has no end of its own, such as trials that were cancelled."""
        for span in self._trials.values():
            span.end()
        self._trials.clear()

    @property
    def _trial(self) -> Span:
        where = WHERE.get()
        return self._root if where is None else self._trials.get(where, self._root)

    def _begin(
        self, name: str, parent: Span, attributes: Mapping[str, AttributeValue], kind: SpanKind = SpanKind.INTERNAL
    ) -> Span:
        return self._tracer.start_span(name, set_span_in_context(parent), kind, attributes)

    def _begin_trial(self) -> None:
        where = WHERE.get()
        if where is None:
            return
        key = where.key
        attributes: Attributes = {
            "passmuster.run": where.run,
            "passmuster.subject": key.subject,
            "passmuster.case": key.case,
            "passmuster.repetition": key.repetition,
        }
        self._trials[where] = self._begin(f"trial {key.case}", self._root, attributes)

    def _end_trial(self, attributes: Attributes, error: str | None) -> None:
        chat, stage = _CHAT.get(), _STAGE.get()
        # Whatever was cancelled in it.
        for open_span in (None if chat is None else chat.span, stage):
            if open_span is not None:
                open_span.end()
        _CHAT.set(None)
        _STAGE.set(None)
        where = WHERE.get()
        span = None if where is None else self._trials.pop(where, None)
        if span is not None:
            span.set_attributes(attributes)
            _end(span, error)

    def _end_stage(self, told: StageEnded) -> None:
        span = _STAGE.get()
        if span is None:
            return
        _STAGE.set(None)
        match told.result:
            case Failure() as failure:
                _end(span, failure.kind)
                return
            case RoutingDecision() as decision:
                span.set_attribute("passmuster.chosen", decision.chosen or "")
            case Completion() as completion:
                span.set_attribute("passmuster.origin", completion.origin.value)
            case Score() as score:
                span.update_name(f"{told.stage} {score.criterion}")
                span.set_attributes(self._evaluation(score))
        span.end()

    def _evaluation(self, score: Score) -> Attributes:
        attributes: Attributes = {
            "gen_ai.evaluation.name": score.criterion,
            "gen_ai.evaluation.score.value": score.value,
            "gen_ai.evaluation.score.label": "pass" if score.passed else "fail",
        }
        if self._has_texts:
            attributes["gen_ai.evaluation.explanation"] = self._redact(score.reason)
        return attributes

    def _event(self, told: Event) -> None:
        match told:
            case Sent():
                self._sent(told)
            case Answered():
                self._answered(told)
            case Failed():
                self._failed(told)
            case Kept():
                (_STAGE.get() or self._trial).add_event("passmuster.kept", {"passmuster.key": told.key})

    def _sent(self, told: Sent) -> None:
        attributes = _of_request(told) | (self._input(told.request) if self._has_texts else {})
        span = self._begin(_named(told.model), _STAGE.get() or self._trial, attributes, SpanKind.CLIENT)
        common = _of_endpoint(told.endpoint) | ({"gen_ai.request.model": told.model} if told.model else {})
        _CHAT.set(Chat(span=span, attributes=common, began=perf_counter()))

    def _answered(self, told: Answered) -> None:
        chat = _CHAT.get()
        if chat is None:
            return
        _CHAT.set(None)
        common = chat.attributes | ({"gen_ai.response.model": told.model} if told.model else {})
        self._durations.record(told.latency, common)
        for kind, count in (("input", told.usage.input_tokens), ("output", told.usage.output_tokens)):
            if count:
                self._tokens.record(count, common | {"gen_ai.token.type": kind})
        chat.span.set_attributes(_of_answer(told))
        if self._has_texts and told.completion is not None:
            chat.span.set_attribute("gen_ai.output.messages", self._output(told.completion))
        chat.span.end()

    def _failed(self, told: Failed) -> None:
        chat, kind = _CHAT.get(), type(told.error).__name__
        if chat is None:
            # It was not even sent.
            event: Attributes = {"error.type": kind, "passmuster.message": own_words(told.error.message)}
            (_STAGE.get() or self._trial).add_event("passmuster.failed", event)
            return
        _CHAT.set(None)
        self._durations.record(perf_counter() - chat.began, chat.attributes | {"error.type": kind})
        if told.wait is not None:
            chat.span.set_attribute("passmuster.wait", told.wait)
        _end(chat.span, kind, own_words(told.error.message))

    def _input(self, request: CompletionRequest) -> Attributes:
        spoken = [turn for turn in request.messages if turn.role is not Role.SYSTEM]
        system = [turn.content for turn in request.messages if turn.role is Role.SYSTEM]
        attributes: Attributes = {
            "gen_ai.input.messages": self._json(
                [{"role": turn.role.value, "parts": [{"type": "text", "content": turn.content}]} for turn in spoken]
            )
        }
        if system:
            parts = [{"type": "text", "content": text} for text in system]
            attributes["gen_ai.system_instructions"] = self._json(parts)
        return attributes

    def _output(self, completion: Completion) -> str:
        parts: list[object] = [{"type": "text", "content": completion.text}] if completion.text else []
        parts += [
            {"type": "tool_call", "id": call.identifier, "name": call.name, "arguments": call.arguments}
            for call in completion.tool_calls
        ]
        return self._json([{"role": "assistant", "parts": parts, "finish_reason": completion.finish_reason}])

    def _json(self, value: object) -> str:
        return self._redact(json.dumps(value, ensure_ascii=False, default=str))


def _end(span: Span, error: str | None, message: str = "") -> None:
    if error is not None:
        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR, message or None))
    span.end()


def _named(model: str) -> str:
    return f"chat {model}" if model else "chat"


def _of_endpoint(endpoint: Endpoint) -> Attributes:
    parts = urlsplit(endpoint.address)
    attributes: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": PROVIDERS.get(endpoint.provider, endpoint.provider),
    }
    if parts.hostname:
        attributes["server.address"] = parts.hostname
        attributes["server.port"] = parts.port or (443 if parts.scheme == "https" else 80)
    return attributes


def _of_request(told: Sent) -> Attributes:
    sampling = told.request.sampling
    asked = {
        "gen_ai.request.model": told.model or None,
        "gen_ai.request.temperature": sampling.temperature,
        "gen_ai.request.max_tokens": sampling.maximum_tokens,
        "gen_ai.request.top_p": sampling.top_p,
        "gen_ai.request.seed": sampling.seed,
        "gen_ai.request.stop_sequences": sampling.stop or None,
        "gen_ai.output.type": None if told.request.answer_schema is None else "json",
    }
    attributes = _of_endpoint(told.endpoint) | {"passmuster.attempt": told.attempt}
    return attributes | {name: value for name, value in asked.items() if value is not None}


def _of_answer(told: Answered) -> Attributes:
    usage = told.usage
    attributes: Attributes = {
        "gen_ai.response.model": told.model,
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
    }
    if told.completion is not None:
        attributes["gen_ai.response.finish_reasons"] = (told.completion.finish_reason,)
    if told.first_token is not None:
        attributes["gen_ai.response.time_to_first_chunk"] = told.first_token
    further = {
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_written_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
    }
    if usage.cost is not None:
        attributes["passmuster.cost"] = float(usage.cost)
    return attributes | {name: count for name, count in further.items() if count}


def _outcome(trial: Trial) -> Attributes:
    scores = [outcome for outcome in trial.outcomes if isinstance(outcome, Score)]
    attributes: Attributes = {}
    if isinstance(trial.answer.routing, RoutingDecision):
        attributes["passmuster.chosen"] = trial.answer.routing.chosen or ""
    if scores:
        attributes["passmuster.criteria"] = len(scores)
        attributes["passmuster.criteria_passed"] = sum(score.passed for score in scores)
    return attributes
