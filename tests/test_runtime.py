"""The process's one bridge: it starts or says in one line why not, and the program runs on either way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from otel_audit.scope import VERSION
from tests.conftest import Ran, Run

PREFIX = "OTEL_PYTHON_AUDIT_"
PROGRAM = """
import json, sys, otel_audit
status = otel_audit.install()
sys.audit("app.e", 1)
print(json.dumps([status.state, status.reason, status.core, otel_audit.health().seen]))
sys.exit(7)
"""
SDK = """
import json, os, sys, threading, otel_audit
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans, logs, reader = InMemorySpanExporter(), InMemoryLogRecordExporter(), InMemoryMetricReader()

def configure():
    tracers, loggers = TracerProvider(), LoggerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    trace.set_tracer_provider(tracers)
    _logs.set_logger_provider(loggers)
    metrics.set_meter_provider(MeterProvider([reader]))

def names():
    return [item.log_record.event_name.removeprefix("python.audit.") for item in logs.get_finished_logs()]

def metric(name):
    found = [
        (dict(point.attributes), point.value)
        for resource in reader.get_metrics_data().resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics if metric.name == name
        for point in metric.data.data_points
    ]
    return found

def install(**settings):
    settings = {"core": sys.argv[1], "include": "custom", "sampling": "custom=all", "flush_interval": 50, **settings}
    status = otel_audit.install(**settings)
    assert status.state == "armed", status
    return status
"""


def start(run_python: Run, **settings: str) -> Ran:
    return run_python(PROGRAM, env={PREFIX + name.upper(): value for name, value in settings.items()}, code=7)


def scene(run_python: Run, core: str, code: str, **more: Any) -> Any:
    return run_python(SDK + code, core, **more).result


BAD = [
    ("enabled", "maybe", "true or false"),
    ("include", "filesistem", "did you mean filesystem?"),
    ("include", "socket.conect", "did you mean socket.connect?"),
    ("include", "os.nothing*", "did you mean"),
    ("exclude", "subprocess.popen", "did you mean subprocess.Popen?"),
    ("signals", "logs,traces", "a comma list of span_events, metrics, logs"),
    ("sampling", "open=fast", "a ratio above 0 and up to 1"),
    ("sampling", "open", "selector=rule"),
    ("sampling", "opne=all", "did you mean"),
    ("exit_signals", "SIGKILL", "a comma list of SIGTERM, SIGINT"),
    ("max_span_events", "many", "a whole number from 0 to 1024"),
    ("ring_size", "1000", "a whole number of bytes"),
    ("flush_interval", "1.5", "a whole number of milliseconds"),
    ("exit_timeout", "2s", "a whole number of milliseconds from 100 to 600000"),
    ("log_stream", "/nonexistent/dir/log", "No such file or directory"),
    ("log_stream", "/", "Is a directory"),
    ("log_format", "xml", "auto, json or console"),
    ("redact", "a-little", "default, strict or off"),
    ("core", "rust", "auto, c or python"),
]


@pytest.mark.parametrize(("name", "value", "expected"), BAD, ids=[f"{row[0]}={row[1]}" for row in BAD])
def test_a_bad_setting_is_one_line_and_the_program_runs(run_python: Run, name: str, value: str, expected: str) -> None:
    ran = start(run_python, **{name: value})
    state, reason, _, seen = ran.result
    assert (state, seen) == ("refused", 0)
    (line,) = ran.err.splitlines()
    assert line == f"otel-audit: {reason}; the bridge is off"
    assert f"{PREFIX}{name.upper()}={value}: expected " in line
    assert expected in line


@pytest.mark.parametrize(
    ("name", "value"),
    [("include", "myapp.login"), ("include", "myapp.*"), ("exclude", "winreg.OpenKey"), ("sampling", "myapp.*=0.1")],
)
def test_names_of_applications_and_other_platforms_are_accepted(run_python: Run, name: str, value: str) -> None:
    ran = start(run_python, **{name: value})
    assert ran.result[0] == "armed"
    assert ran.err == ""


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"OTEL_SDK_DISABLED": "true"}, "OTEL_SDK_DISABLED=true"),
        ({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "flask,audit"}, "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"),
        ({"OTEL_PYTHON_AUDIT_ENABLED": "false"}, "OTEL_PYTHON_AUDIT_ENABLED=false (environment)"),
    ],
)
def test_the_bridge_can_be_switched_off_without_a_word(run_python: Run, variables: dict[str, str], reason: str) -> None:
    ran = run_python(PROGRAM, env=variables, code=7)
    state, why, _, seen = ran.result
    assert (state, seen, ran.err) == ("off", 0, "")
    assert reason in why


def test_an_unknown_variable_is_one_line_and_no_obstacle(run_python: Run) -> None:
    ran = start(run_python, inclued="all")
    assert ran.result[0] == "armed"
    (line,) = ran.err.splitlines()
    assert "OTEL_PYTHON_AUDIT_INCLUED: unknown variable (did you mean OTEL_PYTHON_AUDIT_INCLUDE?)" in line


def test_the_core_asked_for_is_the_one_in_use(run_python: Run, core: str) -> None:
    assert start(run_python, core=core).result == ["armed", "asked for by name", core, 1]


def test_a_core_that_is_missing_is_an_error_by_name_and_a_reason_otherwise(run_python: Run) -> None:
    hidden = "import sys; sys.modules['otel_audit.capture._core'] = None\n" + PROGRAM
    ran = run_python(hidden, env={f"{PREFIX}CORE": "c"}, code=7)
    assert ran.result[0] == "refused"
    assert "no C core for CPython" in ran.err
    state, reason, used, seen = run_python(hidden, code=7).result
    assert (state, used, seen) == ("armed", "python", 1)
    assert "no C core for CPython" in reason


def test_a_veto_by_an_earlier_hook_refuses_the_bridge(run_python: Run, core: str) -> None:
    found = scene(
        run_python,
        core,
        """
