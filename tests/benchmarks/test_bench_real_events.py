"""Every timed operation raises the event it is named for, once, and no two of a batch are equal."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.real_events import EVENTS
from tests.conftest import Run

PROGRAM = """
import json, sys, tempfile
from contextlib import ExitStack
from pathlib import Path
from benchmarks.real_events import nanoseconds, operations

seen = []
with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
    todo = operations(Path(folder), stack)
    sys.addaudithook(lambda event, args: seen.append((event, repr(args))) if event in todo else None)
    for event, operation in todo.items():
        for _ in range(2):
            seen.clear()
            assert nanoseconds(operation) > 0
        own = [args for name, args in seen if name == event]
        print(json.dumps([event, operation.number, len(own), len(set(own))]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="runs `true`")
def test_operations_raise_their_events(run_python: Run) -> None:
    found = {event: counts for event, *counts in map(json.loads, run_python(PROGRAM).out.splitlines())}
    assert tuple(found) == EVENTS
    for event, (number, raised, different) in found.items():
        assert raised == different == number, event
