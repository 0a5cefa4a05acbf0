"""How long nobody looked: since the process was created, in milliseconds and modules."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otel_audit import blind_spot

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says when a process was created")


@LINUX
def test_age_is_that_of_the_process() -> None:
    program = "import time; time.sleep(0.3); from otel_audit import blind_spot; print(blind_spot.age_ms())"
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    most_ms = (time.monotonic() - begin) * 1000
    tick_ms = 1000 / os.sysconf("SC_CLK_TCK")
    assert 300 <= int(done.stdout) <= most_ms + tick_ms


@LINUX
@pytest.mark.parametrize("text", ["", "1 (a) b) S " + "0 " * 40, "1 (x) S 1 2 3", "1 (x) S" + " x" * 40])
def test_a_file_that_says_nothing_is_no_age(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    path = tmp_path / "stat"
    path.write_text(text)
    monkeypatch.setattr(blind_spot, "_STAT", path)
    monkeypatch.setattr(blind_spot, "_LONGEST_MS", 0)  # the machine itself is older than no time
    assert blind_spot.age_ms() is None
    assert blind_spot.describe().startswith("not seen: what was before the hook was armed, ")
    assert " ms " not in blind_spot.describe()


def test_the_bridges_own_modules_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    blind_spot.describe()  # reading a file may import a codec
    monkeypatch.setattr(blind_spot, "entered", len(sys.modules) - 3)
    assert blind_spot.describe().endswith(" modules (3 the bridge's own)")
