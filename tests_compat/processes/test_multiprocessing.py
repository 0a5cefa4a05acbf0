"""multiprocessing and process pools, each start method: every child delivers at its end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests_compat.processes import books

KINDS = ("process", "thread", "pool", "recycled", "executor")
PROGRAM = str(books.PROGRAMS / "multiprocesses.py")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_every_child_delivers_at_its_end(receiver: Receiver, core: str, tmp_path: Path, method: str) -> None:
    followed = {} if method == "fork" else {"OTEL_PYTHON_AUDIT_CHILDREN": "true"}
    variables = books.environment(receiver, tmp_path, core, **followed)
    books.call(books.instrumented(PROGRAM, method, *KINDS), variables, tmp_path)
    note = "Process, from a thread too, Pool, maxtasksperchild, ProcessPoolExecutor"
    kinds = books.check(receiver, tmp_path, "multiprocessing", f"{method}, {sys.platform}", core, note)
    assert kinds == {"parent": 200, "process": 400, "pool": 600, "recycled": 600, "executor": 600}


def test_a_pool_that_is_terminated_delivers_before(receiver: Receiver, core: str, tmp_path: Path) -> None:
    variables = books.environment(receiver, tmp_path, core, OTEL_PYTHON_AUDIT_EXIT_SIGNALS="SIGTERM")
    books.call(books.instrumented(PROGRAM, "fork", "terminated"), variables, tmp_path)
    note = "OTEL_PYTHON_AUDIT_EXIT_SIGNALS=SIGTERM"
    books.check(receiver, tmp_path, "multiprocessing", "Pool in a with statement (SIGTERM)", core, note)
