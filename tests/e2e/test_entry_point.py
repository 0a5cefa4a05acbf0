"""What an operator sees when the entry point cannot do its work, or is told not to."""

from __future__ import annotations

import subprocess

import pytest

from tests.e2e.conftest import environment, instrumented
from tests.receiver import Receiver
from tests.receiver.records import Point

SCRIPT = "import sys, otel_audit; print(otel_audit.health().status.state); sys.exit(7)"


def run(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        instrumented("-c", SCRIPT),
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RING_SIZE", "abc", "expected a whole number"),
        ("SIGNALS", "traces", "expected"),
        ("INCLUDE", "socket.conect", "did you mean socket.connect"),
        ("INCLUDE", "subprocess.Pipe*", "expected"),
        ("SAMPLING", "open=often", "expected"),
        ("LOG_STREAM", "/nowhere/at/all.log", "writable file"),
        ("ENABLED", "yes", "expected true or false"),
        ("CORE", "rust", "expected"),
    ],
)
def test_bad_setting_is_one_line_and_the_program_runs(receiver: Receiver, name: str, value: str, expected: str) -> None:
    done = run(**receiver.env("http/protobuf"), **{f"OTEL_PYTHON_AUDIT_{name}": value})
    assert (done.returncode, done.stdout) == (7, "refused\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"otel-audit: OTEL_PYTHON_AUDIT_{name}=")
    assert expected in line
    states = {point.attributes["python.audit.bridge.state"] for point in statuses(receiver)}
    assert states == {"refused"}


def statuses(receiver: Receiver) -> list[Point]:
    return [point for point in receiver.metrics if point.metric == "python.audit.bridge.status"]


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "flask, audit"},
        {"OTEL_PYTHON_AUDIT_ENABLED": "false"},
    ],
)
def test_switched_off_without_a_word(receiver: Receiver, variables: dict[str, str]) -> None:
    done = run(**receiver.env("http/protobuf"), **variables)
    assert (done.returncode, done.stdout, done.stderr) == (7, "off\n", "")


def test_no_exporter_says_what_to_install() -> None:
    none = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
    done = run(**none, OTEL_PYTHON_CONFIGURATOR="nobody")
    assert done.returncode == 7
    assert 'pip install "otel-audit[otlp]"' in done.stderr
