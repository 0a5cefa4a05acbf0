"""A signal that ends the process waits for the delivery, a bounded time, and then does what it would have done."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAMS, environment, instrumented
from tests.receiver import Receiver

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM ends a process unasked there")
PROGRAM = str(PROGRAMS / "terminated.py")
VARIABLES = {
    "OTEL_PYTHON_AUDIT_INCLUDE": "app.work",
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "60000",  # none of them lives to see it
    "OTEL_PYTHON_AUDIT_EXIT_SIGNALS": "SIGTERM",
}
LONGER_THAN_BY_DEFAULT_S = 3.0


@contextmanager
def running(command: list[str], **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, and the line it says when it is ready."""
    with subprocess.Popen(
        command,
        env=environment(**{**VARIABLES, **variables}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def delivered(stream: Path) -> list[str]:
    """Arguments of the records in the stream, which is made when something is written."""
    if not stream.exists():
        return []
    return [json.loads(line)["python.audit.args"] for line in stream.read_text().splitlines()]


def end(mode: str, stream: Path, core: str, *, send: bool = True, **more: str) -> tuple[int, str, str]:
    """Exit code, what the program said when it was ready, and afterwards."""
    variables = {"OTEL_PYTHON_AUDIT_LOG_STREAM": str(stream), "OTEL_PYTHON_AUDIT_CORE": core, **more}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", PROGRAM, mode]  # it forks with threads, on purpose
    with running(command, **variables) as (process, ready):
        if send:
            process.send_signal(signal.SIGTERM)
        said, complaint = process.communicate(timeout=30)
        assert not complaint
        return process.returncode, ready, said.strip()


def test_everything_arrives_over_otlp(receiver: Receiver, core: str) -> None:
    variables = {**receiver.env("http/protobuf"), "OTEL_PYTHON_AUDIT_CORE": core, "OTEL_BLRP_SCHEDULE_DELAY": "60000"}
    with running(instrumented(PROGRAM, "plain"), **variables) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM
    assert [log.attributes["python.audit.args"] for log in receiver.logs] == ["0", "1", "2"]
    counted = [point.value for point in receiver.metrics if point.metric == "python.audit.events"]
    assert counted[-1] == 3


def test_the_default_action_follows(stream: Path, core: str) -> None:
    assert end("plain", stream, core) == (-signal.SIGTERM, "ready", "")
    assert delivered(stream) == ["0", "1", "2"]


def test_without_the_setting_the_last_interval_is_lost(stream: Path, core: str) -> None:
    assert end("plain", stream, core, OTEL_PYTHON_AUDIT_EXIT_SIGNALS="")[0] == -signal.SIGTERM
    assert delivered(stream) == []


def test_a_handler_that_was_there_is_called_after(stream: Path, core: str) -> None:
    assert end("handler-before", stream, core) == (7, "ready", "handled")
    assert delivered(stream) == ["0", "1", "2"]


def test_a_handler_that_comes_later_decides(stream: Path, core: str) -> None:
    assert end("handler-after", stream, core) == (7, "ready", "handled")
    assert delivered(stream) == ["0", "1", "2"]  # it exits, and an exit delivers


def test_a_signal_that_is_ignored_stays_ignored(stream: Path, core: str) -> None:
    assert end("ignored", stream, core, send=False) == (5, "ready", "")


def test_a_forked_child_delivers_its_own(stream: Path, core: str) -> None:
    assert end("fork", stream, core, send=False) == (-signal.SIGTERM, "ready", f"child {-signal.SIGTERM}")
    assert sorted(delivered(stream)) == ["0", "1", "2", "99"]


def test_a_lock_that_the_interrupted_code_holds_costs_the_wait_and_no_more(stream: Path, core: str) -> None:
    code, ready, _ = end("lock", stream, core, send=False)
    assert (code, ready) == (-signal.SIGTERM, "ready")


def slow(receiver: Receiver, core: str, **more: str) -> dict[str, str]:
    """An exporter that waits for its collector as long as it takes."""
    return {
        **receiver.env("http/protobuf"),
        "OTEL_PYTHON_AUDIT_CORE": core,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "600",
        "OTEL_METRIC_EXPORT_INTERVAL": "600000",
        **more,
    }


@pytest.mark.parametrize("mode", ["plain", "twice"])
def test_a_collector_that_hangs_does_not_hold_it_up(receiver: Receiver, core: str, mode: str) -> None:
    receiver.hang()
    with running(instrumented(PROGRAM, mode), **slow(receiver, core)) as (process, _):
        if mode == "plain":
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM


@pytest.mark.parametrize(("timeout_ms", "arrives"), [(100, False), (60_000, True)])
def test_how_long_it_waits_for_a_slow_collector_is_the_users(
    receiver: Receiver, core: str, timeout_ms: int, arrives: bool
) -> None:
    variables = slow(receiver, core, OTEL_PYTHON_AUDIT_EXIT_TIMEOUT=str(timeout_ms))
    with running(instrumented(PROGRAM, "plain"), **variables) as (process, _):
        receiver.hang()
        process.send_signal(signal.SIGTERM)
        if arrives:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(LONGER_THAN_BY_DEFAULT_S)
            receiver.release()
        assert process.wait(30) == -signal.SIGTERM
    receiver.release()
    assert len(receiver.logs) == (3 if arrives else 0)


def test_outside_the_main_thread_health_notes_it(stream: Path, core: str) -> None:
    code, ready, _ = end("thread", stream, core)
    assert ready == "exit_signals: SIGTERM: handlers can be set in the main thread only ready"
    assert code == -signal.SIGTERM
