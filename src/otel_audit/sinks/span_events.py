"""Records as events of the span that was current, and the span processor that makes spans known to the core."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from otel_audit import sdk, semconv, threads, who
from otel_audit.chain import Chain
from otel_audit.contract import Core, Limits, SpanEvent
from otel_audit.destination import Account
from otel_audit.exemplars import SAMPLED, Exemplars
from otel_audit.lazy import LazyAttribute
from otel_audit.model import Described
from otel_audit.otlp import choosing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, Span

    from otel_audit.otlp.encoding import Encoder

OVER = "python.audit.over"
"""On the last event of a span: how many came after the cap."""

_LAST = (semconv.AUDIT_EVENT, semconv.AUDIT_GROUP, semconv.THREAD_ID, semconv.THREAD_NAME)
"""Trace pages cut an event to one line: what only repeats its name, or its span, stands behind what happened."""

_STANDARD: Final[Limits] = (128, None)
"""OpenTelemetry's default limits of an event, which encoders keep."""


class Reader:
    """Names and decodes span events when an exporter first looks at them, in its thread.

    Args:
        chain: decodes what the core kept.
        core: names the encoder.
    """

    def __init__(self, chain: Chain, core: str = "auto") -> None:
        from opentelemetry.attributes import BoundedAttributes

        self._chain, self._bounded, self._core = chain, BoundedAttributes, core

    def name(self, event_id: int, /) -> str:
        """`python.audit.<event>`."""
        return self._chain.event_name(event_id)

    def attributes(self, data: bytes, at: int, over: int, limits: Limits, /) -> Mapping[str, Any]:
        """Attributes after the processors, within the span's limits; empty where a processor dropped the record."""
        described = self._described(data, at)
        attributes = {} if described is None else _telling(described, self._chain.attributes(described))
        if over:
            attributes[OVER] = over
        return self._bounded(limits[0], attributes, immutable=True, max_value_len=limits[1])

    def encoded(self, event: SpanEvent) -> bytes | None:
        """Content of a `Span.Event`; None for one that the SDK must encode."""
        if event.limits != _STANDARD:
            return None
        described = self._described(event.record, 0)
        fields: dict[str, Any] = {} if described is None else described.fields
        last = _LAST if described is None else (*described.record.who, *_LAST)
        if event.over:
            fields, last = {**fields, OVER: event.over}, (*last, OVER)
        try:
            return self._encoder.span_event(event.name, event.timestamp, fields, last)
        except Exception:  # no memory, for example: the SDK will say
            return None

    @LazyAttribute
    def _encoder(self) -> Encoder:
        return choosing.encoder(self._core)

    def _described(self, data: bytes, at: int) -> Described | None:
        """None where the user's processors dropped it, or raised: the event keeps its name and time."""
        try:
            return self._chain.decode(data, at)
        except Exception:
            return None

    @staticmethod
    def reduce(event: SpanEvent, /) -> tuple[Any, ...]:
        """An event of the SDK, which who unpickles it has."""
        from opentelemetry.sdk.trace import Event

        return Event, (event.name, dict(event.attributes), event.timestamp)


