"""`children`: programs that a followed one starts are recorded once each, in the trace that started them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.bare import Bare
from tests.e2e.conftest import PROGRAMS, environment, instrumented
from tests.e2e.programs.spawner import OWN, WAYS
from tests.receiver import Log, Receiver

NOT_FOLLOWED = {"replaced", "isolated"}
WITHOUT_TRACE = {"pool", "system", "preexec", "uvloop"}
"""Recorded all the same: the worker of a pool works for many requests, the others are started past what hands it on."""
CHOSEN = {
    "OTEL_EXPORTER_OTLP_TIMEOUT": "30",  # seconds: a dozen interpreters may start at once
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "60000",  # no child lives to see it
    "OTEL_PYTHON_AUDIT_EXIT_TIMEOUT": "30000",  # for the same reason as the exporters'
    "OTEL_PYTHON_AUDIT_INCLUDE": "child.*,os.exec",
}


def run(core: str, *options: str) -> list[str]:
    words = (sys.executable, "-m", "otel_audit", "run", "--children", "--core", core, *options)
    return [*words, str(PROGRAMS / "spawner.py")]


def work(receiver: Receiver) -> list[Log]:
    return [log for log in receiver.logs if log.event_name == "python.audit.child.work"]


@pytest.mark.parametrize("how", ["run", "instrument"])
def test_every_way_to_start_a_child(receiver: Receiver, core: str, how: str) -> None:
    variables = environment(**receiver.env("http/protobuf"), **CHOSEN, OTEL_PYTHON_AUDIT_CORE=core)
    command = run(core) if how == "run" else instrumented(str(PROGRAMS / "spawner.py"))
    if how == "instrument":
        variables["OTEL_PYTHON_AUDIT_CHILDREN"] = "true"
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    spans = {span.name: span for span in receiver.spans if span.name in WAYS}
    found = work(receiver)
    ways = Counter(str(log.attributes["python.audit.args"]) for log in found)
    assert ways == dict.fromkeys(set(WAYS) - NOT_FOLLOWED, 1)
    traces = {str(log.attributes["python.audit.args"]): (log.trace_id, log.span_id) for log in found}
    for way in ways:
        expected = (spans[way].trace_id, spans[way].span_id)
        if way == "own":
            expected = (OWN[3:35], OWN[36:52])
        assert traces[way] == (("", "") if way in WITHOUT_TRACE else expected), way
    assert receiver.metric_by("python.audit.events", "python.audit.event")["child.work"] == len(ways)


def test_what_is_recorded_before_exec_is_delivered(receiver: Receiver, core: str) -> None:
    program = """
import os, sys
from opentelemetry import trace
with trace.get_tracer("app").start_as_current_span("before"):
    sys.audit("child.before", 1)
    try:
        os.execv("/nowhere/at/all", ["x"])
    except OSError:
        sys.audit("child.still.here", 2)
    os.execl(sys.executable, sys.executable, "-c", "import sys; sys.audit('child.after', 3)")
"""
    variables = environment(**receiver.env("http/protobuf"), **CHOSEN)
    command = [*run(core)[:-1], "-c", program]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    names = Counter(log.event_name.removeprefix("python.audit.") for log in receiver.logs)
    assert names == {"child.before": 1, "child.still.here": 1, "os.exec": 2, "child.after": 1}
    assert len({log.trace_id for log in receiver.logs}) == 1
    counts = receiver.metric_by("python.audit.events", "python.audit.event")
    assert counts == {"child.before": 1, "child.still.here": 1, "os.exec": 2, "child.after": 1}


def test_options_of_run_and_its_stream_reach_the_children(tmp_path: Path, core: str) -> None:
    log = tmp_path / "audit.jsonl"
    options = ("--include", "child.*", "--log-stream", "audit.jsonl", "--no-summary")
    command = [*run(core, *options), "run", "shell", "fork", "grandchild"]
    done = subprocess.run(
        command, env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert sorted(line["python.audit.args"] for line in lines) == ["fork", "grandchild", "run", "shell"]
    assert len({line["trace_id"] for line in lines}) == 4
    assert len({line["process.pid"] for line in lines}) == 4


def test_children_print_no_summary(core: str) -> None:
    done = subprocess.run(
        [*run(core, "--include", "child.*", "--log-stream", "none"), "run"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.count("audit events seen") == 1


def test_other_programs_simply_get_the_variables() -> None:
    program = """
import subprocess
from opentelemetry import baggage, context, trace
context.attach(baggage.set_baggage("user.id", "ada"))
with trace.get_tracer("app").start_as_current_span("before") as span:
    print(format(span.get_span_context().trace_id, "032x"), flush=True)
    subprocess.run(["env"], check=True)
"""
    command = [*run("c", "--log-stream", "none", "--no-summary")[:-1], "-c", program]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    trace_id, *lines = done.stdout.splitlines()
    variables = dict(line.partition("=")[::2] for line in lines)
    assert variables["TRACEPARENT"].split("-")[1] == trace_id
    assert variables["BAGGAGE"] == "user.id=ada"


def test_a_context_handed_to_this_program_is_taken_over(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    command = [*run("c", "--include", "child.*", "--log-stream", str(log), "--no-summary")[:-1], "-c"]
    variables = {**environment(), "TRACEPARENT": OWN}
    subprocess.run([*command, "import sys; sys.audit('child.x')"], env=variables, timeout=60, check=True)
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["trace_id"], line["span_id"]) == (OWN[3:35], OWN[36:52])


def test_the_next_sitecustomize_has_its_turn(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.audit('child.customized', 1)\n")
    log = tmp_path / "audit.jsonl"
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import sitecustomize'], check=True)"
    options = ("--include", "child.*", "--log-stream", str(log), "--no-summary")
    variables = environment(PYTHONPATH=str(tmp_path))
    subprocess.run([*run("c", *options)[:-1], "-c", program], env=variables, timeout=60, check=True)
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert events == ["python.audit.child.customized"]  # that of the program itself ran before the bridge was there


def test_another_python_without_the_package_is_left_alone(tmp_path: Path) -> None:
    alone = Bare(tmp_path / "venv")
    program = (
        f"import subprocess; subprocess.run([{alone.python!r}, '-c', 'import sys; print(sys.path[0:2])'], check=True)"
    )
    command = [*run("c", "--log-stream", "none", "--no-summary")[:-1], "-c", program]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    done = subprocess.run(command, env=kept, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "inheritance" not in done.stdout


def test_a_mapping_that_fails_fails_as_it_would() -> None:
    program = """
import subprocess
class Bad(dict):
    def items(self):
        raise RuntimeError("mine")
try:
    subprocess.run(["true"], env=Bad(PATH="/bin"))
except RuntimeError as error:
    print(error)
import os
print(os.execve in os.supports_fd, callable(os.posix_spawn), os.execv.__name__)
class Holder:
    execv = os.execv
try:
    Holder().execv("/nowhere", ["x"])
except FileNotFoundError:
    print("not bound")
"""
    command = [*run("c", "--log-stream", "none", "--no-summary")[:-1], "-c", program]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "mine\nTrue True execv\nnot bound\n", done.stderr


def test_children_are_left_alone_by_default(receiver: Receiver) -> None:
    variables = environment(**receiver.env("http/protobuf"), **CHOSEN)
    command = [word for word in run("c") if word != "--children"]
    subprocess.run([*command, "run", "fork"], env=variables, timeout=60, check=True)
    assert [str(log.attributes["python.audit.args"]) for log in work(receiver)] == ["fork"]
