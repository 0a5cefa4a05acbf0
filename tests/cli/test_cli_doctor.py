"""`otel-audit doctor` says whether the bridge would work, and why not."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import otel_audit
from tests.receiver import Receiver


def doctor(**variables: str) -> tuple[int, dict[tuple[str, str], dict[str, Any]]]:
    done = otel_audit("doctor", "--json", variables=variables)
    report = json.loads(done.stdout)
    assert done.stderr == ""
    assert report["ok"] is (done.returncode == 0)
    return done.returncode, {(row["section"], row["name"]): row for row in report["findings"]}


def test_all_is_well_with_a_collector() -> None:
    with Receiver() as receiver:
        code, found = doctor(**receiver.env("grpc"))
        assert not receiver.spans
        assert not receiver.logs
    assert code == 0
    assert not [row for row in found.values() if row["mark"] in ("warn", "fail")]
    assert found["signals", "logs"]["text"] == "OTLPLogExporter (grpc)"
    assert found["signals", "log records"]["text"].startswith("encoded by the bridge (")
    assert found["signals", "log records"]["text"].endswith("), sent by the SDK over gRPC")
    assert found["endpoint", receiver.grpc_endpoint]["text"].startswith("reachable")
    for core in ("c", "python"):
        assert found["self-test", f"{core} core"]["text"].endswith("decoded, redacted")


def test_settings_tell_their_origin_and_typos_are_found() -> None:
    code, found = doctor(OTEL_PYTHON_AUDIT_RING_SIZE="65536", OTEL_PYTHON_AUDIT_INCLUD="x", OTEL_TRACES_EXPORTER="none")
    assert code == 0
    assert found["settings", "RING_SIZE"]["text"] == "65536  (environment)"
    assert found["settings", "CORE"]["text"] == "auto  (default)"
    assert "OTEL_PYTHON_AUDIT_INCLUDE" in found["settings", "OTEL_PYTHON_AUDIT_INCLUD"]["text"]
    assert found["signals", "span_events"]["text"] == "no exporter: OTEL_TRACES_EXPORTER=none"
    assert found["signals", "span_events"]["mark"] == "warn"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_PYTHON_AUDIT_RING_SIZE", "abc"),
        ("OTEL_PYTHON_AUDIT_INCLUDE", "socket.conect"),
        ("OTEL_PYTHON_AUDIT_ENABLED", "false"),
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "audit"),
    ],
)
def test_what_keeps_the_bridge_off_is_exit_code_1(variable: str, value: str) -> None:
    code, found = doctor(**{variable: value})
    assert code == 1
    assert found["bridge", "settings"]["mark"] == "fail"
    assert variable in found["bridge", "settings"]["text"]


def test_a_bad_setting_is_told_once() -> None:
    done = otel_audit("doctor", variables={"OTEL_PYTHON_AUDIT_RING_SIZE": "abc"})
    assert done.stdout.count("OTEL_PYTHON_AUDIT_RING_SIZE=abc") == 1
    assert done.stdout.splitlines()[-1].startswith("The bridge would not work: 1 failure, ")


def test_it_leaves_no_trace(tmp_path: Path) -> None:
    code, found = doctor(OTEL_PYTHON_AUDIT_LOG_STREAM=str(tmp_path / "audit.log"))
    assert code == 0
    assert found["signals", "stream"]["text"] == f"log lines to {tmp_path / 'audit.log'}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("in_file", [False, True])
def test_the_redaction_key_is_not_shown(tmp_path: Path, in_file: bool) -> None:
    key = "hunter2-hunter2-hunter2"
    (tmp_path / key).write_text(key)
    given = f"file:{tmp_path / key}" if in_file else key
    done = otel_audit("doctor", variables={"OTEL_PYTHON_AUDIT_REDACT_KEY": given})
    assert done.returncode == 0
    assert "hunter2" not in done.stdout + done.stderr
    assert "[redacted]  (environment)" in done.stdout


def test_the_configuration_file_is_looked_into(tmp_path: Path) -> None:
    file = tmp_path / "audit.toml"
    file.write_text("flush_interval = 500\nprocessors = ['structlog.processors:UnicodeDecoder']\n"
                    "[[events]]\nname = 'shop.order.placed'\n")  # fmt: skip
    code, found = doctor(OTEL_PYTHON_AUDIT_CONFIG_FILE=str(file))
    assert code == 0
    assert found["settings", "FLUSH_INTERVAL"]["text"] == "500  (file)"
    assert found["settings", "CONFIG_FILE"]["text"] == f"{file}  (environment)"
    assert found["settings", "in the file"]["text"] == "1 event, 1 processor"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("include = 'socket.conect'", "include=socket.conect: expected a group"),
        ("processors = ['no.such.module:x']", "processors[0]=no.such.module:x: expected "),
        ("ringsize = 5", "ringsize: expected a setting"),
    ],
)
def test_what_is_wrong_in_the_file_keeps_the_bridge_off(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "audit.toml"
    file.write_text(content)
    code, found = doctor(OTEL_PYTHON_AUDIT_CONFIG_FILE=str(file))
    assert code == 1
    assert found["bridge", "settings"]["text"].startswith(f"{file}: {problem}")


def test_an_endpoint_that_nobody_serves_is_a_warning() -> None:
    with socket.socket() as taken:  # bound and not listening: refuses
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:secret@127.0.0.1:{taken.getsockname()[1]}"
        code, found = doctor(OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf")
    assert code == 0
    (row,) = [row for (section, _), row in found.items() if section == "endpoint"]
    assert row["mark"] == "warn"
    assert "cannot connect" in row["text"]
    assert "secret" not in json.dumps(row)


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({"OTEL_PYTHON_AUDIT_OTLP": "sdk"}, "the SDK's own path (OTEL_PYTHON_AUDIT_OTLP=sdk)"),
        ({"OTEL_LOGS_EXPORTER": "console"}, "the SDK's own path: the exporter is a ConsoleLogRecordExporter"),
        ({"OTEL_ATTRIBUTE_COUNT_LIMIT": "9"}, "the SDK's own path: log records have limits of their own"),
    ],
)
def test_the_way_of_log_records_is_told(variables: dict[str, str], way: str) -> None:
    code, found = doctor(**{"OTEL_LOGS_EXPORTER": "otlp", **variables})
    assert code == 0
    assert found["signals", "log records"]["text"] == way


def test_a_broken_exporter_is_named() -> None:
    code, found = doctor(OTEL_TRACES_EXPORTER="smoke")
    assert code == 0
    assert "smoke" in found["signals", "set-up"]["text"]


def test_people_get_aligned_lines_and_a_verdict() -> None:
    done = otel_audit(
        "doctor",
        variables={"OTEL_PYTHON_AUDIT_CORE": "python", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
    )
    assert done.returncode == 0
    assert "  ok    core " in done.stdout
    assert "python: asked for by name" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("The bridge works; ")
