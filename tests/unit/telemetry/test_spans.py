"""Spans and metrics in the terms of OpenTelemetry's conventions, kept in memory."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from passmuster.domain.answers import Completion, Sampling, Stage
from passmuster.domain.endpoints import Allowance, Endpoint
from passmuster.domain.errors import RateLimitedError
from passmuster.domain.values import RunIdentifier, Usage
from passmuster.policies.events import Answered, Failed, Kept, Sent
from passmuster.services.redaction import Redaction
from passmuster.telemetry.spans import Spans
from passmuster.telemetry.watching import (
    WHERE,
    StageBegun,
    StageEnded,
    TrialBegun,
    TrialBroken,
    TrialEnded,
    Whereabouts,
)
from passmuster.testing import factories

KEY = "sk-planted-0123456789"
SERVICE = Endpoint(provider="gemini", address="https://models.example.invalid/v1")
REQUEST = factories.a_completion_request("Why?", sampling=Sampling(temperature=0.5, maximum_tokens=50))
TRIAL = factories.a_trial()
SENT = Sent(endpoint=SERVICE, request=REQUEST, attempt=1, model="small")
FAILED = Failed(endpoint=SERVICE, request=REQUEST, error=RateLimitedError("it answered 429: too much"), wait=0.5)
ANSWERED = Answered(
    endpoint=SERVICE,
    request=REQUEST,
    model="small-1",
    usage=Usage(input_tokens=7, output_tokens=3),
    latency=0.25,
    first_token=0.1,
    allowance=Allowance(),
    completion=Completion(text=f"Because of {KEY}."),
)


@dataclass
class Memory:
    """What was told, in memory."""

    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader
    provider: TracerProvider
    meters: MeterProvider

    def watcher(self, *, has_texts: bool = False) -> Spans:
        tracer = self.provider.get_tracer("test")
        meter = self.meters.get_meter("test")
        redact = Redaction([KEY]).text
        return Spans(tracer, meter, root=tracer.start_span("run"), redact=redact, has_texts=has_texts)

    @property
    def ended(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.spans.get_finished_spans()}

    def points(self, name: str) -> list[Any]:
        data = self.metrics.get_metrics_data()
        assert data is not None
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


@pytest.fixture
def kept() -> Iterator[Memory]:
    """A provider that keeps what it is told."""
    spans, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    token = WHERE.set(Whereabouts(run=RunIdentifier("run-1"), key=TRIAL.key))
    reader = InMemoryMetricReader()
    yield Memory(spans, reader, provider, MeterProvider([reader], shutdown_on_exit=False))
    WHERE.reset(token)


def test_a_request_is_a_span_within_its_stage_within_its_trial(kept: Memory) -> None:
    """With what the conventions ask for: whom, which model, how many tokens, and how it ended."""
    watcher = kept.watcher()
    for told in (
        TrialBegun(plan=factories.a_plan()),
        StageBegun(stage=Stage.ROUTING),
        SENT,
        ANSWERED,
        StageEnded(stage=Stage.ROUTING, result=factories.a_decision()),
        StageBegun(stage=Stage.CRITERION),
        StageEnded(stage=Stage.CRITERION, result=factories.a_score()),
        TrialEnded(trial=TRIAL),
    ):
        watcher(told)

    chat, routing, criterion = kept.ended["chat small"], kept.ended["routing"], kept.ended["criterion contains"]
    trial = kept.ended[f"trial {TRIAL.key.case}"]
    assert chat.parent is not None
    assert routing.parent is not None
    assert criterion.parent is not None
    assert routing.context is not None
    assert trial.context is not None
    assert chat.parent.span_id == routing.context.span_id
    assert routing.parent.span_id == criterion.parent.span_id == trial.context.span_id
    assert chat.kind is SpanKind.CLIENT
    assert dict(chat.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "small",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.response.model": "small-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.time_to_first_chunk": 0.1,
        "gen_ai.usage.input_tokens": 7,
        "gen_ai.usage.output_tokens": 3,
        "server.address": "models.example.invalid",
        "server.port": 443,
        "passmuster.attempt": 1,
    }
    assert (trial.attributes or {})["passmuster.case"] == TRIAL.key.case
    assert (criterion.attributes or {})["gen_ai.evaluation.score.label"] == "pass"


def test_every_attempt_is_a_span(kept: Memory) -> None:
    """A failed one has the kind of its error, and nothing of what the service said."""
    watcher = kept.watcher()
    for told in (TrialBegun(plan=factories.a_plan()), SENT, FAILED, SENT, ANSWERED, TrialEnded(trial=TRIAL)):
        watcher(told)

    failed, answered = (span for span in kept.spans.get_finished_spans() if span.name == "chat small")
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.status.description == "it answered 429"
    assert (failed.attributes or {})["error.type"] == "RateLimitedError"
    assert answered.status.status_code is StatusCode.UNSET


def test_metrics_are_those_of_the_conventions(kept: Memory) -> None:
    """How long, also of failures, and how many tokens of each kind."""
    watcher = kept.watcher()
    for told in (SENT, ANSWERED, SENT, FAILED):
        watcher(told)

    durations = kept.points("gen_ai.client.operation.duration")
    tokens = {point.attributes["gen_ai.token.type"]: point.sum for point in kept.points("gen_ai.client.token.usage")}

    assert sorted(point.attributes.get("error.type", "") for point in durations) == ["", "RateLimitedError"]
    assert tokens == {"input": 7, "output": 3}


def test_texts_are_told_on_request_only_and_without_secrets(kept: Memory) -> None:
    """As messages in the conventions' own form."""
    for has_texts in (False, True):
        watcher = kept.watcher(has_texts=has_texts)
        watcher(SENT)
        watcher(ANSWERED)

    without, with_texts = (dict(span.attributes or {}) for span in kept.spans.get_finished_spans())
    assert not [name for name in without if "messages" in name]
    assert json.loads(str(with_texts["gen_ai.input.messages"]))[-1]["parts"] == [{"type": "text", "content": "Why?"}]
    [said] = json.loads(str(with_texts["gen_ai.output.messages"]))
    assert said["parts"] == [{"type": "text", "content": "Because of <secret>."}]


def test_what_was_not_sent_is_an_event_of_its_stage(kept: Memory) -> None:
    """An answer from the cache, and a request that could not be sent."""
    watcher = kept.watcher()
    for told in (
        StageBegun(stage=Stage.COMPLETION),
        Kept(endpoint=SERVICE, request=REQUEST, usage=Usage(), key="00ff"),
        FAILED,
        StageEnded(stage=Stage.COMPLETION, result=factories.a_failure(Stage.COMPLETION)),
    ):
        watcher(told)

    stage = kept.ended["completion"]
    assert [event.name for event in stage.events] == ["passmuster.kept", "passmuster.failed"]
    assert stage.status.status_code is StatusCode.ERROR


def test_a_trial_that_is_cancelled_leaves_no_open_span(kept: Memory) -> None:
    """Everything that it had begun has ended."""
    watcher = kept.watcher()
    for told in (TrialBegun(plan=factories.a_plan()), StageBegun(stage=Stage.ROUTING), SENT, TrialBroken()):
        watcher(told)
    watcher.close()

    assert set(kept.ended) == {"chat small", "routing", f"trial {TRIAL.key.case}"}
