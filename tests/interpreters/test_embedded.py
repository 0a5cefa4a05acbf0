"""A program in C that has Python in it: starts and ends the interpreter more than once, with a bridge in each."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

HERE = Path(__file__).parent
ROUNDS = 4
LIBRARY = Path(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("LDLIBRARY") or "none")
MOST_LEFT = 8 << 20
"""Bytes of resident memory that a start may leave behind: what the core holds is of an interpreter that is gone."""
AGAIN = not (3, 12, 0) <= sys.version_info < (3, 12, 4)
"""3.12.1 crashes when it is started again, without anything of ours (python/cpython 113601 and others)."""

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None or not LIBRARY.exists(), reason="needs a C compiler and the interpreter as a library"
)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, linked with this interpreter: its shared library, or the static one."""
    program = tmp_path_factory.mktemp("embedded") / "embedded"
    libraries = [str(LIBRARY), f"-Wl,-rpath,{LIBRARY.parent}"]
    if LIBRARY.suffix == ".a":
        parts = [sysconfig.get_config_var(name) or "" for name in ("LINKFORSHARED", "LIBS", "SYSLIBS")]
        libraries += " ".join(parts).split()
    include = f"-I{sysconfig.get_paths()['include']}"
    source = str(HERE / "embedded.c")
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", include, source, "-o", str(program), *libraries], check=True)
    return program


def play(embedded: Path, rounds: int, core: str, stream: Path, *how: str) -> list[str]:
    done = subprocess.run(
        [str(embedded), sys.executable, str(HERE / "programs" / "embedded.py"), str(rounds), core, str(stream), *how],
        env=environment({}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if line and "mpd_setminalloc" not in line]  # _decimal's own
    assert (done.returncode, said) == (0, []), done.stdout
    return done.stdout.splitlines()


@pytest.mark.parametrize("how", ["quiet", "threads"])
def test_each_start_has_a_bridge_of_its_own(embedded: Path, core: str, how: str, tmp_path: Path) -> None:
    rounds = ROUNDS if AGAIN else 1
    stream = tmp_path / "audit.jsonl"
    said = play(embedded, rounds, core, stream, how)
    assert said[1::2] == [f"round {number}: ran, finalized with 0" for number in range(1, rounds + 1)]
    for line in said[0::2]:
        told = json.loads(line)
        assert told["status"] == ["armed", "asked for by name", core]
        assert told["events"] == ["python.audit.app.e"] * 3
        assert told["seen"] == 4
    lines = [json.loads(text) for text in stream.read_text().splitlines()]
    mine = [line["python.audit.args"] for line in lines if line["event"] == "python.audit.app.e"]
    assert mine == ["0", "1", "2", "at the end"] * rounds


@pytest.mark.skipif(not AGAIN or not sys.platform.startswith("linux"), reason="one start, or nobody says")
def test_what_a_start_leaves_behind_is_bounded(embedded: Path, core: str, tmp_path: Path) -> None:
    said = play(embedded, 3 * ROUNDS, core, tmp_path / "audit.jsonl", "quiet")
    resident = [json.loads(line)["resident"] for line in said[0::2]]
    left = (resident[-1] - resident[ROUNDS]) / (len(resident) - 1 - ROUNDS)
    print(f"{core}: {left / 1024:,.0f} KiB for each start")
    assert left < MOST_LEFT
