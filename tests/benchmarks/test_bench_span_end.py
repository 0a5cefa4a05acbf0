"""The ends of spans that are timed are those of spans with ten audit events, or with none."""

from __future__ import annotations

import pytest

from benchmarks import span_end
from tests.conftest import Run

PROGRAM = """
import json, sys
from benchmarks import span_end

core = sys.argv[1]
tracer, timed, ended = span_end.install(core), [], []

def timer(call, *arguments):
    result = call(*arguments)
    timed.append(call.__name__)
    span = getattr(call, "__self__", None)
    ended.append(len(span.events) if call.__name__ == "end" else None)
    return result

for row in span_end.ROWS[core]:
    span_end.one(tracer, row, timer)
print(json.dumps([timed, ended]))
"""


def test_what_is_timed_is_what_the_row_says(core: str, run_python: Run) -> None:
    timed, ended = run_python(PROGRAM, core).result
    assert timed == ["start_span", "end", "end"]
    assert ended == [None, 0, span_end.EVENTS]


def test_the_share_is_what_ten_events_add_over_ten_calls() -> None:
    ours = {span_end.START: 9000.0, span_end.END: 4000.0, span_end.END_TEN: 6000.0}
    found = {
        span_end.SDK: [{span_end.START: 8000.0, span_end.END: 3000.0, span_end.ADD_TEN: 40000.0}],
        span_end.C: [ours],
        span_end.PYTHON: [{**ours, span_end.END_TEN: 24000.0}],
    }
    cells = {(cell.row, cell.column): cell.value for cell in span_end.figures(found)}
    assert cells[f"c: {span_end.ADDED}", "us"] == pytest.approx(2.0)
    assert cells[f"c: {span_end.ADDED}", "x ten add_event calls"] == pytest.approx(0.05)
    assert cells[f"python: {span_end.ADDED}", "x ten add_event calls"] == pytest.approx(0.5)
