"""deploy/serverless: what an invocation recorded is out before its answer: freezing the process loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.receiver import Receiver

FOLDER = ROOT / "deploy" / "serverless"
INSTRUMENT = Path(sys.executable).with_name("opentelemetry-instrument")
PATIENCE = 60.0


def variables() -> dict[str, str]:
    """Those of the template, as the function gets them."""
    template = yaml.safe_load((FOLDER / "template.yaml").read_text(encoding="utf-8"))
    found: dict[str, str] = template["Resources"]["Orders"]["Properties"]["Environment"]["Variables"]
    return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class Function:
    """A process that is frozen between two invocations."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def invoke(self, a: int, b: int) -> dict[str, int]:
        """Thaw it, call it, freeze it when it has answered."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(json.dumps({"a": a, "b": b}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        self.process.send_signal(signal.SIGSTOP)
        answer: dict[str, int] = json.loads(line)
        return answer


@contextmanager
def function(receiver: Receiver, kind: str, core: str) -> Iterator[Function]:
    """The example under the template's variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    env = {**own, **variables(), **receiver.env("http/protobuf"), "OTEL_PYTHON_AUDIT_CORE": core}
    program = ROOT / "tests" / "deploy" / "programs" / "invocations.py"
    words = [str(INSTRUMENT), sys.executable, str(program), str(FOLDER / "handler.py"), kind]
    with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Function(process)
        finally:
            process.send_signal(signal.SIGCONT)
            process.communicate(timeout=PATIENCE)


def databases(receiver: Receiver) -> int:
    return sum(log.event_name == "python.audit.sqlite3.connect" for log in receiver.logs)


def test_a_frozen_function_has_delivered_everything(receiver: Receiver, core: str) -> None:
    with function(receiver, "flushed", core) as one:
        for number in (1, 2, 3):
            assert one.invoke(number, 1) == {"total": number + 1}
            # It stands still from here on: what is not there yet will not come.
            assert databases(receiver) == number
            spans = [span for span in receiver.spans if span.name == "total"]
            assert len(spans) == number
            assert {event.name for event in spans[-1].events} == {"python.audit.sqlite3.connect"}
            counted = receiver.metric_by("python.audit.events", "python.audit.event")
            assert counted["sqlite3.connect"] == number


def test_without_the_flush_it_would_have_delivered_nothing(receiver: Receiver) -> None:
    with function(receiver, "unflushed", "c") as one:
        assert one.invoke(1, 2) == {"total": 3}
        assert not receiver.logs
        assert not receiver.spans
    assert databases(receiver) == 1, "it comes at the orderly end that a platform does not promise"
