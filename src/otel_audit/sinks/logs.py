"""Records as OpenTelemetry log records."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from otel_audit import scope, sdk
from otel_audit.chain import Chain
from otel_audit.destination import Account
from otel_audit.model import Described
from otel_audit.processors import EVENT_PREFIX, NOTICES
from otel_audit.semconv import SCHEMA_URL


class LogsSink:
    """Emits through the global logger provider, whichever it is by then."""

    name = "logs"

    def __init__(self) -> None:
        from opentelemetry import _logs, context, trace

        self.account = Account(self.name)
        self._api, self._trace, self._context = _logs, trace, context
        self._severity = {
            "debug": _logs.SeverityNumber.DEBUG,
            "info": _logs.SeverityNumber.INFO,
            "warn": _logs.SeverityNumber.WARN,
        }
        self._exports = sdk.Exports(self.account, _count)
        self._logger: Any = None
        self._place: tuple[Any, Any] = (None, None)
        self.refresh()

    def refresh(self) -> None:
        """Pick up a provider set, or a processor added, since the last turn."""
        provider = self._api.get_logger_provider()
        if self._exports.follow(provider, sdk.log_processors(provider)):
            self._logger = provider.get_logger(scope.NAME, scope.VERSION, schema_url=SCHEMA_URL)

    def reason(self) -> str | None:
        """Why no log record would be exported."""
        if self._exports.processors is None:
            return None if sdk.is_foreign(self._exports.provider) else "no logger provider is configured"
        if not self._exports.processors:
            return "the logger provider has no exporter"
        return None

    def room(self) -> int:
        """Room in the SDK's queue; as long as there is none, records wait in the ring."""
        return 1 << 16 if self.reason() is not None else self._exports.room()

    def emit(self, described: Described) -> None:
        """Emit one record with the trace context of its moment."""
        obstacle = self._obstacle()
        if obstacle is None:
            self._logger.emit(self._log_record(described))
        if not _is_event(described.fields["event"]):
            return  # a notice of the bridge's own is in no account
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
            observed_timestamp=time.time_ns(),
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
        """Nothing is buffered here."""

    def after_fork_child(self) -> None:
        """The SDK clears its queues in the child."""
        self.account.clear()
        self._exports.reset()


def _is_event(name: str) -> bool:
    return name.startswith(EVENT_PREFIX) and name not in NOTICES


def _count(batch: Sequence[Any]) -> int:
    number = 0
    for item in batch:
        name = getattr(getattr(item, "log_record", item), "event_name", None)
        held = getattr(item, "instrumentation_scope", None)
        number += name is not None and _is_event(name) and getattr(held, "name", scope.NAME) == scope.NAME
    return number
