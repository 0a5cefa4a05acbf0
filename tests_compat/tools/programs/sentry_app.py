"""sentry-sdk with its OpenTelemetry integration: an error, breadcrumbs, a transaction; sent to a list."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import sentry_sdk
from opentelemetry import trace
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.opentelemetry import SentrySpanProcessor
from sentry_sdk.transport import Transport

EVENTS = 200
DSN = "http://key@127.0.0.1:9/1"


class Kept(Transport):  # type: ignore[misc,unused-ignore]
    """Keeps what would have been sent."""

    def __init__(self) -> None:
        super().__init__({"dsn": DSN})
        self.items: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        for item in envelope.items:
            if item.type in ("event", "transaction"):
                self.items.append(json.loads(item.get_bytes()))


def main() -> None:
    kept = Kept()
    sentry_sdk.init(dsn=DSN, transport=kept, traces_sample_rate=1.0, instrumenter="otel", shutdown_timeout=0)
    trace.get_tracer_provider().add_span_processor(SentrySpanProcessor())  # type: ignore[attr-defined]
    with trace.get_tracer("work").start_as_current_span("work"):
        logging.getLogger("app").warning("before the error")
        for number in range(EVENTS):
            sys.audit("tools.work", number)
        try:
            raise LookupError("planned")
        except LookupError:
            sentry_sdk.capture_exception()
    sentry_sdk.flush()
    errors = [item for item in kept.items if item.get("type") != "transaction"]
    crumbs = [crumb.get("message") for error in errors for crumb in error.get("breadcrumbs", {}).get("values", [])]
    said = {
        "errors": [error["exception"]["values"][0]["type"] for error in errors],
        "transactions": [item["transaction"] for item in kept.items if item.get("type") == "transaction"],
        "breadcrumbs": [str(crumb) for crumb in crumbs],
        "traces": sorted({item["contexts"]["trace"]["trace_id"] for item in kept.items}),
    }
    print(json.dumps(said), flush=True)
    if "--unhandled" in sys.argv:
        raise LookupError("nobody catches it")


if __name__ == "__main__":
    main()
