"""pdb and debugpy stop where they are told, show what is there, and go on; every event arrives once."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from tests_compat.tools.adapter import Adapter, free_port
from tests_compat.tools.conftest import EVENTS, PROGRAMS, SCRIPTS, TIMEOUT_S, Bench

WORK = PROGRAMS / "work.py"
LINE = next(at for at, text in enumerate(WORK.read_text().splitlines(), 1) if "total += number" in text)


def test_pdb_stops_shows_and_goes_on(bench: Bench) -> None:
    told = f"break {LINE}\ncontinue\np ('number', number)\nclear 1\nnext\nnext\ncontinue\nquit\n"
    ended = bench.instrumented("-m", "pdb", str(WORK), told=told)
    assert "('number', 0)" in ended.out
    assert f'"events": {EVENTS}' in ended.out
    bench.row("pdb", "break, next, continue")


def test_debugpy_stops_shows_and_goes_on(bench: Bench) -> None:
    port = free_port()
    command = [str(SCRIPTS / "opentelemetry-instrument"), sys.executable, "-X", "frozen_modules=off"]
    listen = ["-m", "debugpy", "--listen", f"127.0.0.1:{port}", "--wait-for-client", str(WORK)]
    program = subprocess.Popen(
        [*command, *listen], env=bench.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    guard = threading.Timer(TIMEOUT_S, program.kill)
    guard.start()
    try:
        with Adapter(port, TIMEOUT_S) as adapter:
            frame = adapter.stop_at(str(WORK), LINE)
            assert adapter.ask("evaluate", expression="number * 10 + 7", frameId=frame)["result"] == "7"
            adapter.let_go(str(WORK))
            program.wait()  # debugpy's adapter holds the pipes until its client leaves
        out, err = program.communicate()
    finally:
        guard.cancel()
        program.kill()
        program.wait()
    assert program.returncode == 0, err
    assert f'"events": {EVENTS}' in out
    bench.row("debugpy", "breakpoint, evaluate, continue")


@pytest.fixture(autouse=True)
def _no_frozen_modules_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
