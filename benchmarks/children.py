"""Processes that are measured, and what is said of their figures."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.result import ROOT

_KEPT = ("PYTHONPATH", "PYTHONHOME")
Z95 = 1.959964
"""Two-sided 95 % of the normal distribution."""


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without OpenTelemetry's variables and Python's, with one hash seed for all, and `variables`.

    PYTHONDONTWRITEBYTECODE, for one, would have every process compile what it imports.
    """
    left_out = ("OTEL_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out) or name in _KEPT}
    return {**kept, "PYTHONHASHSEED": "0", **(variables or {})}


def progress(line: str) -> None:
    """Say how far it is."""
    print(line, file=sys.stderr, flush=True)


def command(module: str, *arguments: object) -> list[str]:
    """A module of this package in a process of its own."""
    return [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]


def ask(module: str, *arguments: object, variables: Mapping[str, str] | None = None, timeout_s: float = 120) -> Any:
    """Run it, and decode its last line of output as JSON.

    Raises:
        SystemExit: it failed; with its standard error.
        subprocess.TimeoutExpired: it took longer than `timeout_s`.
    """
    done = subprocess.run(
        command(module, *arguments),
        cwd=ROOT,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


class Child:
    """A process that answers lines with lines of JSON; its first line is `hello`.

    Args:
        module: of this package.
        arguments: of its command line.
        variables: of its environment.
    """

    def __init__(self, module: str, *arguments: object, variables: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command(module, *arguments),
            cwd=ROOT,
            env=environment(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._hello: Any = None

    @property
    def hello(self) -> Any:
        """Its first line; waits for it."""
        if self._hello is None:
            self._hello = self._line()
        return self._hello

    def _line(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self._process.args)}: ended with {self._process.wait()}")  # type: ignore[arg-type]
        return json.loads(line)

    def ask(self, line: str) -> Any:
        """Send a line, and wait for the answer."""
        assert self._process.stdin is not None
        _ = self.hello
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._line()

    def end(self) -> None:
        """Close its input, and wait; it is killed when it does not end by itself."""
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.kill()
        self.end()


def pin(core: int) -> None:
    """Keep this process's threads on one core, where there are several and the system lets us choose."""
    if not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2:
        return
    for task in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(task.name), {core % (os.cpu_count() or 1)})


def pin_nowhere() -> None:
    """Take `pin` back."""
    if not hasattr(os, "sched_setaffinity"):
        return
    for task in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(task.name), range(os.cpu_count() or 1))


def tasks_cpu() -> dict[int, int]:
    """Nanoseconds of CPU by native thread id, of every thread of this process (Linux: /proc/PID/task/TID/schedstat)."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        try:
            found[int(task.name)] = int((task / "schedstat").read_text().split()[0])
        except (OSError, IndexError):  # it ended meanwhile
            continue
    return found


def quartiles(samples: Sequence[float]) -> tuple[float, float, float]:
    """Median, first and third quartile."""
    if len(samples) < 2:
        return samples[0], samples[0], samples[0]
    low, middle, high = statistics.quantiles(samples, n=4, method="inclusive")
    return middle, low, high


def median_interval(samples: Iterable[float]) -> tuple[float, float, float]:
    """Median and its 95 % interval, by order statistics: it assumes no distribution, and an outlier is one sample.

    The ranks are those of the normal approximation of the binomial distribution, rounded outwards.
    """
    ordered = sorted(samples)
    number = len(ordered)
    reach = Z95 * math.sqrt(number) / 2
    low = max(0, math.floor(number / 2 - reach) - 1)
    high = min(number - 1, math.ceil(number / 2 + reach))
    return statistics.median(ordered), ordered[low], ordered[high]
