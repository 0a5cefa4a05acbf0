"""Everything the bridge must know of the OpenTelemetry SDK beyond its public API, in one place.

The SDK tells nobody how full its queues are or what became of a batch, and it refuses `add_event` on a span that is
ending (open-telemetry/opentelemetry-python 5614). Each function reads private attributes, answers with None or False
where they are not there, and has a test that fails when the SDK changes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from otel_audit.destination import Account

SUPPRESS_KEY_NAME = "_SUPPRESS_INSTRUMENTATION_KEY"


def context_parts() -> tuple[object, str, str] | None:
    """(context variable, span key, suppression key); None when a custom context exposes no variable."""
    from opentelemetry import context
    from opentelemetry.trace import propagation

    variable = getattr(getattr(context, "_RUNTIME_CONTEXT", None), "_current_context", None)
    span_key = getattr(propagation, "_SPAN_KEY", None)
    suppress_key = getattr(context, SUPPRESS_KEY_NAME, None)
    if variable is None or not isinstance(span_key, str) or not isinstance(suppress_key, str):
        return None
    return variable, span_key, suppress_key


def suppressed() -> Callable[[], object]:
    """Attach a context in which nothing is instrumented; call the result to detach it."""
    from opentelemetry import context

    key = getattr(context, SUPPRESS_KEY_NAME, "suppress_instrumentation")
    token = context.attach(context.set_value(key, True))
    return lambda: context.detach(token)


def span_processors(provider: object) -> tuple[Any, ...] | None:
    """Processors of a tracer provider; None when it is not the SDK's."""
    processors = getattr(getattr(provider, "_active_span_processor", None), "_span_processors", None)
    return processors if isinstance(processors, tuple) else None


def log_processors(provider: object) -> tuple[Any, ...] | None:
    """Processors of a logger provider; None when it is not the SDK's."""
    processors = getattr(getattr(provider, "_multi_log_record_processor", None), "_log_record_processors", None)
    return processors if isinstance(processors, tuple) else None


def metric_readers(provider: object) -> tuple[Any, ...] | None:
    """Readers of a meter provider; None when it is not the SDK's."""
    readers = getattr(provider, "_metric_readers", None)
    if readers is None:
        readers = getattr(getattr(provider, "_sdk_config", None), "metric_readers", None)
    return tuple(readers) if readers is not None else None


def extend_events(span: object, events: Sequence[object]) -> int | None:
    """Append events to a span that is ending, in one step and only into free room.

    The SDK's list drops its oldest entries when full, which would be the application's own; what does not fit is
    counted as dropped on the span instead.

    Returns:
        How many fitted, or None when the SDK's list is not what it was.
    """
    target = getattr(span, "_events", None)
    extend, held = getattr(target, "extend", None), getattr(target, "_dq", None)
    if extend is None or held is None or not isinstance(getattr(target, "dropped", None), int):
        return None
    free = len(events) if held.maxlen is None else max(0, held.maxlen - len(held))
    fitting = events[:free]
    if fitting:
        extend(fitting)
    if len(fitting) < len(events):
        target.dropped += len(events) - len(fitting)  # type: ignore[union-attr]
    return len(fitting)


def attribute(span: Any, key: str) -> object:
    """An attribute of a live span, or None. Asked whenever a span starts: the public mapping costs six times more."""
    held = getattr(getattr(span, "_attributes", None), "_dict", None)
    if held is None:
        held = span.attributes or {}
    return held.get(key)


def event_limits(span: object) -> tuple[int | None, int | None]:
    """(attributes per event, length of a value) as the span's limits have them."""
    limits = getattr(span, "_limits", None)
    return getattr(limits, "max_event_attributes", None), getattr(limits, "max_attribute_length", None)


