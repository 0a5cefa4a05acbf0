"""Many subjects, each in processes of its own, one after the other, round by round.

A load that comes and goes then falls on all of them alike. The figure of a process is its median, the figure shown the
median of the processes, with the first and third quartile.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.result import Figure

Samples = dict[str, list[dict[str, float]]]
"""What the processes of a subject printed, by subject."""


class Failed(Exception):
    """A measured process ended with an error; its last line."""


def child(module: str, *arguments: str) -> dict[str, float]:
    """Run a module; it prints figures by name, as JSON, on its last line."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def alternate(
    module: str, subjects: Sequence[str], rounds: int, seconds: float, arguments: Iterable[str] = ()
) -> tuple[Samples, dict[str, str]]:
    """Run `module SUBJECT ARGUMENTS` for every subject, round by round.

    Args:
        module: of the measured process.
        subjects: its first argument.
        rounds: as many as there is time for, at least one.
        seconds: after which no other round is begun.
        arguments: the others.

    Returns:
        What was found, and the last line of what went wrong, by subject. A subject that failed is not tried again.
    """
    found: Samples = {subject: [] for subject in subjects}
    failed: dict[str, str] = {}
    start = longest = 0.0
    begin = time.monotonic()
    for number in range(rounds):
        start = time.monotonic()
        if number and start - begin + longest > seconds:
            break
        for subject in subjects:
            if subject in failed:
                continue
            try:
                found[subject].append(child(module, subject, *arguments))
            except Failed as error:
                failed[subject] = str(error)
        longest = max(longest, time.monotonic() - start)
        print(f"{module}: round {number + 1} of {rounds}, {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return {subject: samples for subject, samples in found.items() if subject not in failed}, failed


def median(samples: Sequence[Mapping[str, float]], name: str) -> float:
    """Of the processes' figures of that name."""
    return statistics.median(sample[name] for sample in samples)


def figure(table: str, row: str, column: str, samples: Sequence[float]) -> Figure:
    """The median with its quartiles; none of these below four samples."""
    low, middle, high = statistics.quantiles(samples, n=4) if len(samples) > 3 else (None, None, None)
    value = statistics.median(samples)
    assert middle is None or abs(middle - value) <= abs(value) * 1e-9
    return Figure(table, row, column, value, low, high, len(samples))


def there(package: str) -> bool:
    """Whether a distribution's module can be imported; the names differ by a hyphen only."""
    return not package or importlib.util.find_spec(package.replace("-", "_")) is not None


def spread(samples: Iterable[Mapping[str, Any]], name: str) -> list[float]:
    """The figures of that name."""
    return [sample[name] for sample in samples]
