"""Everything the bridge must know of the OpenTelemetry SDK beyond its public API, in one place.

The SDK tells nobody how full its queues are or what became of a batch, and it refuses `add_event` on a span that is
ending (open-telemetry/opentelemetry-python 5614). Each function reads private attributes, answers with None or False
where they are not there, and has a test that fails when the SDK changes.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from otel_audit.compiled import optional_extension
from otel_audit.destination import Account

SUPPRESS_KEY_NAME = "_SUPPRESS_INSTRUMENTATION_KEY"

Send = Callable[..., Any]
"""(exporter, its `export`, batch) -> its answer."""

_ATOMIC: bool = getattr(sys, "_is_gil_enabled", bool(1).__bool__)()
"""Under the GIL a deque takes a list in one step, and the lock around the SDK's would cost more than all the rest."""


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


def span_finder() -> Callable[[Any], object]:
    """Make what tells the span in a context, None for the current one: the public function costs four times as much."""
    from opentelemetry.trace import get_current_span

    parts = context_parts()
    if parts is None:
        return get_current_span
    variable: Any = parts[0]
    key = parts[1]

    def span_in(context: Any) -> object:
        if context is None:
            context = variable.get(None)
        return None if context is None else context.get(key)

    return span_in


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


def is_enabled(logger: object) -> bool:
    """Whether the SDK's configuration lets a logger emit; always, where it has none of that kind."""
    return bool(getattr(getattr(logger, "_logger_config", None), "is_enabled", True))


def metric_readers(provider: object) -> tuple[Any, ...] | None:
    """Readers of a meter provider; None when it is not the SDK's."""
    readers = getattr(provider, "_metric_readers", None)
    if readers is None:
        readers = getattr(getattr(provider, "_sdk_config", None), "metric_readers", None)
    return tuple(readers) if readers is not None else None


def resource(provider: object) -> Mapping[str, object]:
    """Attributes of a meter provider's resource, as they are now; none when it is not the SDK's."""
    held = getattr(getattr(provider, "_sdk_config", None), "resource", None)
    found: Mapping[str, object] | None = getattr(held, "attributes", None)
    return found or {}


def extend_events(span: Any, events: Sequence[object]) -> int | None:
    """Append events to a span that is ending, in one step and only into free room.

    The SDK's list drops its oldest entries when full, which would be the application's own; what does not fit is
    counted as dropped on the span instead.

    Returns:
        How many fitted, or None when the SDK's list is not what it was.
    """
    number = len(events)
    try:
        target = span._events
        held = target._dq
        extend, limit = (held if _ATOMIC else target).extend, held.maxlen
        if limit is not None and number > limit - len(held):
            number = max(0, limit - len(held))
            target.dropped += len(events) - number
            events = events[:number]
    except (AttributeError, TypeError):
        return None
    extend(events)
    return number


def give_in_python(span: Any, events: Sequence[Any], ids: tuple[int, ...], places: dict[Any, Any], /) -> bool:
    """Do in one step what `extend_events` and `Exemplars.remember` do in many: never, without the C code.

    Args:
        span: that is ending.
        events: for it.
        ids: distinct event ids of the core.
        places: those of `Exemplars`.

    Returns:
        Whether the span is of a sampled trace and had room for all, and everything is done; else nothing is.
    """
    return False


give_events = give_in_python
_steps = optional_extension("otel_audit._steps")
if _steps is not None:
    _steps.bind_span("_context", "_events", "_dq", "maxlen", "extend")
    give_events = _steps.give_events


def attribute(span: Any, key: str) -> object:
    """An attribute of a live span, or None. Asked whenever a span starts: the public mapping costs six times more."""
    try:
        return span._attributes._dict.get(key)
    except AttributeError:
        return (span.attributes or {}).get(key)


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
        send: exports the batches, where the exporter does not know all that may lie in them.
    """

    def __init__(
        self,
        processor: Any,
        count: Callable[[Sequence[Any]], int],
        verdict: Callable[[int, str | None], None],
        send: Send | None = None,
    ) -> None:
        self.processor = processor
        self.export: Callable[..., Any] | None = None
        self.batch = getattr(processor, "_batch_processor", None)
        self.handed = self.answered = 0
        self._settled_at = -1
        self._exporting = False
        exporter = getattr(self.batch if self.batch is not None else processor, "_exporter", None)
        if exporter is None:
            exporter = getattr(processor, "span_exporter", None)
        self.original: Callable[..., Any] | None = getattr(exporter, "export", None)
        self.watching = exporter is not None and callable(self.original)
        if not self.watching:
            return
        export = self.original if send is None else partial(send, exporter, self.original)
        self._follow(exporter, export, count, verdict)

    def _follow(self, exporter: Any, export: Any, count: Callable[..., int], verdict: Callable[..., None]) -> None:
        verdict_of, this = _verdict, weakref.ref(self)

        def watched(batch: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
            watch = this()
            if watch is not None:
                watch._exporting = True
            number = count(batch)
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
            exporter.export = self.export = watched
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
        if not self.watching or queue is None or self._is_exporting() or (len(queue) and not self._has_ended()):
            return 0
        handed, self._settled_at = self._settled_at, self.handed
        if handed != self.handed:
            return 0
        lost = self.handed - self.answered
        self.answered += max(0, lost)
        return max(0, lost)

    def _is_exporting(self) -> bool:
        """Held by the processor while it takes a batch out of the queue, too."""
        lock = getattr(self.batch, "_export_lock", None)
        return self._exporting or (lock is not None and lock.locked())

    def _has_ended(self) -> bool:
        """Whether a shutdown left behind what lies in the queue."""
        worker = getattr(self.batch, "_worker_thread", None)
        return self.is_shut_down() and worker is not None and not worker.is_alive()

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
        send: exports the batches, where exporters do not know all that may lie in them.
    """

    def __init__(self, account: Account, count: Callable[[Sequence[Any]], int], send: Send | None = None) -> None:
        self._account, self._count, self._send = account, count, send
        self.provider: Any = None
        self.processors: tuple[Any, ...] | None = None
        self.watch: ExportWatch | None = None

    def follow(self, provider: Any, processors: tuple[Any, ...] | None) -> bool:
        """Once per turn: take what is there now, settle what is known by now. True when something changed."""
        changed = provider is not self.provider or processors != self.processors
        if changed:
            self.provider, self.processors = provider, processors
            if self.watch is None or self.watch.processor not in (processors or ()):
                watches = (self._watch(processor) for processor in processors or ())
                self.watch = next((watch for watch in watches if watch.watching), None)
        if self.watch is not None:
            left = self.watch.settle()
            self._account.add("already_shutdown" if self.watch.is_shut_down() else "export_queue_full", left)
        return changed

    def _watch(self, processor: Any) -> ExportWatch:
        return ExportWatch(processor, self._count, self._verdict, self._send)

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

    def hand_over(self, number: int) -> None:
        """Events were given to the processor that is followed: they are lost already when it has shut down."""
        watch = self.watch
        if watch is None:
            self._account.add("delivered", number)
            return
        try:
            is_shut_down = watch.batch._shutdown  # type: ignore[union-attr]
        except AttributeError:  # one that does not batch
            is_shut_down = False
        if is_shut_down:
            self._account.add("already_shutdown", number)
        else:
            watch.handed += number

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