configure()
def refuse(event, args):
    if event == "sys.addaudithook":
        raise RuntimeError
sys.addaudithook(refuse)
threads = threading.active_count()
status = otel_audit.install(core=sys.argv[1])
with trace.get_tracer("t").start_as_current_span("s") as span:
    known = hasattr(span, "_otel_audit")
states = {state["python.audit.bridge.state"] for state, _ in metric("python.audit.bridge.status")}
print(json.dumps([status.state, threading.active_count() - threads, known, list(states), otel_audit.flush(1)]))
""",
    )
    assert found == ["refused", 0, False, ["refused"], False]


def test_a_refused_configuration_is_a_metric(run_python: Run, core: str) -> None:
    ((attributes, value),) = scene(
        run_python,
        core,
        """
configure()
otel_audit.install(ring_size=5)
print(json.dumps(metric("python.audit.bridge.status")))
""",
    )
    assert value == 1
    assert attributes["python.audit.bridge.state"] == "refused"
    assert attributes["python.audit.bridge.reason"].startswith("OTEL_PYTHON_AUDIT_RING_SIZE=5: expected")
    assert attributes["python.audit.bridge.version"] == VERSION


def test_a_reader_may_collect_while_the_bridge_is_being_built(run_python: Run, core: str) -> None:
    ran = run_python(
        SDK
        + """
from opentelemetry.sdk.metrics import Meter

collected = []

def at_once(kind):
    create = getattr(Meter, kind)
    def created(self, *arguments, **described):
        instrument = create(self, *arguments, **described)
        collected.append(reader.get_metrics_data())
        return instrument
    setattr(Meter, kind, created)

configure()
at_once("create_observable_counter"), at_once("create_observable_gauge")
install(log_stream="stderr", location="all")
reader.get_metrics_data()
print(json.dumps([len(collected), otel_audit.health().signals["metrics"]]))
""",
        core,
    )
    assert ran.err == ""
    collections, reason = ran.result
    assert collections >= 10
    assert reason is None


def test_three_signals_tell_of_one_event(run_python: Run, core: str) -> None:
    names, events, metric, health = scene(
        run_python,
        core,
        """
configure()
install()
with trace.get_tracer("t").start_as_current_span("s"):
    sys.audit("app.e", 1)
    sys.audit("app.e", 1)
assert otel_audit.flush(10)
print(json.dumps([names(), [e.name for s in spans.get_finished_spans() for e in s.events],
                  metric("python.audit.events"), otel_audit.health().as_dict()]))
