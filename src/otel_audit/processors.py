"""The event dict that processors see, and one for an application's own logs.

Processors have structlog's form, `(logger, method name, event dict) -> event dict`, and run behind redaction; one that
raises `structlog.DropEvent` filters the record.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, MutableMapping
from importlib import import_module
from typing import Any, cast

from otel_audit.errors import SettingsError

EventDict = MutableMapping[str, Any]
Processor = Callable[[Any, str, EventDict], Mapping[str, Any]]

EVENT_PREFIX = "python.audit."
RATE_LIMIT_NOTICE = EVENT_PREFIX + "bridge.rate_limit"
"""Event name of the bridge's own word that a limiter started or stopped."""
PAUSED_NOTICE = EVENT_PREFIX + "bridge.paused"
RESUMED_NOTICE = EVENT_PREFIX + "bridge.resumed"
CLOSED_NOTICE = EVENT_PREFIX + "bridge.closed"
NOTICES = frozenset((RATE_LIMIT_NOTICE, PAUSED_NOTICE, RESUMED_NOTICE, CLOSED_NOTICE))
"""Records of the bridge itself: told to the sinks, in no account. `Chain` lets no event be called so."""
RESERVED = frozenset(("event", "level", "message", "timestamp", "trace_id", "span_id", "trace_flags"))
"""Keys of the event dict that are not attributes."""

INTERPRETER = "python.audit.interpreter"
"""Id of the subinterpreter an event happened in; absent in the main one."""


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
    # By way of bytes: formatting a number takes three times as long.
    return {
        "trace_id": trace_id.to_bytes(16, "big").hex(),
        "span_id": span_id.to_bytes(8, "big").hex(),
        "trace_flags": f"{flags:02x}",
    }


def is_drop(error: BaseException) -> bool:
    """Whether a processor said `structlog.DropEvent`; structlog is not imported for the question."""
    structlog = sys.modules.get("structlog")
    return structlog is not None and isinstance(error, structlog.DropEvent)


def load(path: str, written: str) -> Processor:
    """Import the processor that a configuration file names.

    Args:
        path: `package.module:name`; the name may be dotted, and a class is instantiated without arguments.
        written: file and key, for the error line.

    Raises:
        SettingsError: it cannot be imported, or is no processor.
    """
    module, _, name = path.partition(":")
    try:
        found: Any = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
        found = found() if isinstance(found, type) else found
    except (Exception, SystemExit) as error:  # of somebody's module: whatever it is, the application goes on
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise SettingsError(written, path, f"the import path of a structlog processor ({reason})") from None
    if not callable(found):
        raise SettingsError(written, path, f"the import path of a structlog processor (a {type(found).__name__})")
    return cast(Processor, found)
