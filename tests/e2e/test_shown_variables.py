"""Variables of the SDK that our pages tell to set, where no other test has them: they do what is said of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import SCRIPTS, Worker, environment
from tests.receiver import Receiver

SPANS = 60
SLOW = "600000"
"""Milliseconds: nothing leaves by the clock."""
CONTEXT = """
from opentelemetry.context.context import Context

class Threaded:
    "No context variable to be seen."

    def __init__(self):
        import threading
        self._held = threading.local()

    def attach(self, context):
        before = self.get_current()
        self._held.context = context
        return before

    def get_current(self):
        return getattr(self._held, "context", Context())

    def detach(self, token):
        self._held.context = token
"""


def spans_lost(receiver: Receiver, queue: str) -> int:
    """Span events that did not get into a queue of so many spans."""
    slow = {"OTEL_BSP_SCHEDULE_DELAY": SLOW, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4", "OTEL_BSP_MAX_QUEUE_SIZE": queue}
    receiver.hang("traces")
    with Worker({**receiver.env(), **slow, "OTEL_PYTHON_AUDIT_SAMPLING": "worker.*=all"}) as worker:
        worker.tell(f"work {SPANS} 1")
        receiver.release()
        worker.tell("settle 30")
    lost = receiver.metric_by("python.audit.bridge.processed", "error.type")
    return int(lost.get("export_queue_full", 0))


def test_a_longer_queue_of_spans_loses_none(receiver: Receiver) -> None:
    assert spans_lost(receiver, "8") > 0
    receiver.clear()
    receiver.heal()
    assert spans_lost(receiver, "2048") == 0


@pytest.mark.parametrize(("chosen", "there"), [("trace_based", True), ("always_off", False)])
def test_exemplars_can_be_turned_off(receiver: Receiver, chosen: str, there: bool) -> None:
    with Worker({**receiver.env(), "OTEL_METRICS_EXEMPLAR_FILTER": chosen}) as worker:
        worker.tell("work 3 1")
        worker.tell("settle 30")
    points = [point for point in receiver.metrics if point.attributes.get("python.audit.event") == "worker.event"]
    assert points
    assert any(point.exemplars for point in points) is there


def test_a_context_that_shows_no_variable_means_records_without_trace(
    receiver: Receiver, core: str, tmp_path: Path
) -> None:
    (tmp_path / "threaded.py").write_text(CONTEXT, encoding="utf-8")
    package = tmp_path / "threaded-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: threaded\nVersion: 1.0\n", encoding="utf-8")
    (package / "entry_points.txt").write_text(
        "[opentelemetry_context]\nthreaded = threaded:Threaded\n", encoding="utf-8"
    )
    chosen = {"OTEL_PYTHON_CONTEXT": "threaded", "PYTHONPATH": str(tmp_path), "OTEL_PYTHON_AUDIT_CORE": core}
    with Worker({**receiver.env(), **chosen}) as worker:
        worker.tell("work 2 1")
        health = worker.tell("settle 30")
    assert any("no context variable" in note for note in health["notes"])
    mine = [log for log in receiver.logs if log.event_name == "python.audit.worker.event"]
    assert len(mine) == 2
    assert {log.trace_id for log in mine} == {""}
    assert len(receiver.spans) == 2, "the SDK traces by its own context all the same"


@pytest.mark.parametrize(("skip", "blamed"), [("", "helper.py"), ("vendored", "app.py")])
def test_what_is_vendored_is_not_the_application(tmp_path: Path, core: str, skip: str, blamed: str) -> None:
    vendored = tmp_path / "vendored"
    vendored.mkdir()
    (vendored / "helper.py").write_text("import os\n\ndef shell():\n    os.system('true')\n", encoding="utf-8")
    program = tmp_path / "app.py"
    program.write_text(
        f"import sys\nsys.path.insert(0, {str(vendored)!r})\nimport helper\n\nhelper.shell()\n", encoding="utf-8"
    )
    stream = tmp_path / "audit.jsonl"
    chosen = {
        "OTEL_PYTHON_AUDIT_CORE": core,
        "OTEL_PYTHON_AUDIT_LOG_STREAM": str(stream),
        "OTEL_PYTHON_AUDIT_LOG_FORMAT": "json",
        "OTEL_PYTHON_AUDIT_LOCATION": "process",
        "OTEL_PYTHON_AUDIT_LOCATION_SKIP": str(tmp_path / skip) if skip else "",
    }
    command = [str(SCRIPTS / "otel-audit"), "run", "--no-summary", str(program)]
    subprocess.run(command, env=environment(**chosen), check=True, timeout=60)
    records = map(json.loads, stream.read_text(encoding="utf-8").splitlines())
    (found,) = [one for one in records if one["event"] == "python.audit.os.system"]
    assert Path(found["code.file.path"]).name == blamed


def test_what_is_excluded_is_not_recorded(tmp_path: Path, core: str) -> None:
    stream = tmp_path / "audit.jsonl"
    chosen = {
        "OTEL_PYTHON_AUDIT_CORE": core,
        "OTEL_PYTHON_AUDIT_INCLUDE": "app.*",
        "OTEL_PYTHON_AUDIT_EXCLUDE": "app.second,app.third.*",
        "OTEL_PYTHON_AUDIT_LOG_STREAM": str(stream),
        "OTEL_PYTHON_AUDIT_LOG_FORMAT": "json",
    }
    program = "import sys; [sys.audit(name) for name in ('app.first', 'app.second', 'app.third.x', 'app.third')]"
    command = [str(SCRIPTS / "otel-audit"), "run", "--no-summary", "-c", program]
    subprocess.run(command, env=environment(**chosen), check=True, timeout=60)
    records = [json.loads(line)["event"] for line in stream.read_text(encoding="utf-8").splitlines()]
    assert records == ["python.audit.app.first", "python.audit.app.third"]


@pytest.mark.parametrize(
    ("propagators", "fields"), [("", ["BAGGAGE", "TRACEPARENT"]), ("baggage", ["BAGGAGE"]), ("none", [])]
)
def test_children_get_the_fields_of_the_propagators(propagators: str, fields: list[str]) -> None:
    child = "import os; print(sorted({'BAGGAGE', 'TRACEPARENT'} & os.environ.keys()))"
    program = f"""
import subprocess, sys
from opentelemetry import baggage, context, trace
context.attach(baggage.set_baggage("tenant", "blue"))
with trace.get_tracer("app").start_as_current_span("request"):
    subprocess.run([sys.executable, "-I", "-c", {child!r}], check=True)
"""
    command = [str(SCRIPTS / "otel-audit"), "run", "--children", "--no-summary", "--log-stream", "none", "-c", program]
    chosen = {"OTEL_PROPAGATORS": propagators} if propagators else {}
    done = subprocess.run(command, env=environment(**chosen), capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == str(fields), done.stderr
