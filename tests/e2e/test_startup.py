"""The start-up file arms before the program's first line, and before what later `.pth` files do; it breaks no start."""

from __future__ import annotations

import json
import os
import subprocess
import timeit
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from otel_audit import startup_file
from tests.e2e.bare import Bare
from tests.e2e.conftest import FAST, SCRIPTS
from tests.receiver import Receiver

PROGRAM = "import sys; sys.audit('app.first', 1)"
EVENTS = ["python.audit.app.first", "python.audit.later.pth"]
NONE = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
ON = {"OTEL_PYTHON_AUDIT_STARTUP": "true", "OTEL_PYTHON_AUDIT_INCLUDE": "app.*,later.*", **NONE}
IS_THERE = "import sys; print('otel_audit' in sys.modules, 'otel_audit.runtime' in sys.modules)"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    made = Bare(tmp_path_factory.mktemp("bare") / "venv")
    made.see_packages()
    made.arm()
    return made


def call(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    return subprocess.run(
        command, env={**kept, **FAST, **variables}, capture_output=True, text=True, timeout=60, check=False
    )


def stream(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_nothing_of_ours_is_imported_without_the_variable(bare: Bare) -> None:
    for value in ("", "false", "1"):
        assert call(bare.python, "-c", IS_THERE, OTEL_PYTHON_AUDIT_STARTUP=value).stdout == "False False\n"


def test_without_the_variable_the_line_costs_microseconds() -> None:
    line = compile(startup_file.TEXT, startup_file.NAME, "exec")
    assert "OTEL_PYTHON_AUDIT_STARTUP" not in os.environ
    assert min(timeit.repeat(lambda: exec(line), number=100, repeat=20)) / 100 < 50e-6


def test_what_later_files_do_and_the_first_line_are_seen(bare: Bare, tmp_path: Path, core: str) -> None:
    log = tmp_path / "audit.jsonl"
    done = call(bare.python, "-c", PROGRAM, **ON, OTEL_PYTHON_AUDIT_LOG_STREAM=str(log), OTEL_PYTHON_AUDIT_CORE=core)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [record["event"] for record in stream(log)] == EVENTS[::-1]


@pytest.mark.parametrize("option", ["-E", "-I", "-S"])
def test_who_wants_no_environment_gets_no_bridge(bare: Bare, option: str) -> None:
    done = call(bare.python, option, "-c", IS_THERE, **ON)
    assert (done.stdout, done.stderr) == ("False False\n", "") if option == "-S" else ("True False\n", "")


def test_an_interpreter_without_the_package_starts_in_silence(tmp_path: Path) -> None:
    alone = Bare(tmp_path / "venv")
    alone.arm()
    done = call(alone.python, "-c", IS_THERE, **ON)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False False\n", "")


def test_records_wait_for_the_exporters_of_opentelemetry_instrument(bare: Bare, receiver: Receiver, core: str) -> None:
    command = (str(SCRIPTS / "opentelemetry-instrument"), bare.python, "-c", PROGRAM)
    variables = {**ON, **receiver.env("http/protobuf"), "OTEL_PYTHON_AUDIT_CORE": core}
    done = call(*command, **{**variables, "OTEL_PYTHON_AUDIT_INCLUDE": "app.*,later.*,import"})
    assert (done.returncode, done.stderr) == (0, "")
    ours = [log for log in receiver.logs if log.event_name in EVENTS]
    assert sorted(log.event_name for log in ours) == EVENTS
    imported = [str(log.attributes["code.namespace"]) for log in receiver.logs if "code.namespace" in log.attributes]
    assert not [name for name in imported if name.startswith("opentelemetry")]
    counts = receiver.metric_by("python.audit.events", "python.audit.event")
    assert (counts["app.first"], counts["later.pth"]) == (1, 1)


IN_CODE = """
import sys, time
sys.audit("app.first", 1)
from opentelemetry._logs import set_logger_provider
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
memory, provider = InMemoryLogRecordExporter(), LoggerProvider()
provider.add_log_record_processor(SimpleLogRecordProcessor(memory))
set_logger_provider(provider)
sys.audit("app.second", 2)
import otel_audit
assert otel_audit.flush(30)
print(*(data.log_record.event_name for data in memory.get_finished_logs()))
print(otel_audit.health().destinations["logs"])
"""


def test_records_wait_for_a_provider_that_the_program_sets(bare: Bare, core: str) -> None:
    done = call(bare.python, "-c", IN_CODE, **ON, OTEL_PYTHON_AUDIT_CORE=core)
    assert done.returncode == 0, done.stderr
    names, account = done.stdout.splitlines()
    assert names.split() == [EVENTS[1], EVENTS[0], "python.audit.app.second"]
    assert account == "{'kept': 3, 'delivered': 3}"


def test_nobody_sets_a_provider_and_nothing_is_lost_in_silence(bare: Bare) -> None:
    program = f"{PROGRAM}; import otel_audit; otel_audit.flush(30); print(otel_audit.health().destinations['logs'])"
    done = call(bare.python, "-c", program, **ON)
    assert done.stdout == "{'kept': 2, 'no_pipeline': 2}\n"


def test_run_arms_with_its_own_options(bare: Bare, tmp_path: Path, core: str) -> None:
    log = tmp_path / "audit.jsonl"
    variables = {**ON, "OTEL_PYTHON_AUDIT_INCLUDE": "nothing.*"}
    options = ("--core", core, "--include", "app.*,later.*", "--log-stream", str(log), "--summary")
    done = call(bare.python, "-m", "otel_audit", "run", *options, "-c", PROGRAM, **variables)
    assert done.returncode == 0
    assert [record["event"] for record in stream(log)] == EVENTS[::-1]
    assert done.stderr.count("2 audit events seen, 2 kept, 0 lost") == 1
    assert "armed already" not in done.stderr


def test_other_verbs_are_not_recorded(bare: Bare) -> None:
    done = call(bare.python, "-m", "otel_audit", "events", "dns", **ON, OTEL_PYTHON_AUDIT_LOG_STREAM="stderr")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("way", ["alone", "instrument", "run"])
def test_a_bad_setting_is_told_once(bare: Bare, way: str) -> None:
    words = {
        "alone": (bare.python,),
        "instrument": (str(SCRIPTS / "opentelemetry-instrument"), bare.python),
        "run": (bare.python, "-m", "otel_audit", "run"),
    }
    done = call(*words[way], "-c", "print('fine')", **ON, OTEL_PYTHON_AUDIT_RING_SIZE="abc")
    assert done.stdout == "fine\n"
    assert done.stderr.count("OTEL_PYTHON_AUDIT_RING_SIZE=abc") == 1


def test_usage_of_run_is_told_once(bare: Bare) -> None:
    done = call(bare.python, "-m", "otel_audit", "run", "--nonsense", **ON)
    assert done.returncode == 2
    assert done.stderr.count("usage:") == 1


def test_what_the_missing_sdk_means_is_still_told(bare: Bare) -> None:
    command = (str(SCRIPTS / "opentelemetry-instrument"), bare.python, "-c", "pass")
    done = call(*command, **ON, OTEL_PYTHON_DISTRO="none_of_that_name", OTEL_PYTHON_CONFIGURATOR="nor_that")
    assert done.returncode == 0
    assert done.stderr.count("no OpenTelemetry SDK is configured") <= 1


def test_forked_children_have_their_own_counts(bare: Bare, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    program = """
import os, sys
sys.audit("app.parent")
child = os.fork()
if child == 0:
    sys.audit("app.child")
    sys.exit()
os.waitpid(child, 0)
"""
    done = call(bare.python, "-c", program, **ON, OTEL_PYTHON_AUDIT_LOG_STREAM=str(log))
    assert done.returncode == 0, done.stderr
    counts = Counter(record["event"] for record in stream(log))
    assert counts == {"python.audit.app.parent": 1, "python.audit.app.child": 1, "python.audit.later.pth": 1}
