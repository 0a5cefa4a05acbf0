"""Measures what the bridge costs a server: CPU of its whole process group under the same load, with and without it.

A mode is started three times side by side: with OpenTelemetry alone, with the C core, with the Python core. They are
loaded in turn, and their order turns from round to round. What a request costs is counted until the same server's next
turn, so that descriptions and exports of what it raised are in it, whichever thread makes them. The servers have one
core of the machine, the load and the collectors the other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.children import Child, pin, pin_nowhere, progress
from benchmarks.collector import exporting
from tests_compat.servers import test_celery, test_gunicorn, test_patched, test_uvicorn, test_uwsgi
from tests_compat.servers.harness import Server
from tests_compat.servers.serving import Mode, started
from tools.compatibility import cpu
from tools.compatibility.overheads import VARIANTS, WITHOUT, Overhead
from tools.compatibility.run import this

RECYCLING: Final = ("gthread, --preload, max_requests", "prefork, max-tasks-per-child")
MODES: Final = tuple(
    mode
    for mode in (
        *test_celery.MODES,
        *test_gunicorn.MODES,
        *test_patched.MODES,
        *test_uvicorn.MODES,
        *test_uwsgi.MODES,
    )
    if mode.mode not in RECYCLING
)
"""Without uWSGI's forks past the handlers, whose workers export nothing without the bridge, and without servers that
start a worker every few requests, which would measure imports."""
STARTS, ROUNDS = 2, 4
"""Fresh processes, and rounds with each."""
REQUESTS, WARM_UP = 400, 100
SETTLE_S = 3.0
"""Longer than what was recorded waits for its export."""
DELAYS: Final = {
    "OTEL_BSP_SCHEDULE_DELAY": "1000",
    "OTEL_BLRP_SCHEDULE_DELAY": "1000",
    "OTEL_METRIC_EXPORT_INTERVAL": "60000",
}
"""Records leave before the same server's next turn; counters once a minute, as by default."""


def chosen(names: list[str]) -> list[Mode]:
    """Modes of these names (`gunicorn`, `gunicorn, sync`); all without one.

    Raises:
        SystemExit: there is none of that name.
    """
    for name in names:
        if not any(name in _names(mode) for mode in MODES):
            known = "\n  ".join(f"{mode.subject}, {mode.mode}" for mode in MODES)
            raise SystemExit(f"{name}: expected a server, or one of\n  {known}")
    return [mode for mode in MODES if not names or _names(mode).intersection(names)]


def _names(mode: Mode) -> set[str]:
    return {mode.subject, f"{mode.subject}, {mode.mode}"}


def measure(mode: Mode, starts: int = STARTS) -> Overhead:
    """All rounds of one mode.

    Raises:
        SystemExit: what the bridge recorded did not arrive, so that its cost would be none.
    """
    us: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for number in range(starts):
        progress(f"{mode.subject}, {mode.mode}: start {number + 1} of {starts}")
        for variant, found in _of_one_start(mode).items():
            us[variant] += found
    return Overhead(mode.subject, mode.mode, REQUESTS, us, this())


def _of_one_start(mode: Mode) -> dict[str, list[float]]:
    with ExitStack() as stack:
        servers, collectors = {}, {}
        for variant in VARIANTS:
            collectors[variant] = stack.enter_context(Child("collector"))
            folder = Path(stack.enter_context(TemporaryDirectory()))
            variables = _variables(variant, collectors[variant].hello)
            servers[variant] = stack.enter_context(started(mode, folder, variables))
            cpu.pin_group(servers[variant].process.pid, 0)
        pin(1)
        try:
            found = _rounds(mode, servers)
        finally:
            pin_nowhere()
        _check(mode, {variant: collector.ask("")["logs"] for variant, collector in collectors.items()})
    return found


def _variables(variant: str, hello: Mapping[str, str]) -> dict[str, str]:
    ours = {"OTEL_PYTHON_AUDIT_ENABLED": "false"} if variant == WITHOUT else {"OTEL_PYTHON_AUDIT_CORE": variant}
    return {**exporting(dict(hello)), **DELAYS, **ours}


def _rounds(mode: Mode, servers: Mapping[str, Server]) -> dict[str, list[float]]:
    for server in servers.values():
        mode.ask(server, range(1, WARM_UP + 1))
    marks: dict[str, list[int]] = {variant: [] for variant in servers}
    for turn in range(ROUNDS):
        progress(f"  round {turn + 1} of {ROUNDS}")
        for variant in _turned(turn):
            marks[variant].append(cpu.group_ns(servers[variant].process.pid))
            mode.ask(servers[variant], range(1, REQUESTS + 1))
    time.sleep(SETTLE_S)
    for variant, server in servers.items():
        marks[variant].append(cpu.group_ns(server.process.pid))
    return {
        variant: [(after - before) / REQUESTS / 1000 for before, after in pairwise(at)] for variant, at in marks.items()
    }


def _turned(turn: int) -> tuple[str, ...]:
    first = turn % len(VARIANTS)
    return VARIANTS[first:] + VARIANTS[:first]


def _check(mode: Mode, logs: Mapping[str, int]) -> None:
    """Each request raises three events and opens a file; Celery logs its tasks, with the bridge and without."""
    expected = logs[WITHOUT] + 4 * (WARM_UP + ROUNDS * REQUESTS)
    for variant, arrived in logs.items():
        if variant != WITHOUT and arrived < expected:
            raise SystemExit(f"{mode.subject}, {mode.mode}, {variant}: {arrived} records arrived, expected {expected}")
