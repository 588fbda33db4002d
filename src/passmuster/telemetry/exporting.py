"""Spans and metrics on their way to a collector, over HTTP; a collector that is away harms no run.

OpenTelemetry's own variables say where to and how: ``OTEL_EXPORTER_OTLP_ENDPOINT``, ``OTEL_SERVICE_NAME``,
``OTEL_RESOURCE_ATTRIBUTES``, ``OTEL_TRACES_SAMPLER`` and so on. Nothing global is touched: what else in this process
uses OpenTelemetry goes its own way.

Needs the extra ``telemetry``; nobody else imports this.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from passmuster import __version__
from passmuster.telemetry.spans import Spans

PATIENCE: Final = 2.0
"""Seconds that the end of a run may wait for a collector."""

WAITING: Final = 20_000
"""Spans that may wait to be sent; of more the oldest are lost."""

BATCH: Final = 2_048
NAME: Final = "passmuster"
CONTENT: Final = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""The variable by which instrumentations are told whether to tell texts."""


class Trouble(logging.Handler):
    """Hears what OpenTelemetry complains of, instead of the screen.

    Attributes:
        first: The first complaint; empty if there is none.
    """

    def __init__(self) -> None:
        """Begin with no complaint."""
        super().__init__(logging.WARNING)
        self.first = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Remember the first."""
        self.first = self.first or " ".join(record.getMessage().split())


@contextmanager
def exporting(suite: str, redact: Callable[[str], str]) -> Iterator[tuple[Spans, Trouble]]:
    """Send what happens to a collector, until the block ends; then wait for it, but not for long.

    Args:
        suite: The suite's name.
        redact: Takes secrets out of a text.

    Yields:
        What is to be told, and what went wrong.
    """
    trouble, logger = Trouble(), logging.getLogger("opentelemetry")
    logger.addHandler(trouble)
    propagates, logger.propagate = logger.propagate, False
    resource = _resource()
    traces = TracerProvider(resource=resource, shutdown_on_exit=False)
    traces.add_span_processor(_processor())
    metrics = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())], resource, shutdown_on_exit=False)
    tracer = traces.get_tracer(NAME, __version__)
    root = tracer.start_span(f"run {suite}", attributes={"passmuster.suite": suite})
    has_texts = os.environ.get(CONTENT, "").strip().lower() in {"true", "1", "span_only", "span_and_event"}
    spans = Spans(tracer, metrics.get_meter(NAME, __version__), root=root, redact=redact, has_texts=has_texts)
    try:
        yield spans, trouble
    finally:
        spans.close()
        root.end()
        if _ended(traces.shutdown, metrics.shutdown):
            logger.propagate = propagates
            logger.removeHandler(trouble)
        else:
            # Whoever is left behind goes on complaining to nobody, until the process ends.
            trouble.first = trouble.first or f"the collector did not take all of it within {PATIENCE:g} s"


def _resource() -> Resource:
    is_named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return Resource.create({"service.version": __version__} | ({} if is_named else {"service.name": NAME}))


def _processor() -> BatchSpanProcessor:
    if {"OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"} & set(os.environ):
        return BatchSpanProcessor(OTLPSpanExporter())
    # A run makes more spans in a second than the servers that the usual bounds are for.
    return BatchSpanProcessor(OTLPSpanExporter(), max_queue_size=WAITING, max_export_batch_size=BATCH)


def _ended(*works: Callable[[], object]) -> bool:
    """Have some work done at once, and return whether it has ended in time."""
    threads = [Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE / len(threads))
    return not any(thread.is_alive() for thread in threads)
