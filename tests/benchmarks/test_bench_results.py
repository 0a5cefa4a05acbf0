"""What the benchmarks hand on, and the page made of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as runner
from benchmarks import page, tables
from benchmarks.children import Child, ask, median_interval, quartiles
from benchmarks.collector import exporting
from benchmarks.result import ROOT, Figure, Measured, Result, as_json, from_json
from benchmarks.targets import TARGETS, met

FIGURES = [
    Figure("hook", "empty C hook", "ns", 80.0, 79.0, 82.0, 9),
    Figure("hook", "c: ignored", "ns", 84.0, 84.0, 84.0, 9),
    Figure("hook", "c: ignored", "x empty C hook", 1.05),
]


def found(measured: list[Measured] | None = None) -> dict[str, list[dict[str, Any]]]:
    """One interpreter's results, as they are read from a file."""
    result = Result("hook", FIGURES, measured or [Measured("ignored", 1.05)], {"hook": ["A note."]})
    return {"3.11.7": [json.loads(json.dumps(as_json(result, 1.0, False)))]}


def test_a_result_survives_its_file() -> None:
    result = Result("hook", FIGURES, [Measured("ignored", 1.05, 1.1, "so")], {"hook": ["A note."]})
    assert from_json(json.loads(json.dumps(as_json(result, 1.0, quick=True)))) == result


def test_a_table_has_rows_and_columns_in_their_order_and_empty_cells() -> None:
    assert tables.table(FIGURES, "CPython 3.11.7").splitlines() == [
        "| CPython 3.11.7 | ns | x empty C hook |",
        "|---|---|---|",
        "| empty C hook | 80 (79 to 82) |  |",
        "| c: ignored | 84 | 1.05 |",
    ]


def test_figures_of_several_parts_share_a_table() -> None:
    both = found()["3.11.7"] + [
        as_json(Result("more", [Figure("hook", "c: ignored", "instructions", 936.0)]), 1, False)
    ]
    assert "| c: ignored | 84 | 1.05 | 936 |" in tables.tables({"3.11.7": both}, "hook")


@pytest.mark.parametrize(
    ("measured", "cells"),
    [
        (Measured("ignored", 1.15), "1.15 | yes |"),
        (Measured("ignored", 1.2), "1.20 | **no** |"),
        (Measured("ignored", 1.1, 1.2), "1.10 (judged: 1.20) | **no** |"),
    ],
)
def test_a_target_is_met_by_what_is_judged(measured: Measured, cells: str) -> None:
    row = next(line for line in tables.targets(found([measured])).splitlines() if line.startswith("| ignored event"))
    assert row.endswith(cells)


def test_targets_from_below_and_from_above() -> None:
    assert met("naive ratio", 150)
    assert not met("naive ratio", 149.9)
    assert met("ignored", 1.15)
    assert not met("ignored", 1.151)


def test_why_a_target_is_not_met_stands_below() -> None:
    assert "3.11.7: the floor is 2." in tables.targets(found([Measured("ignored", 2.0, why="the floor is 2")]))


def test_every_target_of_a_part_has_a_row() -> None:
    parts = [(ROOT / f"benchmarks/{part}.py") for part in runner.PARTS]
    named = {key for part in parts if part.exists() for key in re.findall(r'Measured\(\s*"([^"]+)"', part.read_text())}
    assert named
    assert named <= set(TARGETS)


def test_marked_blocks_are_filled_and_the_rest_is_left(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    target.write_text("before\n<!-- bench: hook -->\nold\n<!-- /bench -->\nafter\n", encoding="utf-8")
    page.fill(target, found())
    text = target.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- bench: hook -->\n| CPython 3.11.7 |")
    assert text.endswith("- A note.\n<!-- /bench -->\nafter\n")
    page.fill(target, found())
    assert target.read_text(encoding="utf-8") == text


def test_every_block_of_the_page_is_known() -> None:
    names = re.findall(r"<!-- bench: ([^>]+?) -->", page.PAGE.read_text(encoding="utf-8"))
    assert len(names) == len(set(names)) > 15
    for name in names:
        assert page.block(found(), name)


def test_the_interval_of_a_median_holds_it_as_often_as_it_says() -> None:
    """Of 10,000 draws of 22 numbers by a fixed generator."""
    import random

    generator = random.Random(1)
    holds = 0
    for _ in range(2000):
        _, low, high = median_interval([generator.expovariate(1) for _ in range(22)])
        holds += low <= 0.693147 <= high
    assert 0.945 <= holds / 2000 <= 0.995


def test_quartiles_of_one_sample_are_the_sample() -> None:
    assert quartiles([3.0]) == (3.0, 3.0, 3.0)
    assert quartiles([1.0, 2.0, 3.0]) == (2.0, 1.5, 2.5)


def test_a_part_is_left_out_only_with_a_result_of_the_same_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "hook.json"
    monkeypatch.setattr(runner, "revision", lambda: "abc")
    assert not runner._is_current(target, quick=False)
    target.write_text(json.dumps({"revision": "abc", "quick": False}))
    assert runner._is_current(target, quick=False)
    assert not runner._is_current(target, quick=True)
    target.write_text(json.dumps({"revision": "abc+", "quick": False}))
    monkeypatch.setattr(runner, "revision", lambda: "abc+")
    assert not runner._is_current(target, quick=False)


def test_an_unknown_part_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "--only", "hook,hooks"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "hooks: expected of hook, " in done.stderr


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_the_collector_counts_what_a_bridge_sends(protocol: str) -> None:
    from benchmarks.background import _variables

    with Child("collector") as collector:
        variables = _variables(exporting(collector.hello, protocol), "logs")
        told = ask("delivery", "ours", 1, variables=variables)
        assert collector.ask("count")["logs"] == told["records"] >= 2 * 500 * 4


def test_measurements_of_two_days_say_both() -> None:
    first = "2026-11-21T19:04:09+00:00"
    assert tables.between(first, "2026-11-21T23:36:00+00:00") == "2026-11-21 19:04 to 23:36"
    assert tables.between(first, "2026-11-22T03:03:00+00:00") == "2026-11-21 19:04 to 2026-11-22 03:03"
