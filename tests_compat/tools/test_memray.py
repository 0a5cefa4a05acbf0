"""memray tracks every allocation, those of the hook among them, and every event arrives."""

from __future__ import annotations

import sys

import pytest

from tests_compat.tools.conftest import PROGRAMS, Bench

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="memray knows Linux and macOS")


@pytest.mark.parametrize("native", [False, True], ids=["python traces", "native traces"])
def test_memray_tracks_a_program_under_the_bridge(bench: Bench, native: bool) -> None:
    options = ["--native"] if native else []
    run = ("-m", "memray", "run", "--quiet", *options, "-o", "memray.bin", str(PROGRAMS / "work.py"))
    ended = bench.instrumented(*run)
    assert ended.said["events"]
    bench.run("memray", "stats", "--json", "-o", "stats.json", "memray.bin")
    assert (bench.folder / "stats.json").exists()
    bench.row("memray", "--native" if native else "Python allocators")
