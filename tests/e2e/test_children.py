"""Children that multiprocessing forks end past atexit, and are heard all the same: each once, with its own counts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.e2e.conftest import PROGRAMS, environment, instrumented
from tests.receiver import Receiver

HTTP = {"OTEL_PYTHON_AUDIT_INCLUDE": "children.*", "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "60000"}
"""An interval that none of them lives to see."""


def test_forked_children_deliver_at_their_end(receiver: Receiver, core: str) -> None:
    variables = environment(**{**receiver.env("http/protobuf"), **HTTP, "OTEL_PYTHON_AUDIT_CORE": core})
    subprocess.run(instrumented(str(PROGRAMS / "children.py")), env=variables, check=True, timeout=60)
    logs = [log for log in receiver.logs if log.event_name == "python.audit.children.work"]
    assert sorted(str(log.attributes["python.audit.args"]) for log in logs) == ["0", "1", "2", "99"]


def test_children_of_children_deliver_each_once_and_inherit_nothing(receiver: Receiver, core: str) -> None:
    variables = environment(**{**receiver.env("http/protobuf"), **HTTP, "OTEL_PYTHON_AUDIT_CORE": core})
    command = instrumented(str(PROGRAMS / "generations.py"))
    done = subprocess.run(command, env=variables, check=True, timeout=60, stdout=subprocess.PIPE, text=True)
    assert done.stdout == "0\n"
    logs = [log for log in receiver.logs if log.event_name == "python.audit.children.work"]
    assert sorted(str(log.attributes["python.audit.args"]) for log in logs) == ["0", "1", "2", "3", "4"]


def test_each_line_names_the_process_that_wrote_it(core: str, tmp_path: Path) -> None:
    stream = tmp_path / "audit.jsonl"
    none = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
    variables = environment(
        **{**none, **HTTP, "OTEL_PYTHON_AUDIT_CORE": core, "OTEL_PYTHON_AUDIT_LOG_STREAM": str(stream)}
    )
    subprocess.run(instrumented(str(PROGRAMS / "children.py")), env=variables, check=True, timeout=60)
    lines = [json.loads(line) for line in stream.read_text().splitlines()]
    assert sorted(line["python.audit.args"] for line in lines) == ["0", "1", "2", "99"]
    assert len({line["process.pid"] for line in lines}) == 4
