"""Cost of one audit event raised by `sys.audit`, all subjects in one run.

    python -m benchmarks.hook --json FILE [--quick]

Each subject runs in processes of its own, in alternation. A batch is 48 events; the figure of a process is the median
of its batches, the figure shown the median of the processes. The cost is the whole `sys.audit` call, with three
arguments unless the row says otherwise, the first of them a path. `N frames deep` has so many frames of libraries,
each of another file, between the event and the application. Absolute times of a shared machine mean little: quote the
ratios, which are of medians of one run.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.alternation import alternate, figure, median, spread, there
from benchmarks.raising import PATHS, placed, raiser
from benchmarks.result import Figure, Measured, Result, main
from benchmarks.subjects import ASKING, EMPTY_C, EMPTY_PYTHON, NAIVE, SUBJECTS, Subject
from benchmarks.subjects.floor import ARGUMENTS, build

TABLE = "hook"
ROUNDS, BUDGET_SECONDS = 9, 150.0
WARM_UP, BATCHES, LONGEST_SECONDS = 10, 400, 0.2
"""Batches of one process: so many, or what fits into the time."""

NOTES = (
    "subaudit, fastaudit and malwi-box hold still, with listeners that do nothing: they call a Python function, and "
    "keep, count or export nothing.",
    "fastaudit denies events it does not know, and walks all frames to say so; the row is of an `open` it allows.",
    "malwi-box also sets a profile function for every call of the program, not only in its hook, and ends the process "
    "at `sys.addaudithook`, `sys.settrace` and `sys.setprofile`.",
    "The queue bridge keeps references to the arguments, makes no span events, and its queue has no bound.",
)
ONE, BOTH = ("c: recorded, ring", "c: recorded, span"), "c: recorded, ring and span"


def measure_here(subject: Subject, folder: str) -> float:
    """Nanoseconds of one event in this process, for good under that subject's hook."""
    batch = subject.prepare(folder)

    def one() -> float:
        start = time.process_time_ns()
        with batch():
            elapsed = timed(PATHS)
        return (time.process_time_ns() - start if subject.whole else elapsed) / len(PATHS)

    timed = raiser(subject)

    def batches() -> Iterator[float]:
        for _ in range(WARM_UP):
            one()
        end = time.monotonic() + LONGEST_SECONDS
        for _ in range(BATCHES):
            yield one()
            if time.monotonic() > end:
                return

    return placed(subject, lambda: statistics.median(batches()))


def floor_of(row: str) -> str:
    """The empty C hook that is called with as many arguments."""
    return EMPTY_C + ARGUMENTS[SUBJECTS[row].arguments]


def figures(found: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """Times, and ratios of medians; to the empty Python hook only where a Python function is called."""
    made = []
    for row, samples in found.items():
        made.append(figure(TABLE, row, "ns", spread(samples, "ns")))
        ns = made[-1].value
        made.append(Figure(TABLE, row, "x empty C hook", ns / median(found[floor_of(row)], "ns")))
        if row.startswith("python: "):
            made.append(Figure(TABLE, row, "x empty Python hook", ns / median(found[EMPTY_PYTHON], "ns")))
    return made


def reason(ns: Mapping[str, float], row: str) -> str:
    """Where the time of a row of the C core goes, by the other rows of the run."""
    alone, bare = ns[f"{BOTH}, no arguments"] - ns[f"{EMPTY_C}, no arguments"], ns["c: counted, in a span"]
    return (
        f"{ns[row] - ns[EMPTY_C]:.0f} ns over an empty C hook's {ns[EMPTY_C]:.0f}. To count in a span takes "
        f"{bare - ns[EMPTY_C]:.0f} of them, an event without arguments recorded in both places {alone:.0f}; the rest "
        "copies three arguments and hashes them for merging"
    )


def counting_reason(ns: Mapping[str, float], row: str) -> str:
    """The same of an event that is only counted."""
    floor, ignored = ns[EMPTY_C], ns["c: ignored"]
    return (
        f"{ns[row] - floor:.0f} ns over an empty C hook's {floor:.0f}. To find the event's row by its name takes "
        f"{ignored - floor:.0f} of them, as of an ignored one; the rest asks the context variable where this is, which "
        "a counted event may not leave out (instrumentation may be suppressed there), and counts"
    )


def python_reason(ns: Mapping[str, float], row: str) -> str:
    """The same of the Python core."""
    bare = ns["python: counted, in a span"]
    return (
        f"{ns[row] - ns[EMPTY_PYTHON]:.0f} ns over an empty Python function's {ns[EMPTY_PYTHON]:.0f}, of which looking "
        f"where one is and counting is {bare - ns[EMPTY_PYTHON]:.0f}: the rest is Python code that copies and appends"
    )


def measured(found: dict[str, list[dict[str, float]]]) -> list[Measured]:
    """What the targets ask for; a row that nothing is known of is an error."""
    ns = {row: median(samples, "ns") for row, samples in found.items()}
    c, python = ns[EMPTY_C], ns[EMPTY_PYTHON]
    one = max(ONE, key=lambda row: ns[row])
    rows = {
        "ignored": "c: ignored",
        "counted": "c: counted, no context",
        "counted in a span": "c: counted, in a span",
        "recorded": one,
        "recorded, merging": BOTH,
        "recorded, limiter": f"{BOTH}, limiter",
    }
    why = {target: reason(ns, row) for target, row in rows.items() if target.startswith("recorded")}
    why |= {target: counting_reason(ns, row) for target, row in rows.items() if target.startswith("counted")}
    recorded = "python: recorded, ring and span"
    return [
        *(Measured(target, ns[row] / c, why=why.get(target, "")) for target, row in rows.items()),
        Measured("naive ratio", (ns[NAIVE] - c) / (ns[BOTH] - c)),
        Measured(
            "python ignored",
            ns["python: ignored"] / python,
            why=f"{ns['python: ignored'] - python:.0f} ns over an empty Python function's {python:.0f}; one that only "
            f"asks whether a set has the event's name needs {ns[ASKING] - python:.0f} of them",
        ),
        Measured("python recorded", ns[recorded] / python, why=python_reason(ns, recorded)),
    ]


def measure(quick: bool) -> Result:
    """All rows, each in its processes."""
    rows = [row for row, subject in SUBJECTS.items() if there(subject.package)]
    missing = sorted({subject.package for subject in SUBJECTS.values() if not there(subject.package)})
    with tempfile.TemporaryDirectory() as folder:
        build("_empty_hook", Path(folder))
        found, failed = alternate("benchmarks.hook", rows, 1 if quick else ROUNDS, BUDGET_SECONDS, [folder])
    notes = list(NOTES)
    notes += [f"{package} is not installed here." for package in missing]
    notes += [f"{row} does not hold still: {why}." for row, why in failed.items()]
    packages = sorted({subject.package for subject in SUBJECTS.values() if subject.package})
    return Result("hook", figures(found), measured(found), {TABLE: notes}, packages)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in SUBJECTS:  # one process of the alternation
        print(json.dumps({"ns": measure_here(SUBJECTS[sys.argv[1]], sys.argv[2])}))
    else:
        main(__doc__, measure)
