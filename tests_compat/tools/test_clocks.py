"""Test suites set the clock: their time is not ours, and asking ours does not move theirs."""

from __future__ import annotations

import time

import pytest

from tests_compat.tools.conftest import PROGRAMS, Bench


@pytest.mark.parametrize("tool", ["freezegun", "time-machine"])
def test_records_have_the_real_time_and_the_program_its_own(bench: Bench, tool: str) -> None:
    began = time.time_ns()
    ended = bench.instrumented(str(PROGRAMS / "frozen.py"), tool)
    assert ended.said == {"first": "1980-03-25T16:00:00+00:00", "flushed": True}
    logs = [log for log in bench.receiver.logs if log.event_name == "python.audit.tools.work"]
    for log in logs:
        assert began <= log.time_ns <= time.time_ns()
        assert log.time_ns <= log.observed_ns <= time.time_ns()
    bench.row(tool, "the clock set to 1980", note="records have the real time")
