"""docs/compatibility.md, made of rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests_compat import rows
from tools.compatibility import overheads, run, table

RUN = run.Run("3.11.7", "2026-11-22", "496afbe", {"gunicorn": "27.0.1"})


def row(mode: str, core: str, lost: int = 0, note: str = "", python: str = "3.11.7", of: str = "servers") -> rows.Row:
    return rows.Row(of, "gunicorn", mode, 10, 10 - lost, 0, lost, note, core, python)


def overhead(mode: str, *ratios: float) -> overheads.Overhead:
    us = {"without": [1000.0] * len(ratios), "c": [1000 * ratio for ratio in ratios], "python": [2000.0] * len(ratios)}
    return overheads.Overhead("gunicorn", mode, 400, us, RUN)


def page(*found: rows.Row, measured: tuple[overheads.Overhead, ...] = ()) -> str:
    return table.page(table.Found(list(found), [RUN]), measured)


def test_rows_of_two_cores_are_one_line() -> None:
    line = table.lines([row("sync", "c"), row("sync", "python", lost=1, note="why")])[0]
    assert list(line.cells("1.10").values()) == [
        *("gunicorn", "sync", "c, python", "3.11", "20", "19", "0", "1", "1.10", "why")
    ]


def test_rows_of_two_interpreters_are_one_line_that_names_both() -> None:
    line = table.lines([row("sync", "c", python="3.13.0"), row("sync", "c", python="3.9.1"), row("sync", "c")])[0]
    cells = line.cells()
    assert (cells["core"], cells["CPython"], cells["offered"]) == ("c", "3.9, 3.11, 3.13", "30")


def test_of_equal_rows_the_last_counts() -> None:
    assert table.lines([row("sync", "c", lost=5), row("sync", "c")])[0].cells()["lost"] == "0"


def test_a_page_names_each_mode_once_and_can_be_told_stale() -> None:
    text = page(row("sync", "c"), row("gthread", "c", python="3.13.0"), row("sync", "python"))
    assert table.keys_of(text) == {("gunicorn", "sync", "3.11"), ("gunicorn", "gthread", "3.13")}
    assert "2 lines of 3 runs" in text


def test_lines_without_an_overhead_are_told_stale_too() -> None:
    text = page(row("fork", "c", of="processes"))
    assert "| overhead |" not in text
    assert table.keys_of(text) == {("gunicorn", "fork", "3.11")}


def test_a_page_says_what_ran_and_when() -> None:
    assert "- CPython 3.11.7, 2026-11-22, revision 496afbe: gunicorn 27.0.1." in page(row("sync", "c"))


def test_an_overhead_is_the_median_of_the_rounds_with_their_quartiles() -> None:
    text = page(row("sync", "c"), row("gthread", "c"), measured=(overhead("sync", 1.1, 1.3, 1.2),))
    lines = {line.split(" | ")[1]: line for line in text.splitlines() if line.startswith("| gunicorn")}
    assert "| 1.20 (1.15-1.25) / 2.00 (2.00-2.00) |" in lines["sync"]
    assert "|  |" in lines["gthread"]
    assert "- Overhead, CPython 3.11.7, 2026-11-22, revision 496afbe: gunicorn 27.0.1." in text


def test_a_new_overhead_takes_the_place_of_the_last_of_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "overhead.jsonl"
    for one in (overhead("sync", 1.1), overhead("gthread", 1.3), overhead("sync", 1.2)):
        overheads.keep(one, path)
    assert overheads.read(path) == [overhead("gthread", 1.3), overhead("sync", 1.2)]


def test_rows_go_to_the_file_that_is_named_or_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(rows.VARIABLE, raising=False)
    rows.add("servers", "gunicorn", "sync", 1, 1, 0, 0)
    path = tmp_path / "rows.jsonl"
    monkeypatch.setenv(rows.VARIABLE, str(path))
    run.begin(path)
    rows.add("servers", "gunicorn", "sync", 3, 2, 1, 1, "a note", core="c")
    found = table.read(path)
    assert [one[:8] for one in found.rows] == [("servers", "gunicorn", "sync", 3, 2, 1, 1, "a note")]
    assert found.rows[0].core == "c"
    assert [(one.python, "opentelemetry-sdk" in one.versions) for one in found.runs] == [(found.rows[0].python, True)]