""",
    )
    assert names == ["app.e"]
    assert events == ["python.audit.app.e"]
    assert metric == [[{"python.audit.event": "app.e", "python.audit.group": "custom"}, 2]]
    assert health["status"]["state"] == "armed"
    assert health["seen"] == 2 == health["outcomes"]["kept"] + health["outcomes"]["merged"]
    assert health["destinations"] == {
        "logs": {"kept": 1, "delivered": 1},
        "span_events": {"kept": 1, "delivered": 1},
    }
    assert health["signals"] == {"logs": None, "span_events": None, "metrics": None}


def test_health_is_json_before_anything_was_installed(run_python: Run) -> None:
    found = run_python("import json, otel_audit; print(json.dumps(otel_audit.health().as_dict()))").result
    assert found["status"] == {"state": "off", "reason": "not installed", "core": ""}
    assert found["seen"] == 0


def test_providers_set_after_the_bridge_are_picked_up(run_python: Run, core: str) -> None:
    before, after = scene(
        run_python,
        core,
        """
install()
before = otel_audit.health().signals
configure()
assert otel_audit.flush(10)
with trace.get_tracer("t").start_as_current_span("s"):
    sys.audit("app.e", 1)
assert otel_audit.flush(10)
print(json.dumps([before, [names(), [len(s.events) for s in spans.get_finished_spans()], otel_audit.health().signals]]))
""",
    )
    assert all(before.values())
    assert after == [["app.e"], [1], {"logs": None, "span_events": None, "metrics": None}]


def test_installing_twice_is_one_bridge(run_python: Run, core: str) -> None:
    found = scene(
        run_python,
        core,
        """
configure()
first, second = install(), install(include="all")
sys.audit("app.e", 1)
otel_audit.flush(10)
print(json.dumps([first == second, names(), otel_audit.health().seen]))
""",
    )
    assert found == [True, ["app.e"], 1]


def test_pause_and_resume(run_python: Run, core: str) -> None:
    found = scene(
        run_python,
        core,
        """
configure()
otel_audit.pause(), otel_audit.resume()  # nothing to pause yet
install()
otel_audit.pause()
paused = otel_audit.health().status.state
sys.audit("app.off")
otel_audit.resume()
sys.audit("app.on")
otel_audit.flush(10)
print(json.dumps([paused, sorted(names())]))
""",
    )
    assert found == ["paused", ["app.on", "bridge.paused", "bridge.resumed"]]


def test_flush_says_no_when_an_exporter_fails_or_hangs(run_python: Run, core: str) -> None:
    found = scene(
        run_python,
        core,
        """
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
answer, gate = [LogRecordExportResult.FAILURE], threading.Event()
gate.set()
def export(batch):
    gate.wait(30)
    return answer[0]
logs.export = export
provider = LoggerProvider()
provider.add_log_record_processor(BatchLogRecordProcessor(logs, schedule_delay_millis=60000))
_logs.set_logger_provider(provider)
install(signals="logs")
sys.audit("app.e", 1)
failed = otel_audit.flush(10)
gate.clear()
sys.audit("app.e", 2)
hung = otel_audit.flush(0.3)
answer[0] = LogRecordExportResult.SUCCESS
gate.set()
sys.audit("app.e", 3)
print(json.dumps([failed, hung, otel_audit.flush(10), otel_audit.health().destinations]))
""",
    )
    failed, hung, well, destinations = found
    assert (failed, hung, well) == (False, False, True)
    assert destinations["logs"] == {"kept": 3, "export_failed": 1, "delivered": 2}


def test_accounts_that_nobody_reads_take_no_room(run_python: Run, core: str) -> None:
    program = """
import sys, otel_audit
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())  # it exports nothing: each span's events are lost, and counted
otel_audit.install(core=sys.argv[1], include="app.*", signals="span_events", sampling="custom=all")
tracer, bridge = trace.get_tracer("x"), otel_audit.runtime.bridge()
for number in range(100):
    with tracer.start_as_current_span("s"):
        sys.audit("app.e", number)
waiting = len(bridge.span_events.account._new)
assert bridge.drain.flush(30)
print([waiting, len(bridge.span_events.account._new), bridge.destinations()["span_events"]["no_pipeline"]])
"""
    waiting, then, counted = run_python(program, core).result
    assert waiting > 0 == then
    assert counted == 100


def test_what_is_queued_is_delivered_at_exit(run_python: Run, core: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    run_python(
        "import sys, otel_audit\notel_audit.install(include='custom', flush_interval=60000)\nsys.audit('app.last', 1)",
        env={f"{PREFIX}LOG_STREAM": str(path), f"{PREFIX}CORE": core},
    )
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["python.audit.app.last"]


def test_a_forked_child_delivers_its_own_events_only(run_python: Run, core: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    child, parent = scene(
        run_python,
        core,
        """