class SpanEvents:
    """The span processor and its account; one per process.

    Args:
        core: told of every span.
        chain: decodes what it kept.
        baggage: keys whose values stand on every record of a span, besides its route.
        exemplars: told which events a span had.
        encoder: which encoder writes events for the SDK's own OTLP exporter, by its core; None leaves all to the SDK.
    """

    name = "span_events"

    def __init__(
        self,
        core: Core,
        chain: Chain,
        baggage: Sequence[str] = (),
        exemplars: Exemplars | None = None,
        encoder: str | None = None,
    ) -> None:
        self.account = Account(self.name)
        self.active = True
        self.look: Callable[[], object] = bool
        """Asked whenever a span starts, before the core hears of it; must not block."""
        self.observer: Callable[[ReadableSpan], None] | None = None
        """Told of every span when it starts and when it has ended; must not block."""
        self._core = core
        self._reader = Reader(chain, encoder or "auto")
        core.bind_span_events(self._reader)
        self._exemplars = exemplars or Exemplars()
        self._who = who.reader(baggage, sdk.attribute, sdk.span_finder())
        self._exports = sdk.Exports(self.account, self._count, None if encoder is None else self._send)
        self._usable = True
        self._limits: tuple[object, Limits] = (None, (None, None))
        self._adding = threads.allocate_lock()
        self.refresh()

    @LazyAttribute
    def processor(self) -> Any:
        """Made when there is a provider to join: without one, nobody needs the SDK to be imported."""
        return _processor_class()(self)

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
        self._why = self._reason()

    def reason(self) -> str | None:
        """Why no span event would be exported."""
        return self._why

    def _reason(self) -> str | None:
        if self._exports.processors is None:
            return "no tracer provider of the OpenTelemetry SDK is configured"
        if all(processor is self.processor for processor in self._exports.processors):
            return "the tracer provider has no exporter"
        if not self._usable:
            return "this SDK's spans take no events while they end; records go to logs only"
        return None

    def start(self, span: Any, parent_context: Any = None) -> None:
        """Make a span known to the core for as long as it lives."""
        self.look()
        context = span.get_span_context()
        if context is None:
            return
        try:
            found = self._who(span, parent_context)
        except Exception as error:  # a value of the application's: the span is worth more than its who
            self.account.add(type(error).__qualname__, 0)
            found = who.NOBODY
        data = found.data
        span._otel_audit = self._core.span_open(span, context[0], context[1], context[3], data)
        if data:
            setattr(span, who.ATTRIBUTE, found)

    def end(self, span: Any) -> None:
        """Turn the span's buffer into span events."""
        try:
            owner = span._otel_audit
        except AttributeError:  # older than the bridge
            return
        known, limits = self._limits
        if getattr(span, "_limits", None) is not known:
            limits = self._learn_limits(span)
        taken = self._core.span_close(owner, limits)
        if taken is not None:
            self._hand_over(span, taken[0], taken[1])

    def _learn_limits(self, span: Any) -> Limits:
        """Spans of one provider share the object that has them."""
        limits = sdk.event_limits(span)
        self._limits = getattr(span, "_limits", None), limits
        return limits

    def _hand_over(self, span: Any, events: Sequence[SpanEvent], ids: tuple[int, ...]) -> None:
        number = left = len(events)
        flags = SAMPLED
        try:
            if not sdk.give_events(span, events, ids, self._exemplars.places):
                context = span.get_span_context()
                flags = context[3]
                self._exemplars.remember(ids, context[0], context[1], flags)
                fitting = sdk.extend_events(span, events)
                left = number if fitting == number else self._settle(number, fitting)
        except Exception as error:
            self.account.add(type(error).__qualname__, number)
            return
        if not flags & SAMPLED:
            self.account.add("filtered", left)  # recorded, but the trace is not sampled: nobody exports it
        elif self._why is not None:
            self.account.add("no_pipeline", left)
        else:
            self._exports.hand_over(left)

    def _settle(self, number: int, fitting: int | None) -> int:
        """Account for what the span did not take; how many are left to account for."""
        if fitting is None:
            self._usable = False
            self._why = self._reason()
            self.account.add("no_pipeline", number)
            return 0
        self.account.add("over", number - fitting)
        return fitting

    def _count(self, batch: Sequence[Any]) -> int:
        ours = self._core.span_event_type
        return sum(type(event) is ours for span in batch for event in getattr(span, "events", ()))

    def _send(self, exporter: Any, export: Callable[..., Any], batch: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
        return self._sender(exporter, export, batch, *args, **kwargs)

    @LazyAttribute
    def _sender(self) -> Callable[..., Any]:
        """Made in the exporter's thread, when there is something to send."""
        from otel_audit.otlp.spans import SpanSender

        return SpanSender(self._core.span_event_type, self._reader.encoded)

    def after_fork_child(self) -> None:
        """The SDK clears its queues in the child."""
        self.account.clear()
        self._adding = threads.allocate_lock()
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
            sink = self._sink
            try:
                if sink.active:
                    sink.start(span, parent_context)
                if sink.observer is not None:
                    sink.observer(span)
            except Exception as error:
                sink.account.add(type(error).__qualname__, 0)

        def _on_ending(self, span: Span) -> None:
            try:
                self._sink.end(span)
            except Exception as error:
                self._sink.account.add(type(error).__qualname__, 0)  # the core has counted what was lost

        def on_end(self, span: ReadableSpan) -> None:
            """The events were handed over in `_on_ending`."""
            if self._sink.observer is not None:
                self._sink.observer(span)

        def force_flush(self, timeout_millis: int = 30000) -> bool:
            """Nothing waits here. Older SDKs inherit None, which ends the flush of the processors behind."""
            return True

    return AuditSpanProcessor
