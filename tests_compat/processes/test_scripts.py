"""Short scripts as cron starts them, their subprocesses, and test suites."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests_compat.processes import books

CRON = str(books.PROGRAMS / "cron.py")
SUITE = books.PROGRAMS / "suite.py"
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_steps.py")
WAYS = {"opentelemetry-instrument": books.instrumented, "otel-audit run": books.run_by_us}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize(("ending", "code"), [("end", 0), ("raise", 3)])
def test_a_short_script(receiver: Receiver, core: str, tmp_path: Path, way: str, ending: str, code: int) -> None:
    variables = books.environment(receiver, tmp_path, core)
    books.call(WAYS[way](CRON, ending), variables, tmp_path, code)
    mode = "ends in 50 ms" if ending == "end" else "ends by SystemExit(3)"
    assert books.check(receiver, tmp_path, "short script", f"{mode}, {way}", core) == {"script": 200}


@pytest.mark.parametrize("way", list(WAYS))
def test_a_child_by_subprocess(receiver: Receiver, core: str, tmp_path: Path, way: str) -> None:
    variables = books.environment(receiver, tmp_path, core, OTEL_PYTHON_AUDIT_CHILDREN="true")
    books.call(WAYS[way](CRON, "subprocess"), variables, tmp_path)
    kinds = books.check(receiver, tmp_path, "subprocess", way, core, "OTEL_PYTHON_AUDIT_CHILDREN=true")
    assert kinds == {"script": 200, "child": 300}


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("workers", [0, 2])
def test_a_test_suite(receiver: Receiver, core: str, tmp_path: Path, way: str, workers: int) -> None:
    variables = books.environment(receiver, tmp_path, core)
    shutil.copy(SUITE, tmp_path / "test_steps.py")  # where no conftest of ours is found
    several = ("-n", str(workers)) if workers else ()
    books.call(WAYS[way](*PYTEST, *several), variables, tmp_path, 1)
    mode = f"{'-n 2, ' if workers else ''}{way}{' --children' if way == 'otel-audit run' else ''}"
    subject = "pytest-xdist" if workers else "pytest"
    assert books.check(receiver, tmp_path, subject, mode, core, "one test fails") == {"test": 800}
