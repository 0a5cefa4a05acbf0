"""docs/compatibility.md, made of rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests_compat import rows
from tools.compatibility import table


def row(mode: str, core: str, lost: int = 0, overhead: float | None = None, note: str = "") -> rows.Row:
    return rows.Row("servers", "gunicorn", mode, 10, 10 - lost, 0, lost, overhead, note, core, "3.11.7")


def test_rows_of_two_cores_are_one_line() -> None:
    line = table.lines([row("sync", "c", overhead=1.1), row("sync", "python", lost=1, overhead=1.25, note="why")])[0]
    assert line.cells() == ("gunicorn", "sync", "c, python", "20", "19", "0", "1", "1.10 / 1.25", "why")


def test_of_equal_rows_the_last_counts() -> None:
    assert table.lines([row("sync", "c", lost=5), row("sync", "c")])[0].cells()[6] == "0"


def test_a_page_names_each_mode_once_and_can_be_told_stale() -> None:
    page = table.page([row("sync", "c"), row("gthread", "c"), row("sync", "python")])
    assert table.keys_of(page) == {("gunicorn", "sync"), ("gunicorn", "gthread")}
    assert "CPython 3.11.7, Linux, 2 lines of 3 runs." in page


def test_rows_go_to_the_file_that_is_named_or_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(rows.VARIABLE, raising=False)
    rows.add("servers", "gunicorn", "sync", 1, 1, 0, 0, None)
    monkeypatch.setenv(rows.VARIABLE, str(tmp_path / "rows.jsonl"))
    rows.add("servers", "gunicorn", "sync", 3, 2, 1, 1, 1.5, "a note", core="c")
    (found,) = table.read(tmp_path / "rows.jsonl")
    assert found[:9] == ("servers", "gunicorn", "sync", 3, 2, 1, 1, 1.5, "a note")
    assert found.core == "c"
