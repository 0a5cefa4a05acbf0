"""Starts interpreters under the bridge and reads the log stream they leave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import otel_audit
from tools.fire.result import Line
from tools.fire.starts import Start
from tools.fire.worker import BEGIN, END

ROOT = Path(__file__).parents[2]
SITE = Path(__file__).parent / "site"
PACKAGE = Path(otel_audit.__file__).parents[1]
"""The one this process found is the one to test."""
TIMEOUT_S = 120
_PREFIX = "python.audit."


class CannotProve(Exception):
    """What this machine lacks for it."""


class Ended(NamedTuple):
    """What a process left."""

    code: int
    stderr: str
    lines: list[Line]


def variables(core: str, log: Path | None = None, *, site: bool = False) -> dict[str, str]:
    """A clean environment with the bridge's settings: every event, each body kept, one JSON line each."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    bridge = {
        "CORE": core,
        "INCLUDE": "all",
        "SIGNALS": "none",
        "SAMPLING": "fire.*=all",
        "LOG_STREAM": str(log) if log else "none",
        "LOG_FORMAT": "json",
        "RING_SIZE": str(64 << 20),
        "FLUSH_INTERVAL": "100",
    }
    return {
        **clean,
        **{f"OTEL_PYTHON_AUDIT_{name}": value for name, value in bridge.items()},
        "PYTHONPATH": os.pathsep.join(map(str, [*([SITE] if site else []), ROOT, PACKAGE])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATH": "/usr/local/bin:/usr/bin:/bin",  # some events carry every place that a program is looked for in
    }


class Running:
    """The processes under way, so that Ctrl-C leaves none."""

    def __init__(self) -> None:
        self._lock, self._processes, self._stopped = threading.Lock(), set[subprocess.Popen[str]](), False

    def stop(self) -> None:
        """End all, and start no more."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        stdin: str = "",
        started: Callable[[subprocess.Popen[str]], None] | None = None,
    ) -> Ended:
        """Run this interpreter with arguments; the log is `log.jsonl` in the directory.

        Args:
            started: called once it runs.
        """
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=environment,
                cwd=directory,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="backslashreplace",
            )
            self._processes.add(process)
        try:
            if started is not None:
                started(process)
            _, stderr = process.communicate(stdin, timeout=TIMEOUT_S)
        finally:
            process.kill()
            with self._lock:
                self._processes.discard(process)
        return Ended(process.returncode, stderr, _own_lines(directory / "log.jsonl", process.pid))


def _own_lines(log: Path, pid: int) -> list[Line]:
    """Forked children write to the same file."""
    if not log.exists():
        return []
    lines = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line["process.pid"] == pid]


def fire(
    running: Running, core: str, directory: Path, jobs: Sequence[Any]
) -> tuple[Ended, list[list[Line]], list[str]]:
    """Have one process fire jobs; for each the lines between its marks, and what it raised."""
    environment = variables(core, directory / "log.jsonl")
    status = directory / "status.jsonl"
    ended = running.run(
        ("-m", "tools.fire.worker", str(directory), str(status)), environment, directory, json.dumps(jobs)
    )
    windows, errors = _windows(ended.lines, len(jobs)), [""] * len(jobs)
    for line in status.read_text(encoding="utf-8").splitlines() if status.exists() else ():
        number, error = json.loads(line)
        errors[number] = error
    return ended, windows, errors


def _windows(lines: Sequence[Line], number: int) -> list[list[Line]]:
    windows: list[list[Line]] = [[] for _ in range(number)]
    at = -1
    for line in sorted(lines, key=lambda line: str(line["timestamp"])):  # other interpreters' come from another ring
        if line["event"] == _PREFIX + BEGIN:
            at = int(line["python.audit.args"])
        elif line["event"] == _PREFIX + END:
            at = -1
        elif at >= 0:
            windows[at].append(line)
    return windows


def start(running: Running, core: str, directory: Path, what: Start) -> Ended:
    """Start an interpreter as a row of `starts` says."""
    what.prepare(directory)
    environment = {**variables(core, directory / "log.jsonl", site=True), **what.variables}

    def debug(process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
        interpreter: Any = sys
        try:
            interpreter.remote_exec(process.pid, str(directory / what.debugged))
        except (OSError, RuntimeError) as error:
            raise CannotProve(f"no process can be debugged here: {error}") from error

    return running.run(what.arguments, environment, directory, what.stdin, debug if what.debugged else None)


def first(lines: Sequence[Line], event: str) -> Line | None:
    """The first record of an event."""
    return next((line for line in lines if line["event"] == _PREFIX + event), None)
