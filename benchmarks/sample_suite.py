"""A suite as applications have it: files, JSON, SQLite, a subprocess now and then. Run by benchmarks/works.py."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("number", range(100))
def test_file(tmp_path: Path, number: int) -> None:
    target = tmp_path / "settings.json"
    target.write_text(json.dumps({"number": number, "list": list(range(number))}))
    assert json.loads(target.read_text())["number"] == number


@pytest.mark.parametrize("number", range(60))
def test_database(number: int) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table item (id integer)")
    connection.executemany("insert into item values (?)", [(at,) for at in range(number)])
    assert connection.execute("select count(*) from item").fetchone() == (number,)
    connection.close()


@pytest.mark.parametrize("number", range(78))
def test_code(number: int) -> None:
    namespace: dict[str, int] = {}
    exec(f"value = {number} * 2", namespace)
    assert namespace["value"] == number * 2


@pytest.mark.parametrize("word", ["a", "b"])
def test_program(word: str) -> None:
    done = subprocess.run([sys.executable, "-S", "-c", f"print({word!r})"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == word
