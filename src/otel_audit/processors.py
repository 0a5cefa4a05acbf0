"""What runs between a record and the sinks: describe, redact, say it in one line.

Processors have structlog's form, `(logger, method name, event dict) -> event dict`, so that a user's own fit in; one
that raises `structlog.DropEvent` filters the record.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any

from otel_audit import semconv, wire
from otel_audit.events import CATALOGUE, generic
from otel_audit.events.describe import body, describe
from otel_audit.model import Core, Described, Event, Plan, Record, Rule, RuleKind
from otel_audit.redaction import Redactor

EventDict = MutableMapping[str, Any]
Processor = Callable[[Any, str, EventDict], Mapping[str, Any]]

EVENT_PREFIX = "python.audit."
RATE_LIMIT_NOTICE = EVENT_PREFIX + "bridge.rate_limit"
"""Event name of the bridge's own word that a limiter started or stopped."""
NOTICES = frozenset((RATE_LIMIT_NOTICE,))
"""Records of the bridge itself: told to the sinks, in no account. Exact names: an application may say `bridge.x`."""
RESERVED = frozenset(("event", "level", "message", "timestamp", "trace_id", "span_id", "trace_flags"))
"""Keys of the event dict that are not attributes."""

INTERPRETER = "python.audit.interpreter"
"""Id of the subinterpreter an event happened in; absent in the main one."""
CIRCUMSTANCES = frozenset(
    (
        semconv.AUDIT_EVENT,
        semconv.AUDIT_GROUP,
        semconv.AUDIT_SAMPLER,
        semconv.AUDIT_COUNT,
        semconv.THREAD_ID,
        semconv.THREAD_NAME,
        INTERPRETER,
    )
)
"""Attributes of every record: what the message need not repeat."""


class Redact:
    """First in every chain: no sink ever sees what it takes out."""

    def __init__(self, level: str) -> None:
        self._redactor = Redactor(level)  # type: ignore[arg-type]

    def name(self, name: str) -> str:
        """Redact a name that is in no row: some are sentences, with what sentences say."""
        return self._redactor.text(name, custom=True)

    def __call__(self, logger: Any, method: str, event_dict: EventDict) -> EventDict:
        """Redact every attribute; `custom` events more widely, as nobody knows their arguments."""
        kept = {key: event_dict.pop(key) for key in tuple(event_dict) if key in RESERVED}
        custom = event_dict.get(semconv.AUDIT_GROUP) == "custom"
        return {**kept, **self._redactor(dict(event_dict), custom=custom)}


def add_message(logger: Any, method: str, event_dict: EventDict) -> EventDict:
    """Add `message`: one line for a person, made of redacted attributes only."""
    name = event_dict[semconv.AUDIT_EVENT]
    said = {key: value for key, value in event_dict.items() if key not in RESERVED and key not in CIRCUMSTANCES}
    event_dict["message"] = body(_row(name), name, said)
    return event_dict


def add_trace_fields(logger: Any, method: str, event_dict: EventDict) -> EventDict:
    """For an application's own structlog configuration: adds trace_id, span_id and trace_flags of the current span.

    Lowercase hex, as OpenTelemetry prescribes for logs that are not OTLP. Without a span nothing is added.
    """
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event_dict.update(trace_fields(context.trace_id, context.span_id, context.trace_flags))
    return event_dict


def trace_fields(trace_id: int, span_id: int, flags: int) -> dict[str, str]:
    """The three fields in lowercase hex."""
    return {"trace_id": f"{trace_id:032x}", "span_id": f"{span_id:016x}", "trace_flags": f"{flags:02x}"}


class Chain:
    """Turns records into what sinks take.

    Args:
        plan: names, groups and rules of the events it selects.
        core: tells the names and rules of ids given out since.
        redact: level of redaction.
        processors: run after the built-in ones.
    """

    def __init__(self, plan: Plan, core: Core, redact: str, processors: Iterable[Processor] = ()) -> None:
        self._core = core
        self._redact = Redact(redact)
        self._processors: tuple[Processor, ...] = (self._redact, add_message, *processors)
        self._events = {
            id_: (event.name, _row(event.name), event.severity, event.rule) for id_, event in enumerate(plan.events)
        }

    def event(self, event_id: int) -> tuple[str, Event, str, Rule]:
        """(name, row, severity, rule) of an id."""
        known = self._events.get(event_id)
        if known is None:
            name = self._redact.name(self._core.event_name(event_id))
            _, kind, value = self._core.event_policy(event_id)
            known = self._events[event_id] = name, generic(name), "info", Rule(RuleKind(kind), value)
        return known

    def event_name(self, event_id: int) -> str:
        """Name of the log event and span event of an id."""
        return EVENT_PREFIX + self.event(event_id)[0]

    @staticmethod
    def attributes(described: Described) -> dict[str, Any]:
        """What of the event dict is an OpenTelemetry attribute."""
        return {key: value for key, value in described.fields.items() if key not in RESERVED}

    def decode(self, data: bytes, at: int = 0) -> Described | None:
        """Decode and process one record; None when a processor dropped it."""
        return self(wire.decode(data, at))

    def __call__(self, record: Record) -> Described | None:
        """Process one record; None when a processor dropped it."""
        name, row, severity, rule = self.event(record.event_id)
        fields: EventDict = {"event": EVENT_PREFIX + name, "level": severity}
        if record.trace_id:
            fields.update(trace_fields(record.trace_id, record.span_id, record.trace_flags))
        fields[semconv.AUDIT_EVENT] = name if record.name is None else self._redact.name(record.name)
        fields[semconv.AUDIT_GROUP] = row.group
        fields.update(describe(row, record))
        fields.update(_circumstances(record, rule))
        return self.process(record, fields)

    def process(self, record: Record, fields: EventDict) -> Described | None:
        """Run the processors over an event dict."""
        try:
            for processor in self._processors:
                fields = processor(None, str(fields["level"]), fields)  # type: ignore[assignment]
        except BaseException as error:  # structlog.DropEvent is no Exception
            if is_drop(error):
                return None
            raise
        return Described(record, dict(fields))


def _row(name: str) -> Event:
    """The catalogue's row, or the one for names that are in none."""
    return CATALOGUE.get(name) or generic(name)


def is_drop(error: BaseException) -> bool:
    """Whether a processor said `structlog.DropEvent`; structlog is not imported for the question."""
    structlog = sys.modules.get("structlog")
    return structlog is not None and isinstance(error, structlog.DropEvent)


def _circumstances(record: Record, rule: Rule) -> dict[str, Any]:
    found: dict[str, Any] = {semconv.THREAD_ID: record.thread_id}
    if record.thread_name:
        found[semconv.THREAD_NAME] = record.thread_name
    if record.interpreter:
        found[INTERPRETER] = record.interpreter - 1
    stands_for = record.count
    if rule.kind is RuleKind.RATIO:
        stands_for = round(record.count / rule.value)
    if rule.kind is not RuleKind.ALL:
        found[semconv.AUDIT_SAMPLER] = str(rule)
    if stands_for != 1:
        found[semconv.AUDIT_COUNT] = stands_for
    return found
