"""The benchmarks measure what their rows say."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks import hook
from benchmarks.alternation import Failed, alternate, figure
from benchmarks.subjects import SUBJECTS
from benchmarks.subjects.subject import BATCH
from otel_audit.model import Counts
from tests.conftest import Run


def places(row: str) -> list[str]:
    """Where its records go, in its own words: `recorded, ring and span, limiter`."""
    return row.split(", ")[1].split(" and ")


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_each_row_takes_the_path_of_its_name(core: str, run_python: Run) -> None:
    lines = run_python("benchmarks/batch_of_each.py", core).out.splitlines()
    found = {row.partition(": ")[2]: entry for row, entry in map(json.loads, lines)}
    assert len(found) == sum(row.startswith(f"{core}: ") for row in SUBJECTS)
    assert not any(found.pop("ignored")["counts"])
    lost = found["lost, ring and span full"]
    assert lost["ring"] == lost["span"] == lost["ring full"] == lost["span full"] == BATCH
    counts = {row: Counts(*entry["counts"]) for row, entry in found.items()}
    assert {count.seen for count in counts.values()} == {BATCH}
    assert counts["counted, no context"].counted == counts["counted, in a span"].counted == BATCH
    assert counts["sampled out, in a span"].sampled_out == BATCH
    assert counts["rate limited, in a span"].rate_limited >= BATCH - 1
    assert (counts["merged, ring and span"].merged, counts["merged, ring and span"].kept) == (BATCH - 1, 1)
    recorded = {row for row in counts if row.startswith("recorded")}
    assert {counts[row].kept for row in recorded} == {BATCH}
    for row in recorded:
        assert [name for name in ("ring", "span") if found[row][name] == BATCH] == places(row), row


def test_ratios_are_of_medians_to_the_floor_with_as_many_arguments() -> None:
    found = {row: [{"ns": 100.0}, {"ns": 300.0}, {"ns": 200.0}] for row in SUBJECTS}
    found["empty C hook, no arguments"] = [{"ns": 50.0}]
    found["empty Python hook"] = [{"ns": 400.0}]
    cells = {(cell.row, cell.column): cell.value for cell in hook.figures(found)}
    assert cells["c: ignored", "ns"] == 200.0
    assert cells["c: ignored", "x empty C hook"] == 1.0
    assert cells["c: recorded, ring and span, no arguments", "x empty C hook"] == 4.0
    assert cells["python: ignored", "x empty Python hook"] == 0.5


def test_targets_are_judged_by_the_rows_they_name() -> None:
    ns = dict.fromkeys(SUBJECTS, 1000.0)
    ns |= {"empty C hook": 100.0, "empty Python hook": 300.0, "c: ignored": 110.0, "c: recorded, ring": 190.0}
    ns |= {"c: recorded, span": 210.0, "c: recorded, ring and span": 250.0, "naive bridge": 30100.0}
    found = {one.target: one.value for one in hook.measured({row: [{"ns": value}] for row, value in ns.items()})}
    assert found["ignored"] == 1.1
    assert found["recorded"] == 2.1
    assert found["recorded, merging"] == 2.5
    assert found["naive ratio"] == 200.0
    assert found["python ignored"] == pytest.approx(1000 / 300)


def test_a_subject_that_fails_is_named_with_its_error_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    found, failed = alternate("benchmarks.hook", ["no such subject"], 2, 60.0, ["nowhere"])
    assert found == {}
    assert list(failed) == ["no such subject"]
    assert capsys.readouterr().err.count("round") == 2


def test_the_spread_is_shown_from_four_processes_on() -> None:
    assert figure("hook", "row", "ns", [3.0, 1.0, 2.0])[3:6] == (2.0, None, None)
    assert figure("hook", "row", "ns", [4.0, 1.0, 2.0, 3.0])[3:6] == (2.5, 1.25, 3.75)
    assert issubclass(Failed, Exception)
