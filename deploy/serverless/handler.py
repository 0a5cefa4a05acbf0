"""A function whose telemetry is out before the platform freezes it: `flushed` is what to take from here."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable
from typing import Any

from opentelemetry import trace

import otel_audit

Handler = Callable[[dict[str, Any], Any], Any]
RESERVE_S = 0.2
"""Left of the function's time when the flush gives up: the answer still has to go out."""
LONGEST_S = 2.0


def flushed(handler: Handler) -> Handler:
    """Deliver what an invocation recorded before its answer lets the platform freeze the process.

    Args:
        handler: takes event and context, as AWS Lambda calls it. Spans that it opens are ended when it returns.
    """

    @functools.wraps(handler)
    def wrapper(event: dict[str, Any], context: Any) -> Any:
        try:
            return handler(event, context)
        finally:
            left = context.get_remaining_time_in_millis() / 1000 - RESERVE_S
            otel_audit.flush(timeout=max(0.0, min(LONGEST_S, left)))

    return wrapper


@flushed
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The example: answers with a sum that SQLite made."""
    with trace.get_tracer("orders").start_as_current_span("total"):
        connection = sqlite3.connect(":memory:")
        try:
            (total,) = connection.execute("SELECT ? + ?", (event["a"], event["b"])).fetchone()
        finally:
            connection.close()
    return {"total": total}