configure()
install(log_stream=sys.argv[2])
sys.audit("app.parent", 1)
reading, writing = os.pipe()
pid = os.fork()
if pid == 0:
    sys.audit("app.child", 1)
    flushed = otel_audit.flush(10)
    found = otel_audit.health()
    os.write(writing, json.dumps([flushed, found.seen, found.destinations["stream"]]).encode())
    os._exit(0)
os.waitpid(pid, 0)
sys.audit("app.parent", 2)
flushed = otel_audit.flush(10)
print(json.dumps([json.loads(os.read(reading, 10000)), [flushed, otel_audit.health().seen, names()]]))
""".replace("sys.argv[2]", repr(str(path))),
    )
    assert child == [True, 1, {"kept": 1, "delivered": 1}]
    assert parent == [True, 2, ["app.parent", "app.parent"]]
    lines = [json.loads(line)["python.audit.event"] for line in path.read_text().splitlines()]
    assert sorted(lines) == ["app.child", "app.parent", "app.parent"]


def test_the_counter_leads_to_the_trace(run_python: Run, core: str) -> None:
    own, first, again, child = scene(
        run_python,
        core,
        """
configure()
install(signals="span_events,metrics")

def exemplars():
    return [
        [f"{each.trace_id:032x}", f"{each.span_id:016x}", each.value]
        for resource in reader.get_metrics_data().resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics if metric.name == "python.audit.events"
        for point in metric.data.data_points
        for each in point.exemplars
    ]

def act():
    with trace.get_tracer("t").start_as_current_span("s") as span:
        sys.audit("app.e", 1)
    return span.get_span_context()

ids = act()
first, again = exemplars(), exemplars()
act()
reading, writing = os.pipe()
if os.fork() == 0:
    sys.audit("app.e", 2)
    os.write(writing, json.dumps(exemplars()).encode())
    os._exit(0)
os.wait()
child = json.loads(os.read(reading, 10000))
print(json.dumps([[f"{ids.trace_id:032x}", f"{ids.span_id:016x}", 1], first, again, child]))
""",
    )
    assert first == [own]
    assert again == []
    assert child == []


def test_the_bridges_own_traffic_is_not_seen(run_python: Run, core: str, tmp_path: Path) -> None:
    seen, suppressed = scene(
        run_python,
        core,
        """
configure()
class Loud(InMemoryLogRecordExporter):
    def export(self, batch):
        open("/dev/null").close()
        return super().export(batch)
logs.export = Loud().export
install(include="all", exclude="_thread.*", sampling="", log_stream=sys.argv[2])  # flush() starts a thread
otel_audit.flush(10)
before = otel_audit.health()
_logs.get_logger("application").emit(body="exported by Loud")
for _ in range(3):
    otel_audit.flush(10)
after = otel_audit.health()
print(json.dumps([after.seen - before.seen, after.suppressed > before.suppressed]))
""".replace("sys.argv[2]", repr(str(tmp_path / "log"))),
    )
    assert seen == 0
    assert suppressed


def test_a_context_without_a_variable_is_noted(run_python: Run, core: str) -> None:
    notes, trace_id = scene(
        run_python,
        core,
        """
from opentelemetry import context
class Runtime:
    inner = context._RUNTIME_CONTEXT
    def attach(self, context): return self.inner.attach(context)
    def get_current(self): return self.inner.get_current()
    def detach(self, token): self.inner.detach(token)
context._RUNTIME_CONTEXT = Runtime()
configure()
install()
with trace.get_tracer("t").start_as_current_span("s"):
    sys.audit("app.e", 1)
otel_audit.flush(10)
print(json.dumps([otel_audit.health().notes, logs.get_finished_logs()[0].log_record.trace_id]))
""",
    )
    assert any("no context variable" in note for note in notes)
    assert not trace_id


def test_an_event_of_the_application_may_be_called_bridge(run_python: Run, core: str) -> None:
    logs, stream, spans = scene(
        run_python,
        core,
        """
configure()
install(include="bridge.*", sampling={"bridge.*": "all"}, log_stream="stderr")
with trace.get_tracer("t").start_as_current_span("s"):
    sys.audit("bridge.load", 1)
otel_audit.flush(10)
found = otel_audit.health().destinations
print(json.dumps([found["logs"], found["stream"], found["span_events"]]))
""",
    )
    assert logs == stream == spans == {"kept": 1, "delivered": 1}
