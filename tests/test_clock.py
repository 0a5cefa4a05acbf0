"""The bridge's clocks: right, and not moved by what test suites do to `time`."""

from __future__ import annotations

import sys
import time

import pytest

from otel_audit import clock

NEAR_NS = 250_000_000


def test_it_is_the_wall_clock() -> None:
    before = time.time_ns()
    now = clock.time_ns()
    assert before - NEAR_NS < now < time.time_ns() + NEAR_NS


def test_names_that_somebody_replaced_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("time", "time_ns", "monotonic", "monotonic_ns"):
        monkeypatch.setattr(time, name, lambda: 0)
    assert clock.time_ns() > 10**18
    assert clock.monotonic() != 0
    assert clock.monotonic_ns() != 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="two clocks are Linux's")
def test_it_follows_when_the_wall_clock_is_set() -> None:
    hour = 3_600 * 10**9
    read, apart = clock._read[0], clock._apart[0]
    clock._read[0] = lambda number: read(number) + (hour if number == clock._COARSE else 0)
    try:
        clock.follow()
        assert abs(clock.time_ns() - time.time_ns() - hour) < NEAR_NS
    finally:
        clock._read[0], clock._apart[0] = read, apart
