"""`otel-audit dashboards check` against the run: nothing is empty, for the run provokes every panel."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests_stack.asking import TARGETS, window
from tests_stack.load import Run

WITHOUT_A_LOOP = {"What blocks the event loop", "Where it is blocked"}
"""Panels about the shop, which is what the check takes by itself, that have nothing to show: it has no event loop."""


def check(run: Run, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "otel_audit", "dashboards", "check", "--prometheus", run.backends.prometheus]
    times = ["--range", f"{window(run) + 120}s", "--scrape-interval", "5s"]
    return subprocess.run([*command, *times, *options], capture_output=True, text=True, timeout=60, check=False)


def test_every_panel_has_data(run: Run) -> None:
    done = check(run, "--json")
    answer: dict[str, Any] = json.loads(done.stdout)
    asked = [query for row in answer["results"] for query in row["queries"] if query["datasource"] == "prometheus"]
    assert len(asked) == len(TARGETS)
    empty = {row["panel"] for row in answer["results"] for query in row["queries"] if query["state"] == "empty"}
    assert empty == WITHOUT_A_LOOP
    assert {row["state"] for row in answer["results"] if row["panel"] in empty} == {"quiet"}
    assert [query for query in asked if query["state"] not in ("data", "empty")] == []
    assert (done.returncode, done.stderr) == (0, "")


def test_what_blocks_an_event_loop_is_there_where_one_runs(run: Run) -> None:
    answer: dict[str, Any] = json.loads(check(run, "--service", "worker", "--json").stdout)
    assert {row["state"] for row in answer["results"] if row["panel"] in WITHOUT_A_LOOP} == {"data"}


def test_a_service_that_is_not_there_is_told(run: Run) -> None:
    done = check(run, "--service", "nobody")
    assert done.returncode == 2
    assert done.stderr == "otel-audit: --service nobody: no service matches; there are shop, worker\n"
