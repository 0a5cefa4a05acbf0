"""The variables `opentelemetry-instrument` turns into options: entry point group `opentelemetry_environment_variables`.

Constants only: that command reads every name here that begins with `OTEL_`. `settings` has the rows they belong to.
"""

OTEL_PYTHON_AUDIT_ENABLED = "OTEL_PYTHON_AUDIT_ENABLED"
"""`true` (default) or `false`: whether the bridge starts at all."""

OTEL_PYTHON_AUDIT_CONFIG_FILE = "OTEL_PYTHON_AUDIT_CONFIG_FILE"
"""TOML or YAML file with settings, structlog processors and events of one's own."""

OTEL_PYTHON_AUDIT_INCLUDE = "OTEL_PYTHON_AUDIT_INCLUDE"
"""Comma list of groups, event names and globs to record; default `default`."""

OTEL_PYTHON_AUDIT_EXCLUDE = "OTEL_PYTHON_AUDIT_EXCLUDE"
"""Comma list of groups, event names and globs to ignore; wins over `INCLUDE`."""

OTEL_PYTHON_AUDIT_SIGNALS = "OTEL_PYTHON_AUDIT_SIGNALS"
"""Comma list of `span_events`, `metrics`, `logs` (default: all three), or `none`."""

OTEL_PYTHON_AUDIT_SAMPLING = "OTEL_PYTHON_AUDIT_SAMPLING"
"""Comma list of `selector=rule`; rules: `all`, a ratio, `100/s`, `first`, `in-trace`."""

OTEL_PYTHON_AUDIT_LOCATION = "OTEL_PYTHON_AUDIT_LOCATION"
"""Comma list of selectors, or `selector=ratio`, whose records say where in the application they came from;
`event_loop` (default) for blocking work on an event loop, `none` for none."""

OTEL_PYTHON_AUDIT_LOCATION_SKIP = "OTEL_PYTHON_AUDIT_LOCATION_SKIP"
"""Comma list of absolute paths that are not the application; `!` before one: it is, though installed."""

OTEL_PYTHON_AUDIT_BAGGAGE = "OTEL_PYTHON_AUDIT_BAGGAGE"
"""Comma list of baggage keys, such as `user.id`, whose values stand on every record of a span."""

OTEL_PYTHON_AUDIT_MAX_SPAN_EVENTS = "OTEL_PYTHON_AUDIT_MAX_SPAN_EVENTS"
"""Span events kept per span; default 64, 0 for none."""

OTEL_PYTHON_AUDIT_RING_SIZE = "OTEL_PYTHON_AUDIT_RING_SIZE"
"""Bytes of the ring between hook and background thread; default 4194304."""

OTEL_PYTHON_AUDIT_FLUSH_INTERVAL = "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL"
"""Milliseconds between two drains of the ring; default 1000."""

OTEL_PYTHON_AUDIT_LOG_STREAM = "OTEL_PYTHON_AUDIT_LOG_STREAM"
"""Structured log stream: `none` (default), `stderr`, `stdout` or the path of a file."""

OTEL_PYTHON_AUDIT_LOG_FORMAT = "OTEL_PYTHON_AUDIT_LOG_FORMAT"
"""Form of the log stream: `auto` (default), `json` or `console`."""

OTEL_PYTHON_AUDIT_REDACT = "OTEL_PYTHON_AUDIT_REDACT"
"""`default`, `strict` (paths and hosts become hashes too) or `off`."""

OTEL_PYTHON_AUDIT_REDACT_KEY = "OTEL_PYTHON_AUDIT_REDACT_KEY"
"""Secret by which equal secrets get equal marks: at least 16 characters, or `file:PATH`."""

OTEL_PYTHON_AUDIT_EXIT_SIGNALS = "OTEL_PYTHON_AUDIT_EXIT_SIGNALS"
"""Comma list of signals (`SIGTERM`) before whose end of the process everything is delivered; default none."""

OTEL_PYTHON_AUDIT_EXIT_TIMEOUT = "OTEL_PYTHON_AUDIT_EXIT_TIMEOUT"
"""Whole milliseconds that the last delivery may hold up the end of the process: 100 to 600000, default 2000."""

OTEL_PYTHON_AUDIT_CHILDREN = "OTEL_PYTHON_AUDIT_CHILDREN"
"""`true` or `false` (default): whether Python programs that this one starts are recorded too, in its trace."""

OTEL_PYTHON_AUDIT_STARTUP = "OTEL_PYTHON_AUDIT_STARTUP"
"""`true` or `false` (default): whether the start-up file (`otel-audit startup install`) arms the bridge."""

OTEL_PYTHON_AUDIT_OTLP = "OTEL_PYTHON_AUDIT_OTLP"
"""`auto` (default) or `sdk`: whether the SDK encodes log records even where the bridge could."""

OTEL_PYTHON_AUDIT_CORE = "OTEL_PYTHON_AUDIT_CORE"
"""`auto` (default), `c` or `python`."""
