"""Who pauses, resumes or closes the bridge is on record; nobody reconfigures it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.e2e.conftest import environment, instrumented
from tests.receiver import Receiver
from tests.security.claims import proves

PREFIX = "python.audit.bridge."
HEAD = """
import json, sys, threading, time, pathlib, otel_audit
core, stream = sys.argv[1:3]
lines = lambda: [json.loads(line) for line in pathlib.Path(stream).read_text().splitlines()]
def told(event):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = [line for line in lines() if line["event"] == "python.audit.bridge." + event]
        if found: return found
        threading.Event().wait(0.01)
    raise SystemExit(f"nothing was told of {event}: {lines()}")
def install(**changes):
    status = otel_audit.install(core=core, log_stream=stream, log_format="json", **changes)
    assert status.state == "armed", status
"""


@pytest.fixture
def scene(run_python: Run, core: str, tmp_path: Path) -> Callable[[str], Any]:
    """What a program prints of a bridge that streams its log."""
    return lambda program: run_python(HEAD + program, core, str(tmp_path / "log")).result


@proves(13)
def test_a_pause_is_told_while_it_lasts(scene: Callable[[str], Any]) -> None:
    found = scene("""
install(flush_interval=3_600_000)  # at once: not when the hour is over
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
def intruder():
    with trace.get_tracer("x").start_as_current_span("GET /x") as span:
        otel_audit.pause()
        return f"{span.get_span_context().trace_id:032x}"
thread = threading.Thread(target=lambda: kept.append(intruder()), name="worker-7")
kept = []
thread.start(), thread.join()
(line,) = told("paused")  # the process goes on, and stays paused
sys.audit("app.unseen")
print(json.dumps([line, kept[0], otel_audit.health().status.state, otel_audit.health().changes]))
""")
    line, trace_id, state, changes = found
    assert state == "paused"
    assert changes == {"paused": 1}
    assert line["level"] == "warn"
    assert line["trace_id"] == trace_id
    assert (line["code.function.name"], line["code.file.path"]) == ("intruder", "<string>")
    assert isinstance(line["code.line.number"], int)
    assert line["thread.name"] == "worker-7"
    assert line["message"] == f"the bridge was paused by intruder (<string>:{line['code.line.number']})"


@proves(13)
def test_uninstrument_resume_and_close_are_told_too(scene: Callable[[str], Any]) -> None:
    found = scene("""
from otel_audit.instrumentor import AuditInstrumentor
install()
instrumentor = AuditInstrumentor()
instrumentor.instrument()
def intruder(): instrumentor.uninstrument()
intruder()
(paused,) = told("paused")
otel_audit.resume()
(resumed,) = told("resumed")
otel_audit.runtime.bridge().close()
(closed,) = told("closed")
now = otel_audit.health()
who = paused["code.function.name"]
print(json.dumps([who, resumed["level"], closed["level"], now.changes, now.status.state]))
""")
    assert found == ["intruder", "info", "warn", {"paused": 1, "resumed": 1, "closed": 1}, "closed"]


@proves(13)
def test_an_orderly_end_is_no_change(run_python: Run, core: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    run_python(HEAD + "install()\nsys.audit('app.e')\nprint(1)", core, str(log))
    assert [json.loads(line)["event"] for line in log.read_text().splitlines()] == ["python.audit.app.e"]


@proves(13)
def test_a_pause_that_nobody_ends_is_at_the_receiver() -> None:
    with Receiver() as receiver:
        subprocess.run(
            instrumented("-c", "import sys, otel_audit; otel_audit.pause(); sys.audit('app.unseen')"),
            env=environment(**receiver.env()),
            capture_output=True,
            timeout=120,
            check=True,
        )
        (log,) = [log for log in receiver.logs if log.event_name == PREFIX + "paused"]
        assert log.attributes["code.function.name"] == "<module>"
        assert log.severity_text == "WARN"
        assert receiver.metric_by(PREFIX + "changes", PREFIX + "change") == {"paused": 1}
        assert "app.unseen" not in receiver.metric_by("python.audit.events", "python.audit.event")


@proves(13)
def test_status_and_counter_say_it(scene: Callable[[str], Any]) -> None:
    found = scene("""
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
install()
def points(name):
    metrics = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    (found,) = [metric for metric in metrics if metric.name == "python.audit.bridge." + name]
    return [[dict(point.attributes), point.value] for point in found.data.data_points]
otel_audit.pause(), otel_audit.resume(), otel_audit.pause()
print(json.dumps([points("status")[0][0]["python.audit.bridge.state"], points("changes")]))
""")
    change = PREFIX + "change"
    assert found == ["paused", [[{change: "paused"}, 2], [{change: "resumed"}, 1]]]


@proves(13)
def test_no_processor_hides_it(scene: Callable[[str], Any]) -> None:
    found = scene("""
import structlog
def drop(logger, method, fields): raise structlog.DropEvent
install(processors=[drop])
sys.audit("app.e")
otel_audit.pause()
told("paused")
print(json.dumps([line["event"] for line in lines()]))
""")
    assert found == ["python.audit.bridge.paused"]


@proves(14)
def test_a_loop_of_pauses_is_counted_and_fills_no_log(scene: Callable[[str], Any]) -> None:
    found = scene("""
install(flush_interval=3_600_000)
for _ in range(20_000): otel_audit.pause(), otel_audit.resume()
otel_audit.flush(30)
left_out = sum(line.get("python.audit.bridge.left_out", 0) for line in lines())
print(json.dumps([otel_audit.health().changes, len(lines()), len(lines()) + left_out]))
""")
    changes, told, accounted = found
    assert changes == {"paused": 20_000, "resumed": 20_000}
    assert told <= 200
    assert accounted == 40_000


@proves(15)
def test_nobody_reconfigures_an_armed_bridge(run_python: Run, core: str, tmp_path: Path) -> None:
    program = """
install(include="default", redact="strict")
before = otel_audit.runtime.bridge().settings
otel_audit.install(include="none.such", redact="off", exclude="*")
otel_audit.runtime.install(otel_audit.Settings(redact="off"))
sys.audit("app.e", "/etc/shadow.e")
otel_audit.flush(30)
print(json.dumps([otel_audit.runtime.bridge().settings is before, len(lines())]))
"""
    ran = run_python(HEAD + program, core, str(tmp_path / "log"))
    assert ran.result == [True, 1]
    assert ran.err.count("armed already: install() keeps the settings it has") == 2


@proves(16)
def test_what_is_suppressed_is_counted(scene: Callable[[str], Any]) -> None:
    found = scene("""
from opentelemetry.context import attach, detach, set_value, _SUPPRESS_INSTRUMENTATION_KEY
install(include="app.*")
before = otel_audit.health().suppressed
token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
for _ in range(7): sys.audit("app.hidden")
detach(token)
now = otel_audit.health()
print(json.dumps([now.suppressed - before, now.seen]))
""")
    assert found == [7, 0]
