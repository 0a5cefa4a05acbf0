"""Starting a backend, waiting until it answers, and ending it: by its pid, however the caller leaves.

A backend dies with the thread that started it: start it from one that lives as long as it is needed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.backends.errors import BackendError, PortTaken
from tools.backends.programs import TAIL

_GUARDED = Path(__file__).with_name("guarded.py")
# Seconds: a start takes 1 to 3 on an idle machine; ten times that on one that runs a test suite beside it.
PATIENCE = 60.0
# Seconds that a process has to end on SIGTERM before it is killed.
_FAREWELL = 10.0
_POLL = 0.05


def until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    """Wait until a condition holds.

    Raises:
        BackendError: `what` did not happen within so many seconds.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise BackendError(f"{what}: did not happen within {seconds:.0f} s")
        time.sleep(_POLL)


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    ready: Callable[[], bool],
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs while the context is open, from the moment it is ready.

    Args:
        name: of the log file, `<name>.log`, and in errors.
        command: program and arguments.
        folder: its working directory; the log is there.
        ready: asked again and again until it is true.
        env: variables on top of this process' own.

    Raises:
        BackendError: it ended, or did not get ready; with the end of its log.
    """
    log = folder / f"{name}.log"
    guarded = [sys.executable, "-I", "-S", str(_GUARDED), str(os.getpid()), *map(str, command)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            guarded,
            cwd=folder,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the program in front; this is ended below, in order
        )
    try:
        _wait(name, process, ready, log)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process: SIGTERM, and SIGKILL if that was not enough."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def _wait(name: str, process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    def answers() -> bool:
        if process.poll() is not None:
            raise BackendError(f"ended at its start with exit code {process.returncode}")
        return ready()

    try:
        until(answers, "an answer")
    except BackendError as error:
        end = tail(log)
        kind = PortTaken if "address already in use" in end.lower() else BackendError
        raise kind(f"{name}: {error}; {log} ends with:\n{end}") from None


def tail(log: Path) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:])
