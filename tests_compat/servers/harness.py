"""Start a real server, and stop it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests_compat.servers import load

APPS = Path(__file__).parent / "apps"
SCRIPTS = Path(sys.executable).parent
START_S = STOP_S = 60.0
"""Deadlines, not waits: the machine may be busy."""
SETTINGS = {
    "OTEL_SERVICE_NAME": "compat",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
    "OTEL_PYTHON_AUDIT_INCLUDE": "compat.*,open",
    "OTEL_PYTHON_AUDIT_SAMPLING": "compat.*=all,open=in-trace",
}
"""Delays are the defaults, a second and more: what a run's last second raised arrives at the exit or not at all.
Metrics are exported often, so that masters fork in the midst of it."""


def environment(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without OpenTelemetry's variables, the applications importable.

    Args:
        folder: of the run; the file that applications open is there, and their queue.
        variables: on top.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "COVERAGE", "PYTEST"))}
    kept["PATH"] = f"{SCRIPTS}{os.pathsep}{kept.get('PATH', '')}"
    opened = folder / "opened.txt"
    opened.write_text("opened\n")
    return {
        **kept,
        "PYTHONPATH": str(APPS),
        "PYTHONFAULTHANDLER": "1",
        "COMPAT_FILE": str(opened),
        "COMPAT_QUEUE": str(folder / "tasks"),
        **SETTINGS,
        **variables,
    }


def free_port() -> int:
    """A port on loopback that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """A running server, in a process group of its own.

    Args:
        process: its first process.
        port: it listens on.
        output: file with what it prints.
    """

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path) -> None:
        self.process, self.port, self.output = process, port, output

    @property
    def said(self) -> str:
        """Everything it has printed so far."""
        return self.output.read_text(errors="backslashreplace")

    def wait_until(self, what: str, condition: Callable[[], object], timeout_s: float = START_S) -> None:
        """Poll until `condition` holds.

        Raises:
            AssertionError: it did not in time, or the server ended before.
        """
        end = time.monotonic() + timeout_s
        while not condition():
            assert self.process.poll() is None, f"{what}: ended with {self.process.returncode}\n{self.said[-6000:]}"
            assert time.monotonic() < end, f"{what}: not within {timeout_s} s\n{self.said[-6000:]}"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, as a supervisor does; its exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not stop within {STOP_S} s\n{self.said[-6000:]}") from None

    def kill(self) -> None:
        """End whatever is left of its process group."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(STOP_S)


@contextmanager
def running(
    command: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    port: int = 0,
    *,
    ready: str = "",
    processes: int = 1,
) -> Iterator[Server]:
    """A server from its start until so many of its processes have answered (or it has printed `ready`).

    It is killed at the end if it is still there.
    """
    output = folder / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            env=environment(folder, variables),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process, port, output)
    try:
        answered: set[object] = set()
        server.wait_until("start", lambda: ready in server.said if ready else _all_answer(port, answered, processes))
        yield server
    finally:
        server.kill()


def _all_answer(port: int, answered: set[object], processes: int) -> bool:
    try:
        answered.update(answer["pid"] for answer in load.gather(port, "/ready", 4 * processes))
    except load.NO_ANSWER:
        return False
    return len(answered) >= processes
