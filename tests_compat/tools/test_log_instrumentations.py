"""The logging and structlog instrumentations, and other exporters: everything arrives once, from where it was made."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests_compat.tools.conftest import EVENTS, PROGRAMS, Bench

LINES = 50
"""Of each kind, as in programs/logging_app.py."""
HANDLERS = {
    "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED": "true",
    "OTEL_PYTHON_LOG_CORRELATION": "true",
    "OTEL_PYTHON_LOG_LEVEL": "info",
}


def of_the_application(bench: Bench) -> Counter[tuple[str, str, object]]:
    """Log records that are not ours, by logger, text and number."""
    logs = [log for log in bench.receiver.logs if log.scope != "otel_audit"]
    return Counter((log.scope, str(log.body), log.attributes.get("number")) for log in logs)


@pytest.mark.parametrize("stream", ["none", "stderr"])
def test_lines_of_the_application_and_audit_records_come_once_each(bench: Bench, stream: str) -> None:
    variables = {**HANDLERS, "OTEL_PYTHON_AUDIT_LOG_STREAM": stream, "OTEL_PYTHON_AUDIT_LOG_FORMAT": "json"}
    program = str(PROGRAMS / "logging_app.py")
    bench.instrumented(program, env={**variables, "OTEL_PYTHON_AUDIT_ENABLED": "false"})
    without = of_the_application(bench)
    bench.receiver.clear()
    ended = bench.instrumented(program, env=variables)
    assert ended.said == {"lines": LINES, "events": EVENTS}
    lines = of_the_application(bench)
    assert lines == without
    assert sum(text.startswith("by logging") for _, text, _ in lines) == LINES
    assert sum(text == "by structlog" for _, text, _ in lines) == LINES
    assert not any("tools.work" in text for _, text, _ in lines)
    if stream == "stderr":
        streamed = Counter(line["python.audit.args"] for line in audit_lines(ended.err))
        assert streamed == Counter({str(number): 1 for number in range(EVENTS)})
    bench.row("logging and structlog instrumentations", f"log stream: {stream}", note="application's lines once too")


def audit_lines(printed: str) -> list[dict[str, str]]:
    """What the log stream wrote of our events, among the application's own lines."""
    found = [json.loads(line) for line in printed.splitlines() if line.startswith('{"timestamp"')]
    return [line for line in found if line["event"] == "python.audit.tools.work"]


def test_a_second_exporter_gets_everything_once_too(bench: Bench) -> None:
    variables = {f"OTEL_{signal}_EXPORTER": "otlp,console" for signal in ("TRACES", "METRICS", "LOGS")}
    ended = bench.instrumented(str(PROGRAMS / "work.py"), env=variables)
    assert ended.out.count('"event_name": "python.audit.tools.work"') == EVENTS
    bench.row("console exporter", "beside OTLP, all signals", note="once on the console too")
