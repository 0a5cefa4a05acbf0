"""Records as events of the span that was current, and the span processor that makes spans known to the core."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from otel_audit import sdk, semconv, who
from otel_audit.chain import Chain
from otel_audit.destination import Account
from otel_audit.exemplars import Exemplars
from otel_audit.model import Core, Described

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, Span

OVER = "python.audit.over"
"""On the last event of a span: how many came after the cap."""

_LAST = (semconv.AUDIT_EVENT, semconv.AUDIT_GROUP, semconv.THREAD_ID, semconv.THREAD_NAME)
"""Trace pages cut an event to one line: what only repeats its name, or its span, stands behind what happened."""


class AuditSpanEvent:
    """What exporters read of a span event; its attributes are decoded when they first ask, in their thread.

    Args:
        name: `python.audit.<event>`.
        timestamp: nanoseconds since the Unix epoch.
        decode: turns the record's bytes into attributes, cleaned and bounded.
    """

    __slots__ = ("_attributes", "_decode", "name", "timestamp")

    def __init__(self, name: str, timestamp: int, decode: Callable[[], Any]) -> None:
        self.name = name
        self.timestamp = timestamp
        self._decode: Callable[[], Any] | None = decode
        self._attributes: Any = None

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Attributes after the processors, within the span's limits; empty where a processor dropped the record."""
        decode = self._decode
        if decode is not None:
            self._attributes = decode()
            self._decode = None
        found: Mapping[str, Any] = self._attributes
        return found

    @property
    def dropped_attributes(self) -> int:
        """How many the span's limits took away."""
        return getattr(self.attributes, "dropped", 0)

    def __reduce__(self) -> tuple[Any, ...]:
        from opentelemetry.sdk.trace import Event

        return Event, (self.name, dict(self.attributes), self.timestamp)


