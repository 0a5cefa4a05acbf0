"""`otel-audit run` arms the bridge before the first line, exports where it is told to, and sums up at the end."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.cli.command import RUN, call, otel_audit, script
from tests.receiver import Receiver

Protocol = Literal["grpc", "http/protobuf"]
SPANS = """
import sys
from opentelemetry import trace
tracer = trace.get_tracer("app")
for number in range(3):
    with tracer.start_as_current_span("task") as span:
        span.update_name(f"task {number}")
        for _ in range(number + 1):
            sys.audit("app.step", _)
sys.audit("app.done", "+49 151 23456789")
"""


@pytest.fixture(params=["c", "python"])
def core(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def lines(stream: str) -> list[dict[str, Any]]:
    """The JSON lines among them."""
    return [json.loads(line) for line in stream.splitlines() if line.startswith("{")]


def rows(summary: str) -> list[list[str]]:
    """Cells of its tables."""
    return [re.split(r" {2,}", line.strip()) for line in summary.splitlines()]


def test_first_line_of_the_program_is_seen_and_our_set_up_is_not(core: str) -> None:
    done = call(*RUN, "--core", core, "--include", "all", "-c", "import sys; sys.audit('app.first')")
    names = [line["python.audit.event"] for line in lines(done.stderr)]
    assert names[:2] == ["cpython.run_command", "exec"]
    assert "app.first" in names
    assert not {"sys.addaudithook", "os.putenv", "socket.connect", "marshal.loads"} & set(names)


def test_summary_counts_events_and_traces_exactly(tmp_path: Path, core: str) -> None:
    done = call(*RUN, "--core", core, "--include", "app.*", "--exclude", "app.none", script(tmp_path, SPANS))
    found = rows(done.stderr)
    assert f"otel-audit: 7 audit events seen, 7 kept, 0 lost ({core} core, closed)" in done.stderr
    assert ["app.step", "custom", "6", "6"] in found
    assert ["app.done", "custom", "1", "1"] in found
    traces = [row[-3:] for row in found if row[-1].startswith("app.") and "task" in row[1]]
    assert traces == [
        ["task 2", "3", "app.step 3"],
        ["task 1", "2", "app.step 2"],
        ["task 0", "1", "app.step 1"],
    ]
    assert ["outside traces", "1", "app.done 1"] in found
    assert "span_events: 6 kept, 6 without an exporter" in done.stderr
    assert max(map(len, done.stderr[done.stderr.index("otel-audit:") :].splitlines())) <= 100


def test_records_carry_the_trace_and_are_redacted(tmp_path: Path, core: str) -> None:
    done = call(*RUN, "--core", core, "--include", "app.*", script(tmp_path, SPANS))
    records = lines(done.stderr)
    assert len(records) == 7
    assert len({record["trace_id"] for record in records[:6]}) == 3
    assert records[6]["python.audit.args"] == "[redacted:phone]"
    assert "23456789" not in done.stderr


def test_sampling_shows_in_the_summary() -> None:
    source = "import sys\nfor n in range(9): sys.audit('app.x', n)\nfor n in range(9): sys.audit('app.y', 1)"
    done = call(*RUN, "--include", "app.*", "--sampling", "app.x=2/s,app.y=first", "-c", source)
    (header,) = [line for line in done.stderr.splitlines() if line.startswith("EVENT ")]
    columns = header.split()
    counts = {row[0]: dict(zip(columns, row)) for row in rows(done.stderr) if row[0] in ("app.x", "app.y")}
    assert counts["app.x"]["SEEN"] == counts["app.y"]["SEEN"] == "9"
    assert int(counts["app.x"]["KEPT"]) + int(counts["app.x"]["LIMITED"]) == 9
    assert counts["app.y"]["KEPT"] == "1"


def test_nothing_selected_is_said_in_a_sentence() -> None:
    done = call(*RUN, "--include", "app.none", "-c", "pass")
    assert "0 audit events seen, 0 kept, 0 lost" in done.stderr
    assert "No audit events were selected." in done.stderr


@pytest.mark.parametrize("ending", ["1 / 0", "raise SystemExit(4)", "raise KeyboardInterrupt"])
def test_summary_is_printed_however_the_program_ends(ending: str) -> None:
    done = call(*RUN, "--include", "app.x", "-c", f"import sys; sys.audit('app.x'); {ending}")
    assert "1 audit event seen, 1 kept, 0 lost" in done.stderr
    assert done.returncode != 0


def test_children_print_no_summary() -> None:
    source = """
