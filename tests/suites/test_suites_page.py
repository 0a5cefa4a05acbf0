"""Results on record: which take whose place, and what the page says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.suites.scripted import Scripted
from tools.suites import page
from tools.suites.comparing import compare
from tools.suites.subject import Subject
from tools.suites.variants import CORES, RUN

FLASK = Subject("flask", "3", "3.11", "tests")
OLD: dict[str, Any] = {
    "suite": "flask",
    "version": "3",
    "python": "3.11",
    "runs": {variant: {"totals": {"passed": 7}} for variant in ("plain", *CORES)},
    "differences": [],
    "problems": [],
}
"""A row of before the way it was armed, the selection and the origin were noted."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results.jsonl")
    monkeypatch.setattr(page, "PAGE", tmp_path / "suites.md")
    page.PAGE.write_text("words\n<!-- results -->\nold\n<!-- /results -->\nmore words\n")
    return tmp_path


def put(*rows: dict[str, Any]) -> None:
    page.RESULTS.write_text("".join(json.dumps(row) + "\n" for row in rows))


def written(*wanted: Subject) -> str:
    page.write(wanted)
    return page.PAGE.read_text()


def record(suite: Scripted, cores: tuple[str, ...] = CORES) -> None:
    page.record(compare(suite, 1.0, lambda line: None, cores))


def test_results_take_the_place_of_older_ones_and_become_a_page() -> None:
    for suite in (Scripted(c="failed"), Scripted(python="failed")):
        record(suite)
    text = written(FLASK, FLASK._replace(python="3.13"))
    assert len(page.rows_of(page.RESULTS)) == 1
    assert (
        "| scripted 1 | 3.11 | opentelemetry-instrument | 1 | 1, 0, 0 | 0 | 1 | 10 | 1 | 2026-01-02 | abc1234 |" in text
    )
    assert "| scripted | 3.11 | python | `test` | passed | failed | bridge |" in text
    assert "old" not in text
    assert "Not on record yet:\n\n- on 3.11: flask\n- on 3.13: flask\n<!-- /results -->" in text
    assert text.endswith("more words\n")


def test_a_row_of_before_is_read_and_its_origin_stays_empty() -> None:
    put(OLD)
    text = written(FLASK)
    assert "| flask 3 | 3.11 | opentelemetry-instrument | 7 | 7, 0, 0 | 0 | 0 | 0 | 0 |  |  |" in text
    assert "Every suite is on record." in text


def test_a_line_that_was_appended_takes_the_place_of_an_earlier_one() -> None:
    put({**OLD, "version": "3, tests/one"}, OLD)
    assert [row["version"] for row in page.rows_of(page.RESULTS)] == ["3"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"version": "3, tests/one"}, "version 3, tests/one"),
        ({"selection": "tests/one"}, "selection tests/one"),
        ({"under": RUN}, "under otel-audit run"),
    ],
)
def test_what_was_run_otherwise_is_not_on_record(row: dict[str, str], said: str) -> None:
    put({**OLD, **row})
    assert f"Not on record yet:\n\n- on 3.11: flask (on record: {said})\n" in written(FLASK)


def test_what_is_recorded_is_on_record() -> None:
    record(Scripted())
    assert "Every suite is on record." in written(Scripted.subject)


def test_a_run_without_a_result_is_no_comparison() -> None:
    record(Scripted(c="silent", opentelemetry="silent"))
    assert "| 1, 0, 0 | no result | 0 | 10 | not compared: c |" in written()


def test_a_core_that_was_not_run_is_no_comparison() -> None:
    record(Scripted(), cores=("c",))
    assert "| 1, 0, 0 | 0 | not run | 10 | not compared: python |" in written()


def test_a_bridge_that_silences_a_run_is_ours() -> None:
    record(Scripted(c="silent"))
    assert "| 1, 0, 0 | no result | 0 | 10 | 1 |" in written()
