"""Arms the bridge before the interpreter gets to what it was started for, as `opentelemetry-instrument` does."""

import otel_audit

otel_audit.install()
