"""Cost of real operations that raise audit events, under each listener, all in one run.

    python -m benchmarks.hook_real --json FILE [--quick]

Opening a file, connecting a TCP socket on loopback, starting a program and waiting for it, importing a module: in a
span, in processes of their own, in alternation. `these events` stands for the four that name the operations; `default`
and `all` are our selectors, with everything running that `otel_audit.install` starts. The SDK's providers have batch
processors whose exporters take all at once. The packages' listeners do nothing.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import Any

from benchmarks import naive
from benchmarks.alternation import alternate, figure, median, spread, there
from benchmarks.real_events import EVENTS, nanoseconds, operations
from benchmarks.result import Figure, Result, main
from benchmarks.subjects.bridges import providers, queueing
from benchmarks.subjects.floor import EMPTY_C, EMPTY_PYTHON, NO_HOOK, build, empty_c, empty_python
from benchmarks.subjects.packages import fastaudit, malwi_box, subaudit

TABLE = "hook real"
ROUNDS, BUDGET_SECONDS, WARM_UP = 9, 60.0, 5
Listener = Callable[[str], Any]
"""Installs it for good; a context manager around each batch, or None. Its argument: folder of the compiled hooks."""


def ours(core: str, include: str, sampling: str = "") -> Listener:
    """The whole bridge."""

    def install(_: str) -> None:
        import otel_audit

        otel_audit.install(otel_audit.Settings(include=include, sampling=sampling, core=core))

    return install


def naive_bridge(_: str) -> None:
    """For the four events."""
    naive.install(EVENTS)


def queue_bridge(_: str) -> None:
    """For the four events."""
    queueing(EVENTS, naive.attributes)


THESE = ",".join(EVENTS)
EVERY = ",".join(f"{event}=all" for event in EVENTS)
LISTENERS: dict[str, tuple[Listener, str]] = {
    NO_HOOK: (bool, ""),
    EMPTY_C: (empty_c, ""),
    EMPTY_PYTHON: (empty_python, ""),
    **{
        f"{core}: {name}": (ours(core, *settings), "")
        for core in ("c", "python")
        for name, settings in {"these events": (THESE, EVERY), "default": ("default",), "all": ("all",)}.items()
    },
    "naive bridge, these events": (naive_bridge, ""),
    "queue bridge, these events": (queue_bridge, ""),
    "subaudit, these events": (subaudit(*EVENTS), "subaudit"),
    "fastaudit, all allowed": (fastaudit, "fastaudit"),
    "malwi-box": (malwi_box, "malwi-box"),
}
"""By row: how it is installed, and the distribution it needs."""


def measure_here(row: str, folder: str) -> dict[str, float]:
    """Median nanoseconds of each operation in this process."""
    tracer = providers()
    with ExitStack() as stack, tempfile.TemporaryDirectory() as name:
        todo = operations(Path(name), stack)
        around = LISTENERS[row][0](folder)
        found = {}
        for event, operation in todo.items():
            batches = []
            for _ in range(WARM_UP + operation.batches):
                context: AbstractContextManager[object] = around() if callable(around) else nullcontext()
                with tracer.start_as_current_span("request"), context:
                    batches.append(nanoseconds(operation))
            found[event] = statistics.median(batches[WARM_UP:])
    return found


def figures(found: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """Microseconds, and ratios of medians."""
    made = []
    for row, samples in found.items():
        for event in EVENTS:
            made.append(figure(TABLE, row, f"{event}, us", [ns / 1000 for ns in spread(samples, event)]))
            ratio = median(samples, event) / median(found[NO_HOOK], event)
            made.append(Figure(TABLE, row, f"{event}, x no hook", ratio))
    return made


def measure(quick: bool) -> Result:
    """All listeners, each in its processes."""
    rows = [row for row, (_, package) in LISTENERS.items() if there(package)]
    with tempfile.TemporaryDirectory() as folder:
        build("_empty_hook", Path(folder))
        found, failed = alternate("benchmarks.hook_real", rows, 1 if quick else ROUNDS, BUDGET_SECONDS, [folder])
    notes = [f"{row} is not installed here." for row in LISTENERS if row not in rows]
    notes += [f"{row} does not hold still: {why}." for row, why in failed.items()]
    packages = [package for _, package in LISTENERS.values() if package]
    return Result("hook_real", figures(found), notes={TABLE: notes}, packages=packages)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in LISTENERS:  # one process of the alternation
        print(json.dumps(measure_here(sys.argv[1], sys.argv[2])), flush=True)
    else:
        main(__doc__, measure)
