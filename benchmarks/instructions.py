"""Instructions of one audit event, beside the times of `benchmarks.hook` and `benchmarks.span_end`.

    python -m benchmarks.instructions --json FILE [--quick]

Counted by callgrind: the same on a busy machine, and from one day to the next. Needs valgrind with its headers.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import callgrind, hook, span_end
from benchmarks.alternation import there
from benchmarks.raising import PATHS, placed, raiser
from benchmarks.result import Figure, Result, main
from benchmarks.subjects import SUBJECTS

SPAN_ROWS = {f"{subject}: {part}": (subject, part) for subject, parts in span_end.ROWS.items() for part in parts}
EXPECTED = "BENCHMARKS_EXPECTED_SOURCE"
"""Variable with the folder whose otel_audit is to be measured, where it is not the installed one."""
QUICK = ("no hook", "empty C hook", "c: ignored", "c: counted, in a span", "c: recorded, ring and span", "naive bridge")


def preload() -> None:
    """Import what the subjects share: the core itself is not among it, it draws its random numbers in each process."""
    import asyncio  # noqa: F401

    from opentelemetry import context, trace  # noqa: F401

    from otel_audit import capture, events, plan, sdk, settings  # noqa: F401

    expected = os.environ.get(EXPECTED)
    assert expected is None or Path(capture.__file__).is_relative_to(expected), capture.__file__


def of_span(row: str, folder: str) -> Callable[[], Callable[[int], object]]:
    """How a process of a row of `span_end` comes to its runs."""
    subject, part = SPAN_ROWS[row]

    def prepare() -> Callable[[int], object]:
        tracer, count = span_end.install(subject), callgrind.counted(folder)
        gc.disable()  # whose turn it is would differ from run to run

        def run(length: int) -> None:
            for _ in range(length):
                span_end.one(tracer, part, count)

        return run

    return prepare


def of_event(row: str, folder: str) -> Callable[[], Callable[[int], object]]:
    """How a process of a row of `hook` comes to its runs."""

    def prepare() -> Callable[[int], object]:
        subject = SUBJECTS[row]
        batch, count, timed = subject.prepare(folder), callgrind.counted(folder), raiser(subject)

        def run(length: int) -> None:
            paths = PATHS[:length]
            with batch():
                count(timed, paths)

        return lambda length: placed(subject, lambda: run(length))

    return prepare


def processes(folder: str, rows: list[str]) -> None:
    """What runs under callgrind: a process per row."""
    preload()
    for row in rows:
        prepare, lengths = (of_span, callgrind.ONE) if row in SPAN_ROWS else (of_event, callgrind.EVENTS)
        if callgrind.count_in_child(row, folder, prepare(row, folder), lengths):
            print(f"benchmarks.instructions: {row} failed", file=sys.stderr)


def rows_here(quick: bool) -> list[str]:
    """Whose instructions are counted: not those whose work is a thread's, which valgrind runs when it likes."""
    rows = [row for row, subject in SUBJECTS.items() if there(subject.package) and not subject.whole]
    return [row for row in rows if row in QUICK] if quick else [*rows, *SPAN_ROWS]


def measure(quick: bool) -> Result:
    """All rows under one callgrind."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            callgrind.build_extensions(folder)
        except callgrind.Unavailable as missing:
            return Result("instructions", [], notes={hook.TABLE: [f"Instructions were not counted: {missing}."]})
        found, said = callgrind.run("benchmarks.instructions", [name, *rows_here(quick)], folder)
    print(said, file=sys.stderr, end="")
    tables = {**dict.fromkeys(SUBJECTS, hook.TABLE), **dict.fromkeys(SPAN_ROWS, span_end.TABLE)}
    figures = [Figure(table, row, "instructions", found[row]) for row, table in tables.items() if row in found]
    return Result("instructions", figures)


if __name__ == "__main__":
    if len(sys.argv) > 2 and Path(sys.argv[1]).is_dir():
        processes(sys.argv[1], sys.argv[2:])
    else:
        main(__doc__, measure)