import os, subprocess, sys
sys.stdout.flush()
child = os.fork()
if not child:
    sys.exit()
os.waitpid(child, 0)
subprocess.run([sys.executable, "-c", "pass"], check=True)
"""
    done = call(*RUN, "--include", "process", "-c", source)
    assert done.stderr.count("otel-audit:") == 1
    assert ["subprocess.Popen", "process", "1", "1"] in rows(done.stderr)


def test_no_summary_when_not_wanted() -> None:
    done = call(*RUN, "--no-summary", "--include", "app.x", "-c", "import sys; sys.audit('app.x')")
    assert [line["event"] for line in lines(done.stderr)] == ["python.audit.app.x"]
    assert "otel-audit:" not in done.stderr


def test_an_option_beats_its_variable(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    done = call(
        *RUN,
        f"--log-stream={log}",
        "--no-summary",
        *("-c", "import sys; sys.audit('app.x')"),
        variables={"OTEL_PYTHON_AUDIT_LOG_STREAM": "stdout", "OTEL_PYTHON_AUDIT_INCLUDE": "app.x"},
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert [line["event"] for line in lines(log.read_text())] == ["python.audit.app.x"]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("ring-size", "abc"),
        ("include", "socket.conect"),
        ("sampling", "open=often"),
        ("signals", "smoke"),
        ("core", "rust"),
        ("log-stream", "/no/such/directory/x"),
        ("config-file", "/no/such/directory/x.toml"),
        ("baggage", "thread.id"),
    ],
)
def test_a_bad_value_is_one_line_and_the_program_runs(option: str, value: str) -> None:
    variable = "OTEL_PYTHON_AUDIT_" + option.upper().replace("-", "_")
    source = "import sys; print('ran'); sys.exit(7)"
    for written, done in (
        (f"--{option}", call(*RUN, f"--{option}", value, "-c", source)),
        (f"--{option}", call(*RUN, f"--{option}={value}", "-c", source)),
        (variable, call(*RUN, "-c", source, variables={variable: value})),
    ):
        assert (done.stdout, done.returncode) == ("ran\n", 7)
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"otel-audit: {written}={value}: expected ")
        assert line.endswith("the bridge is off")


def test_a_bad_redaction_key_is_not_shown() -> None:
    done = call(*RUN, "--redact-key", "hunter2", "-c", "print('ran')")
    assert done.stdout == "ran\n"
    assert done.stderr.startswith("otel-audit: --redact-key=[redacted]: expected at least 16 characters, or file:")
    assert "hunter2" not in done.stderr


def test_a_file_stands_between_the_variables_and_the_defaults_of_this_command(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    file = script(tmp_path, f"log_stream = '{log}'\ninclude = 'app.x'\nredact = 'off'\n", "audit.toml")
    raising = "import sys; sys.audit('app.x', 'ada@example.com'); sys.audit('app.y')"
    done = call(*RUN, "--config-file", file, "--no-summary", "-c", raising)
    assert (done.stderr, done.returncode) == ("", 0)
    assert [line["python.audit.args"] for line in lines(log.read_text())] == ["ada@example.com"]


def test_what_is_wrong_in_a_file_is_one_line_and_the_program_runs(tmp_path: Path) -> None:
    file = script(tmp_path, "processors = ['no.such.module:x']\n", "audit.toml")
    done = call(*RUN, "--config-file", file, "-c", "print('ran')")
    assert done.stdout == "ran\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"otel-audit: {file}: processors[0]=no.such.module:x: expected ")
    assert line.endswith("the bridge is off")


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_PYTHON_AUDIT_ENABLED": "false"},
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "audit"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_switched_off_it_only_runs_the_program(variables: dict[str, str]) -> None:
    done = call(*RUN, "-c", "import sys; print('ran'); sys.exit(7)", variables=variables)
    assert (done.stdout, done.returncode) == ("ran\n", 7)
    (line,) = done.stderr.splitlines()
    assert line.startswith("otel-audit: off: OTEL_")


@pytest.mark.parametrize("arguments", [[], ["--nonsense", "app.py"], ["--core"], ["-m"], ["-c"]])
def test_wrong_use_is_exit_code_2(arguments: list[str]) -> None:
    done = otel_audit("run", *arguments)
    assert done.returncode == 2
    assert "usage: otel-audit run" in done.stderr


def test_help_names_every_setting() -> None:
    from otel_audit.settings import ROWS

    done = otel_audit("run", "--help")
    assert done.returncode == 0
    assert all((f"--{row.name.replace('_', '-')} " in done.stdout) is not row.variable_only for row in ROWS)


def test_importing_the_command_is_light() -> None:
    heavy = "{'opentelemetry', 'structlog', 'asyncio', 'grpc'}"
    done = call(sys.executable, "-c", f"import sys, otel_audit.cli; print({heavy} & set(sys.modules))")
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_exports_where_the_otlp_variables_point(tmp_path: Path, protocol: Protocol, core: str) -> None:
    with Receiver() as receiver:
        variables = receiver.env(protocol)
        done = call(*RUN, "--core", core, "--include", "app.*", script(tmp_path, SPANS), variables=variables)
        assert (done.stderr, done.returncode) == ("", 0)
        assert sorted(span.name for span in receiver.spans) == ["task 0", "task 1", "task 2"]
        assert sum(len(span.events) for span in receiver.spans) == 6
        assert len([log for log in receiver.logs if log.event_name.startswith("python.audit.app.")]) == 7
        assert len({log.trace_id for log in receiver.logs if log.event_name == "python.audit.app.step"}) == 3


def test_summary_beside_an_endpoint_tells_what_was_delivered(tmp_path: Path) -> None:
    with Receiver() as receiver:
        variables = receiver.env("http/protobuf")
        done = call(*RUN, "--summary", "--include", "app.*", script(tmp_path, SPANS), variables=variables)
    assert "logs: 7 kept, 7 delivered" in done.stderr
    assert "span_events: 6 kept, 6 delivered" in done.stderr
    assert lines(done.stderr) == []


def test_refused_bridge_leaves_the_programs_own_telemetry_on(tmp_path: Path) -> None:
    with Receiver() as receiver:
        variables = receiver.env("http/protobuf")
        done = call(*RUN, "--core", "rust", script(tmp_path, SPANS), variables=variables)
        assert len(done.stderr.splitlines()) == 1
        assert sorted(span.name for span in receiver.spans) == ["task 0", "task 1", "task 2"]
        assert not any(span.events for span in receiver.spans)


def test_spans_exist_without_a_distro(tmp_path: Path) -> None:
    """The tracer provider is the SDK's even where no configurator is installed."""
    hide = (
        "import opentelemetry.instrumentation.auto_instrumentation._load as l\n"
        "real = l.entry_points\n"
        "l.entry_points = lambda group: [] if group.endswith(('distro', 'configurator')) else real(group=group)\n"
    )
    start = f"{hide}import sys\nfrom otel_audit.cli import main\nsys.exit(main())"
    launcher = script(tmp_path, start, "launch.py")
    done = call(sys.executable, launcher, "run", "--include", "app.*", script(tmp_path, SPANS))
    assert ["task 2", "3", "app.step 3"] in [row[-3:] for row in rows(done.stderr)]