class ExportWatch:
    """Follows what was handed to a processor until its exporter answered.

    Wraps the exporter's `export` on the instance: the batch is counted before, the verdict after. What the processor's
    queue dropped shows as handed and never exported once the queue is empty.

    Args:
        processor: an SDK processor, batching or simple.
        count: how many of the bridge's events a batch carries.
        verdict: told (number, None) on success and (number, error type) on failure.
    """

    def __init__(
        self, processor: Any, count: Callable[[Sequence[Any]], int], verdict: Callable[[int, str | None], None]
    ) -> None:
        self.processor = processor
        self.batch = getattr(processor, "_batch_processor", None)
        self.handed = self.answered = 0
        self._settled_at = -1
        self._exporting = False
        exporter = getattr(self.batch if self.batch is not None else processor, "_exporter", None)
        if exporter is None:
            exporter = getattr(processor, "span_exporter", None)
        export: Callable[..., Any] | None = getattr(exporter, "export", None)
        self.watching = exporter is not None and callable(export)
        if not self.watching:
            return
        self._follow(exporter, export, count, verdict)

    def _follow(self, exporter: Any, export: Any, count: Callable[..., int], verdict: Callable[..., None]) -> None:
        verdict_of, this = _verdict, weakref.ref(self)

        def watched(batch: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
            watch = this()
            number = count(batch)
            if watch is not None:
                watch._exporting = True
            error: str | None = "export_failed"
            try:
                result = export(batch, *args, **kwargs)
                error = verdict_of(result)
                return result
            except Exception as raised:
                error = type(raised).__qualname__
                raise
            finally:
                if watch is not None:
                    watch._exporting = False
                    watch.answered += number
                    if number:
                        verdict(number, error)

        try:
            exporter.export = watched
        except AttributeError:  # slots
            self.watching = False

    def room(self) -> int:
        """Records that the processor's queue can take; a quarter of it is left to the application."""
        queue, size = getattr(self.batch, "_queue", None), getattr(self.batch, "_max_queue_size", None)
        if queue is None or size is None:
            return 1 << 16
        return max(0, int(size) * 3 // 4 - len(queue))

    def is_shut_down(self) -> bool:
        """Whether the processor takes nothing any more."""
        return bool(getattr(self.batch, "_shutdown", False))

    def settle(self) -> int:
        """Call once per turn: how many were lost in the queue since, told apart by two quiet looks at it."""
        queue = getattr(self.batch, "_queue", None)
        if not self.watching or queue is None or len(queue) or self._exporting:
            return 0
        handed, self._settled_at = self._settled_at, self.handed
        if handed != self.handed:
            return 0
        lost = self.handed - self.answered
        self.answered += max(0, lost)
        return max(0, lost)

    def reset(self) -> None:
        """Begin anew, in a forked child."""
        self.handed = self.answered = 0
        self._settled_at = -1
        self._exporting = False


class Exports:
    """One signal's way out: its provider of now, the provider's processors, and what becomes of what they get.

    Of several exporters the first that can be watched is followed: an event would be delivered several times.

    Args:
        account: where outcomes are added.
        count: how many of the bridge's events a batch carries.
    """

    def __init__(self, account: Account, count: Callable[[Sequence[Any]], int]) -> None:
        self._account, self._count = account, count
        self.provider: Any = None
        self.processors: tuple[Any, ...] | None = None
        self.watch: ExportWatch | None = None

    def follow(self, provider: Any, processors: tuple[Any, ...] | None) -> bool:
        """Once per turn: take what is there now, settle what is known by now. True when something changed."""
        changed = provider is not self.provider or processors != self.processors
        if changed:
            self.provider, self.processors = provider, processors
            if self.watch is None or self.watch.processor not in (processors or ()):
                watches = (ExportWatch(processor, self._count, self._verdict) for processor in processors or ())
                self.watch = next((watch for watch in watches if watch.watching), None)
        if self.watch is not None:
            self._account.add("export_queue_full", self.watch.settle())
        return changed

    def _verdict(self, number: int, error: str | None) -> None:
        self._account.add(error or "delivered", number)

    def room(self) -> int:
        """Records that can be handed over now; many where nobody would say."""
        if self.watch is None or self.watch.is_shut_down():
            return 1 << 16
        return self.watch.room()

    def is_shut_down(self) -> bool:
        """Whether what is handed over now would be refused."""
        return self.watch is not None and self.watch.is_shut_down()

    def handed(self, number: int) -> None:
        """Events were handed over: delivered when the exporter says so, or at once when nobody will say."""
        if self.watch is None:
            self._account.add("delivered", number)
        else:
            self.watch.handed += number

    def reset(self) -> None:
        """Begin anew, in a forked child."""
        if self.watch is not None:
            self.watch.reset()


def _verdict(result: Any) -> str | None:
    """Success is a member named SUCCESS; None is what exporters of users return."""
    if result is None or getattr(result, "name", "SUCCESS") == "SUCCESS":
        return None
    return "export_failed"


def is_foreign(provider: object) -> bool:
    """A provider of neither the API nor the SDK: it takes what it is given."""
    return not type(provider).__module__.startswith("opentelemetry.")


def providers() -> tuple[Any, ...]:
    """The global logger, tracer and meter providers."""
    from opentelemetry import _logs, metrics, trace

    return _logs.get_logger_provider(), trace.get_tracer_provider(), metrics.get_meter_provider()