class SpanEvents:
    """The span processor and its account; one per process.

    Args:
        core: told of every span.
        chain: decodes what it kept.
        baggage: keys whose values stand on every record of a span, besides its route.
        exemplars: told which events a span had.
    """

    name = "span_events"

    def __init__(
        self, core: Core, chain: Chain, baggage: Sequence[str] = (), exemplars: Exemplars | None = None
    ) -> None:
        from opentelemetry.attributes import BoundedAttributes

        self.account = Account(self.name)
        self.active = True
        self.observer: Callable[[ReadableSpan], None] | None = None
        """Told of every span when it starts and when it has ended; must not block."""
        self._core, self._chain, self._bounded = core, chain, BoundedAttributes
        self._exemplars = exemplars or Exemplars()
        self._who = who.reader(baggage, sdk.attribute)
        self._exports = sdk.Exports(self.account, _count)
        self._usable = True
        self._adding = threading.Lock()
        self.processor = _processor_class()(self)
        self.refresh()

    def refresh(self) -> None:
        """Join a tracer provider set since the last turn; follow the exporters it has."""
        from opentelemetry import trace

        provider = trace.get_tracer_provider()
        processors = sdk.span_processors(provider)
        if processors is not None and self.processor not in processors:
            with self._adding:
                if self.processor not in (sdk.span_processors(provider) or ()):
                    provider.add_span_processor(self.processor)  # type: ignore[attr-defined]
            processors = sdk.span_processors(provider)
        self._exports.follow(provider, processors)

    def reason(self) -> str | None:
        """Why no span event would be exported."""
        if self._exports.processors is None:
            return "no tracer provider of the OpenTelemetry SDK is configured"
        if all(processor is self.processor for processor in self._exports.processors):
            return "the tracer provider has no exporter"
        if not self._usable:
            return "this SDK's spans take no events while they end; records go to logs only"
        return None

    def start(self, span: Span, parent_context: Any = None) -> None:
        """Make a span known to the core for as long as it lives."""
        if not self.active:
            return
        context = span.get_span_context()
        if context is None:
            return
        found = self._who_of(span, parent_context)
        owner = self._core.span_open(span, context.trace_id, context.span_id, int(context.trace_flags), found.data)
        span._otel_audit = owner  # type: ignore[attr-defined]
        if found.data:
            setattr(span, who.ATTRIBUTE, found)

    def _who_of(self, span: Span, parent_context: Any) -> who.Who:
        try:
            return self._who(span, parent_context)
        except Exception as error:  # a value of the application's: the span is worth more than its who
            self.account.add(type(error).__qualname__, 0)
            return who.NOBODY

    def end(self, span: Span) -> None:
        """Turn the span's buffer into span events."""
        owner = getattr(span, "_otel_audit", None)
        if owner is None:
            return
        taken, over = self._core.span_close(owner)
        if not taken:
            return
        limits = sdk.event_limits(span)
        last = len(taken) - 1
        events = [
            AuditSpanEvent(
                self._chain.event_name(event_id), time_ns, self._decoder(data, limits, over if at == last else 0)
            )
            for at, (event_id, time_ns, data) in enumerate(taken)
        ]
        fitting = sdk.extend_events(span, events)
        context = span.get_span_context()
        if context is not None:
            ids = (event_id for event_id, *_ in taken)
            self._exemplars.remember(ids, context.trace_id, context.span_id, int(context.trace_flags))
        self._settle(span, len(events), fitting)

    def _settle(self, span: Span, number: int, fitting: int | None) -> None:
        if fitting is None:
            self._usable = False
            self.account.add("no_pipeline", number)
            return
        self.account.add("over", number - fitting)
        context = span.get_span_context()
        if context is not None and not context.trace_flags & 1:
            self.account.add("filtered", fitting)  # recorded, but the trace is not sampled: nobody exports it
        elif self.reason() is not None:
            self.account.add("no_pipeline", fitting)
        elif self._exports.is_shut_down():
            self.account.add("already_shutdown", fitting)
        else:
            self._exports.handed(fitting)

    def _decoder(self, data: bytes, limits: tuple[int | None, int | None], over: int) -> Callable[[], Any]:
        chain, bounded = self._chain, self._bounded

        def decode() -> Any:
            try:
                described = chain.decode(data)
            except Exception:  # a processor of the user's: the event keeps its name and time
                described = None
            attributes = {} if described is None else _telling(described, chain.attributes(described))
            if over:
                attributes[OVER] = over
            return bounded(limits[0], attributes, immutable=True, max_value_len=limits[1])

        return decode

    def after_fork_child(self) -> None:
        """The SDK clears its queues in the child."""
        self.account.clear()
        self._adding = threading.Lock()
        self._exports.reset()


def _telling(described: Described, attributes: dict[str, Any]) -> dict[str, Any]:
    """The event's own attributes first; all of them stay."""
    for key in (*described.record.who, *_LAST):
        if key in attributes:
            attributes[key] = attributes.pop(key)
    return attributes


def _processor_class() -> Any:
    """Made late: importing the SDK's trace module is not for `import otel_audit`."""
    from opentelemetry.sdk.trace import SpanProcessor

    class AuditSpanProcessor(SpanProcessor):
        """Tells the core when a span begins and ends. An error here must not reach the application."""

        def __init__(self, sink: SpanEvents) -> None:
            self._sink = sink

        def on_start(self, span: Span, parent_context: Any = None) -> None:
            try:
                self._sink.start(span, parent_context)
                if self._sink.observer is not None:
                    self._sink.observer(span)
            except Exception as error:
                self._sink.account.add(type(error).__qualname__, 0)

        def _on_ending(self, span: Span) -> None:
            try:
                self._sink.end(span)
            except Exception as error:
                self._sink.account.add(type(error).__qualname__)

        def on_end(self, span: ReadableSpan) -> None:
            """The events were handed over in `_on_ending`."""
            if self._sink.observer is not None:
                self._sink.observer(span)

        def force_flush(self, timeout_millis: int = 30000) -> bool:
            """Nothing waits here. Older SDKs inherit None, which ends the flush of the processors behind."""
            return True

    return AuditSpanProcessor


def _count(batch: Sequence[Any]) -> int:
    return sum(isinstance(event, AuditSpanEvent) for span in batch for event in getattr(span, "events", ()))
