"""A fork past `os.fork`: libc's, as uWSGI calls it."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

from otel_audit import raw_fork
from tests.conftest import Run

PROGRAM = """
import ctypes, os, sys, threading
import otel_audit
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

otel_audit.install(include="app.*", log_stream=sys.argv[1], log_format="json", flush_interval=60000)
trace.set_tracer_provider(TracerProvider())
tracer = trace.get_tracer("test")
assert otel_audit.flush()
sys.audit("app.parent", 1)
if ctypes.PyDLL(None).fork() == 0:
    with tracer.start_as_current_span("first"):
        sys.audit("app.child", 2)
    sys.audit("app.child", 3)
    assert otel_audit.flush()
    assert otel_audit.health().seen == 2, otel_audit.health()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
assert otel_audit.flush()
print(otel_audit.health().seen)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="libc's fork")
def test_a_child_counts_and_delivers_its_own_from_its_first_span_on(run_python: Run, core: str, tmp_path: Path) -> None:
    stream = tmp_path / "audit.jsonl"
    ran = run_python(PROGRAM, str(stream), env={"OTEL_PYTHON_AUDIT_CORE": core})
    assert ran.result == 1
    events = [json.loads(line) for line in stream.read_text().splitlines()]
    assert sorted((event["event"], event["python.audit.args"]) for event in events) == [
        ("python.audit.app.child", "2"),
        ("python.audit.app.child", "3"),
        ("python.audit.app.parent", "1"),
    ]
    assert len({event["process.pid"] for event in events}) == 2
    assert ran.err.count("forked past os.fork") == 1


def test_a_known_process_is_left_alone() -> None:
    handled: list[int] = []
    fork = raw_fork.RawFork(lambda: handled.append(1))
    fork.look()
    assert handled == []


def test_another_process_is_handled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    handled: list[int] = []
    fork = raw_fork.RawFork(lambda: handled.append(1))
    monkeypatch.setattr("os.getpid", lambda: 7)
    fork.look()
    fork.look()
    assert handled == [1]


def test_uwsgi_without_threads_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    uwsgi = types.ModuleType("uwsgi")
    monkeypatch.setitem(sys.modules, "uwsgi", uwsgi)
    uwsgi.has_threads = 1  # type: ignore[attr-defined]
    assert raw_fork.advice() == ""
    uwsgi.has_threads = 0  # type: ignore[attr-defined]
    assert "enable-threads" in raw_fork.advice()
