"""The soak itself: it finds what is planted, and an interrupt ends it with the verdict so far."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it measures in /proc")
COMMAND = [sys.executable, "-m", "tools.soak", "--rate", "5000"]


def verdict(out: str) -> dict[str, str]:
    """What -> `ok` or `BAD`."""
    lines = [line.split("  ", 2) for line in out.splitlines() if line.startswith(("ok ", "BAD"))]
    return {line[1].strip(): line[0].strip() for line in lines}


def soak(minutes: str, plants: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    chosen = [word for plant in plants for word in ("--plant", plant)]
    command = [*COMMAND, "--minutes", minutes, *chosen]
    return subprocess.run(
        command, env=environment({}), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def bad(done: subprocess.CompletedProcess[str]) -> set[str]:
    return {what for what, said in verdict(done.stdout).items() if said == "BAD"}


def test_what_is_planted_is_found() -> None:
    plants = ("descriptors", "memory", "count")
    done = soak("0.5", plants)
    if "quiet moments to judge growth by" in bad(done):  # half a minute of a busy machine has too few
        done = soak("2", plants)
    planted = {"growth of memory of malloc, KiB", "growth of open descriptors", "the application's count = seen"}
    resident = "growth of resident memory, KiB"  # of a short run the planted memory may fit into pages that are there
    assert planted <= bad(done) <= {*planted, resident}
    assert done.stdout.endswith("\nsoak: FAILED\n")
    assert done.returncode == 1


def test_an_interrupt_ends_it_with_the_verdict_so_far(tmp_path: Path) -> None:
    progress = tmp_path / "progress.txt"
    with progress.open("w") as target:
        process = subprocess.Popen(
            [*COMMAND, "--minutes", "20"],
            env=environment({}),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        target.write(process.stderr.readline())  # it runs
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    assert "interrupted after" in err
    assert err.strip().endswith("the verdict so far")
    found = verdict(out)
    assert found["the application's count = seen"] == "ok"
    assert found["logs: delivered = received"] == "ok"
    assert process.returncode == 1  # so short a time proves nothing about growth
