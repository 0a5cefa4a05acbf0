"""Records as OpenTelemetry log records: encoded here where the SDK's own pipeline sends them, else as its records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from otel_audit import clock, scope, sdk
from otel_audit.chain import Chain
from otel_audit.destination import Account
from otel_audit.model import Described
from otel_audit.otlp import choosing
from otel_audit.otlp.items import decoded, is_encoded
from otel_audit.processors import NOTICES
from otel_audit.semconv import SCHEMA_URL


class LogsSink:
    """Emits through the global logger provider, whichever it is by then.

    Args:
        head: the fields with which every record of an event id begins; None has all records go as the SDK's.
        core: the implementation that was asked for, which names the encoder too.
    """

    name = "logs"

    def __init__(self, head: Callable[[int], Mapping[str, Any]] | None = None, core: str = "auto") -> None:
        from opentelemetry import _logs, context, trace

        self.account = Account(self.name)
        self._api, self._trace, self._context = _logs, trace, context
        self._severity = {
            "debug": _logs.SeverityNumber.DEBUG,
            "info": _logs.SeverityNumber.INFO,
            "warn": _logs.SeverityNumber.WARN,
        }
        self._choice = choosing.Choice(head, core)
        self._exports = sdk.Exports(self.account, _count, choosing.send)
        self._logger: Any = None
        self._place: tuple[Any, Any] = (None, None)
        self.refresh()

    def refresh(self) -> None:
        """Pick up a provider set, or a processor added, since the last turn."""
        self._hand_over()
        provider = self._api.get_logger_provider()
        if self._exports.follow(provider, sdk.log_processors(provider)):
            self._logger = provider.get_logger(scope.NAME, scope.VERSION, schema_url=SCHEMA_URL)
        self._choice.look(provider, self._logger, self._exports.watch)

    def reason(self) -> str | None:
        """Why no log record would be exported."""
        if self._exports.processors is None:
            return None if sdk.is_foreign(self._exports.provider) else "no logger provider is configured"
        if not self._exports.processors:
            return "the logger provider has no exporter"
        return None if sdk.is_enabled(self._logger) else f"the logger {scope.NAME} is disabled"

    def note(self) -> str:
        """Which way records go, where that is another one than might be; else nothing."""
        return "" if self._choice.is_as_meant() or self.reason() is not None else f"log records: {self._choice.note}"

    def room(self) -> int:
        """Room in the SDK's queue; as long as there is none, records wait in the ring."""
        return 1 << 16 if self.reason() is not None else self._exports.room()

    def emit(self, described: Described) -> None:
        """Emit one record with the trace context of its moment; encoded ones by the next `flush`."""
        pipeline = self._choice.pipeline
        if pipeline is None:
            self._emit(described)
        elif described.fields["event"] in NOTICES or not pipeline.take(described):
            self._hand_over()  # one after the other
            self._emit(described)

    def _hand_over(self) -> None:
        pipeline = self._choice.pipeline
        if pipeline is None or not pipeline.waiting:
            return
        number, obstacle = len(pipeline.waiting), self._obstacle()
        fitting = 0 if obstacle is not None else min(number, self._exports.room())
        waiting = pipeline.waiting
        if fitting and not pipeline.hand_over(fitting):
            self._choice.pipeline = None  # until the next look
            self._emit_all(waiting)
            return
        pipeline.clear()
        self._exports.handed(fitting)
        self.account.add(obstacle or "queue_full", number - fitting)

    def _emit_all(self, waiting: Sequence[bytes]) -> None:
        for data in waiting:
            try:
                self._hand(partial(decoded, data))
            except Exception as error:  # of a processor that came between, for example
                self.account.add(type(error).__qualname__)

    def _emit(self, described: Described) -> None:
        self._hand(lambda: self._log_record(described), described.fields["event"] in NOTICES)

    def _hand(self, make: Callable[[], Any], is_notice: bool = False) -> None:
        """As the SDK's record. A notice of the bridge's own is in no account."""
        obstacle = self._obstacle()
        if obstacle is None:
            self._logger.emit(make())
        if is_notice:
            return
        if obstacle is None:
            self._exports.handed(1)
        else:
            self.account.add(obstacle)

    def _obstacle(self) -> str | None:
        if self.reason() is not None:
            return "no_pipeline"
        if self._exports.is_shut_down():
            return "already_shutdown"
        return "queue_full" if self._exports.room() <= 0 else None

    def _log_record(self, described: Described) -> Any:
        record, fields = described
        level = fields["level"]
        return self._api.LogRecord(
            timestamp=record.time_ns,
            observed_timestamp=clock.time_ns(),
            context=self._context_of(described),
            severity_text=level.upper(),
            severity_number=self._severity[level],
            body=fields.get("message"),
            attributes=Chain.attributes(described),
            event_name=fields["event"],
        )

    def _context_of(self, described: Described) -> Any:
        record = described.record
        if not record.trace_id:
            return None  # the drain thread's own context has no span
        place = (record.trace_id, record.span_id, record.trace_flags)
        if self._place[0] != place:
            flags = self._trace.TraceFlags(record.trace_flags)
            span_context = self._trace.SpanContext(record.trace_id, record.span_id, False, flags)
            span = self._trace.NonRecordingSpan(span_context)
            self._place = (place, self._trace.set_span_in_context(span, self._context.Context()))
        return self._place[1]

    def flush(self) -> None:
        """Hand over what is encoded."""
        self._hand_over()

    def after_fork_child(self) -> None:
        """The SDK clears its queues in the child."""
        self.account.clear()
        self._exports.reset()
        self._choice.after_fork_child()


def _count(batch: Sequence[Any]) -> int:
    number = 0
    for item in batch:
        if is_encoded(item):
            number += 1
            continue
        name = getattr(getattr(item, "log_record", item), "event_name", None)
        held = getattr(item, "instrumentation_scope", None)
        number += name is not None and name not in NOTICES and getattr(held, "name", None) == scope.NAME
    return number
