"""What one would write instead: the SDK called from the hook, or a queue between them."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import naive
from benchmarks.subjects.subject import EVENT, Batch, Subject


class Nowhere:
    """An exporter that takes everything at once.

    Args:
        success: what the SDK expects as the answer.
    """

    def __init__(self, success: object) -> None:
        self._success = success

    def export(self, batch: object) -> object:
        """It is gone."""
        return self._success

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """There is nothing to wait for."""
        return True

    def shutdown(self) -> None:
        """There is nothing to close."""


def tracing() -> Any:
    """The SDK's tracer provider with a batch processor, set for the process."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(Nowhere(SpanExportResult.SUCCESS)))  # type: ignore[arg-type]
    trace.set_tracer_provider(provider)
    return provider


def providers() -> Any:
    """All three of the SDK's providers, set for the process; a tracer."""
    from opentelemetry import _logs, metrics
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    logs = LoggerProvider(shutdown_on_exit=False)
    nowhere: Any = Nowhere(LogRecordExportResult.SUCCESS)
    logs.add_log_record_processor(BatchLogRecordProcessor(nowhere))
    _logs.set_logger_provider(logs)
    metrics.set_meter_provider(MeterProvider([InMemoryMetricReader()], shutdown_on_exit=False))
    return tracing().get_tracer("bench")


def _requests(tracer: Any, settle: Callable[[], object]) -> Batch:
    @contextmanager
    def batch() -> Iterator[None]:
        with tracer.start_as_current_span("request"):
            yield
        settle()

    return batch


def _attributes(args: tuple[Any, ...]) -> dict[str, Any]:
    return {"file.path": args[0], "mode": args[1], "flags": args[2]}


def queueing(names: Collection[str], attributes: Callable[[tuple[Any, ...]], dict[str, Any]]) -> Callable[[], None]:
    """Install the bridge with a queue.

    The hook puts event, arguments, time and span into the queue; a thread makes counter and log record of them, through
    the global providers. No span events: when the thread comes to it, the span has ended.

    Args:
        names: of the events.
        attributes: made of an event's arguments, in the thread.

    Returns:
        Waits until the thread has done all that was put.
    """
    from opentelemetry import _logs, metrics, trace

    counter = metrics.get_meter("queue").create_counter("python.audit.events")
    logger, waiting, idle = _logs.get_logger("queue"), queue.SimpleQueue[Any](), threading.Event()

    def take() -> None:
        while True:
            item = waiting.get()
            if item is None:
                idle.set()
                continue
            event, args, when, span = item
            counter.add(1, {"event": event})
            logger.emit(
                _logs.LogRecord(
                    timestamp=when,
                    context=trace.set_span_in_context(span),
                    severity_number=_logs.SeverityNumber.INFO,
                    body=event,
                    attributes=attributes(args),
                    event_name=event,
                )
            )

    put, now, current, wanted = waiting.put, time.time_ns, trace.get_current_span, frozenset(names)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in wanted:
            put((event, args, now(), current()))

    def settle() -> None:
        idle.clear()
        put(None)
        idle.wait()

    threading.Thread(target=take, daemon=True).start()
    sys.addaudithook(hook)
    return settle


def naive_bridge(_: str) -> Batch:
    """A span event, a counter and a log record from a Python hook, with no guard and no question but the name."""
    tracer = providers()
    emit = naive.emitter()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == EVENT:
            emit(event, _attributes(args))

    sys.addaudithook(hook)
    return _requests(tracer, bool)


def queue_bridge(_: str) -> Batch:
    """The hook leaves the SDK to a thread."""
    tracer = providers()
    return _requests(tracer, queueing((EVENT,), _attributes))


NAIVE = "naive bridge"
BRIDGES = {
    NAIVE: Subject(naive_bridge),
    "queue bridge": Subject(queue_bridge),
    "queue bridge, its thread's work too": Subject(queue_bridge, whole=True),
}
