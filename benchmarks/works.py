"""Programs that serve nobody: `python -m benchmarks.works loops|import|suite`.

The last line of output is what one of them took: for loops, milliseconds of one batch by kind of work (the median of
the batches); for the others, seconds of wall clock and of CPU from the first statement of the program's own to its end.
"""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks import variants

BATCH_S = 0.008
"""About a batch: long beside a span, short beside what disturbs."""


class _Order:
    """What services copy and pickle."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines = [{"item": f"item {at}", "price": Fraction(number, 7), "tags": ("a", "b")} for at in range(20)]


def deepcopy() -> object:
    """Nested containers and objects: an event for every `id`."""
    return copy.deepcopy(_ORDERS[:2])


def pickled() -> object:
    """There and back: an event for every class that is looked up."""
    return pickle.loads(pickle.dumps(_ORDERS))


def compiled() -> object:
    """Small pieces of code, compiled and run: two events each."""
    for number in range(40):
        exec(compile(f"total = sum(range({number}))\nname = str(total)\n", "<template>", "exec"), {})
    return None


_ORDERS = [_Order(number) for number in range(20)]
LOOPS: dict[str, Callable[[], object]] = {"deepcopy": deepcopy, "pickle": pickled, "compile": compiled}


@contextlib.contextmanager
def _request(variant: str) -> Iterator[None]:
    """A span around a batch: where events are dearest, and where services do their work."""
    if variant in variants.BARE:
        yield
        return
    from opentelemetry import trace

    with trace.get_tracer("bench").start_as_current_span("request"):
        yield


def loops(variant: str, seconds: float) -> dict[str, float]:
    """Milliseconds of one call, by loop."""
    found = {}
    for name, call in LOOPS.items():
        start = time.perf_counter()
        call()
        calls = max(1, round(BATCH_S / (time.perf_counter() - start)))
        found[name] = _median_ms(variant, call, calls, seconds)
    return found


def _median_ms(variant: str, call: Callable[[], object], calls: int, seconds: float) -> float:
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        with _request(variant):
            for _ in range(calls):
                call()
        times.append((time.perf_counter() - start) / calls * 1000)
    return statistics.median(times[len(times) // 8 :])  # the first ones warm up


def imports() -> None:
    """SQLAlchemy, of some 200 modules."""
    import sqlalchemy.ext.declarative
    import sqlalchemy.orm  # noqa: F401


def suite() -> None:
    """A run of pytest: 240 small tests."""
    import pytest

    sample = Path(__file__).with_name("sample_suite.py")
    options = ["-q", "-p", "no:cacheprovider", "--noconftest", "-c", "/dev/null", "--rootdir", str(sample.parent)]
    with contextlib.redirect_stdout(sys.stderr):
        code = pytest.main([*options, str(sample)])
    if code:
        raise SystemExit(int(code))


def _timed(work: Callable[[], None]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def main() -> None:
    variant = variants.begin()
    work = sys.argv[1]
    found: dict[str, Any] = (
        loops(variant, float(sys.argv[2])) if work == "loops" else _timed(imports if work == "import" else suite)
    )
    print("\n" + json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
