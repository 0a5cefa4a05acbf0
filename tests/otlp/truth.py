"""What the SDK sends of the same record: our logs sink's `LogRecord`, the SDK's logger, the exporter's encoder."""

from __future__ import annotations

from typing import Any

import opentelemetry.exporter.otlp.proto.common._log_encoder as encoder
from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk.resources import Resource

from otel_audit import scope
from otel_audit.model import Record
from otel_audit.processors import RESERVED
from otel_audit.semconv import SCHEMA_URL

SEVERITY = {"debug": SeverityNumber.DEBUG, "info": SeverityNumber.INFO, "warn": SeverityNumber.WARN}
RESOURCE = Resource({"service.name": "orders", "host.cpus": 8, "tags": ("a", "b")}, "https://example.org/schema")


class _Kept(LogRecordProcessor):
    def __init__(self) -> None:
        self.records: list[Any] = []

    def on_emit(self, log_record: Any) -> None:
        self.records.append(log_record)

    def shutdown(self) -> None:
        """Nothing to end."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return True


class Sdk:
    """One logger provider whose records are encoded as its OTLP exporter does."""

    def __init__(self, resource: Resource = RESOURCE) -> None:
        self._kept = _Kept()
        self.resource = resource
        self.provider = LoggerProvider(resource, shutdown_on_exit=False)
        self.provider.add_log_record_processor(self._kept)
        self.logger: Any = self.provider.get_logger(scope.NAME, scope.VERSION, schema_url=SCHEMA_URL)

    @property
    def scope(self) -> Any:
        """The logger's instrumentation scope."""
        return self.logger._instrumentation_scope

    def emit(self, record: Record, fields: dict[str, Any], observed_ns: int) -> None:
        """As `sinks.logs` emits it."""
        level = fields["level"]
        self.logger.emit(
            LogRecord(
                timestamp=record.time_ns,
                observed_timestamp=observed_ns,
                context=_context(record),
                severity_text=level.upper(),
                severity_number=SEVERITY[level],
                body=fields.get("message"),
                attributes={key: value for key, value in fields.items() if key not in RESERVED},
                event_name=fields["event"],
            )
        )

    def request(self) -> Any:
        """The request of what was emitted since the last one."""
        emitted, self._kept.records = self._kept.records, []
        return encoder.encode_logs(emitted)


def _context(record: Record) -> Context | None:
    if not record.trace_id:
        return None
    place = trace.SpanContext(record.trace_id, record.span_id, False, trace.TraceFlags(record.trace_flags))
    return trace.set_span_in_context(trace.NonRecordingSpan(place), Context())
