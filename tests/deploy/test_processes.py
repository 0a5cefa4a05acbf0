"""Backends are waited for, explained when they fail, and ended however their user leaves. Small programs stand in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.backends import BackendError, until, web
from tools.backends.errors import PortTaken
from tools.backends.ports import addresses
from tools.backends.processes import running

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of it is Linux only")


def server(port: str) -> list[str]:
    return [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", port]


def gone(pid: int) -> bool:
    """Ended, whether or not somebody has asked for its exit code."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def test_a_server_answers_inside_and_has_ended_outside(tmp_path: Path) -> None:
    (address,) = addresses(1)
    url = f"http://{address}/"
    with running("files", server(address.rpartition(":")[2]), tmp_path, lambda: web.answers(url)) as process:
        assert web.answers(url)
        assert process.poll() is None
    assert process.returncode is not None
    assert not web.answers(url)


def test_it_ends_when_its_user_fails(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(KeyboardInterrupt), running("sleeper", program, tmp_path, lambda: True) as process:
        raise KeyboardInterrupt
    assert process.returncode is not None


def test_a_program_that_ends_at_its_start_is_shown_with_the_end_of_its_log(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "raise SystemExit('config: expected a port')"]
    with pytest.raises(BackendError, match=r"(?s)broken: .*exit code 1.*broken\.log.*config: expected a port"):
        running("broken", program, tmp_path, lambda: False).__enter__()


def test_a_taken_port_is_told_apart(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "raise SystemExit('listen: bind: Address already in use')"]
    with pytest.raises(PortTaken):
        running("late", program, tmp_path, lambda: False).__enter__()


@linux
def test_nothing_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = (
        "import pathlib, sys\n"
        "from tools.backends.processes import running\n"
        "program = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "with running('child', program, pathlib.Path(sys.argv[1]), lambda: True) as child:\n"
        "    print(child.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert not gone(child)
        process.send_signal(signal.SIGKILL)
    until(lambda: gone(child), "the child ends")


def test_ports_are_different_and_below_those_of_outgoing_connections() -> None:
    ports = [int(address.rpartition(":")[2]) for address in addresses(9)]
    assert len(set(ports)) == 9
    assert max(ports) < 32768


def test_waiting_ends_with_what_was_waited_for() -> None:
    with pytest.raises(BackendError, match="rain: did not happen within 0 s"):
        until(lambda: False, "rain", seconds=0.0)
