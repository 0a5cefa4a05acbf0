"""The background thread: wakes, delivers, survives its sinks, tells the truth."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from otel_audit.drain import HELD_FULL_NS, HELD_NS, Drain
from otel_audit.model import Counts
from otel_audit.processors import RATE_LIMIT_NOTICE
from tests.sinks.fakes import FakeCore, FakeSink, chain, record

HOUR = 3_600_000


def until(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    """Wait for what must come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.001)


class Drains:
    """Makes drains and stops them."""

    def __init__(self) -> None:
        self.made: list[tuple[Drain, list[FakeSink]]] = []

    def __call__(
        self,
        core: FakeCore,
        *sinks: FakeSink,
        interval: int = HOUR,
        before: Callable[[], None] = lambda: None,
        **more: Any,
    ) -> Drain:
        drain = Drain(core, more.get("chain") or chain(core), sinks, interval, before)
        self.made.append((drain, list(sinks)))
        drain.start()
        return drain


@pytest.fixture
def drains() -> Iterator[Drains]:
    maker = Drains()
    yield maker
    for drain, sinks in maker.made:
        for sink in sinks:
            sink.rooms = 1 << 16
            sink.gate.set()
        assert drain.stop(10)


def texts(sink: FakeSink) -> list[Any]:
    return [described.fields["event"] for described in sink.got]


def test_flush_hands_over_what_was_recorded(drains: Drains) -> None:
    core, sink = FakeCore(), FakeSink()
    drain = drains(core, sink)
    core.ring.extend([record("app.e", 1), record("open", "/x")])
    assert drain.flush(10)
    assert texts(sink) == ["python.audit.app.e", "python.audit.open"]
    assert sink.flushes >= 1


def test_a_wake_is_enough_long_before_the_interval(drains: Drains) -> None:
    core, sink = FakeCore(), FakeSink()
    drains(core, sink)
    until(lambda: core.waits >= 2)
    core.ring.append(record())
    core.wake()
    until(lambda: len(sink.got) == 1)


def test_the_interval_is_enough_without_a_wake(drains: Drains) -> None:
    core, sink = FakeCore(), FakeSink()
    drains(core, sink, interval=10)
    until(lambda: core.waits >= 2)
    core.ring.append(record())
    until(lambda: len(sink.got) == 1)


def test_a_wake_alone_begins_no_new_merge_window(drains: Drains) -> None:
    core = FakeCore()
    drains(core, FakeSink())
    until(lambda: core.windows == 1 and core.waits >= 2)
    for _ in range(5):
        seen = core.waits
        core.wake()
        until(lambda seen=seen: core.waits > seen)  # type: ignore[misc]
    assert core.windows == 1


def test_windows_go_on_while_only_full_rings_wake_the_thread(drains: Drains) -> None:
    core, sink = FakeCore(), FakeSink()
    drains(core, sink, interval=10)
    deadline = time.monotonic() + 10
    while core.windows < 5 or sink.refreshes < 5:
        core.wake()
        assert time.monotonic() < deadline


def test_flush_returns_under_a_load_that_never_ends(drains: Drains) -> None:
    core, sink = FakeCore(), FakeSink()
    drain = drains(core, sink)
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            if len(core.ring) < 50:
                core.ring.extend([record()] * 50)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        assert drain.flush(20)
    finally:
        stop.set()
        thread.join()


def test_flush_says_no_when_a_sink_is_stuck(drains: Drains) -> None:
    core, sink = FakeCore(record()), FakeSink()
    sink.gate.clear()
    drain = drains(core, sink)
    begin = time.monotonic()
    assert not drain.flush(0.05)
    assert time.monotonic() - begin < 5


def test_flush_says_no_when_a_sink_has_no_room_and_yes_once_it_has(drains: Drains) -> None:
    core, sink = FakeCore(record()), FakeSink()
    sink.rooms = 0
    drain = drains(core, sink)
    assert not drain.flush(0.15)
    assert sink.got == []
    sink.rooms = 1
    assert drain.flush(10)
    assert len(sink.got) == 1


def test_flush_says_no_before_start_and_after_stop() -> None:
    drain = Drain(FakeCore(), chain(), [FakeSink()], HOUR, lambda: None)
    assert not drain.flush(0.05)
    drain.start()
    assert drain.stop(10)
    assert not drain.flush(0.05)


def test_stop_delivers_what_is_left() -> None:
    core, sink = FakeCore(), FakeSink()
    drain = Drain(core, chain(core), [sink], HOUR, lambda: None)
    drain.start()
    until(lambda: core.waits >= 2)
    core.ring.extend([record()] * 3)
    assert drain.stop(10)
    assert len(sink.got) == 3


def test_stop_is_bounded_when_a_sink_is_stuck(drains: Drains) -> None:
    core, sink = FakeCore(record()), FakeSink()
    sink.gate.clear()
    drain = drains(core, sink)
    begin = time.monotonic()
    assert not drain.stop(0.05)
    assert time.monotonic() - begin < 5


def test_stop_without_start_is_no_trouble() -> None:
    assert Drain(FakeCore(), chain(), [], HOUR, lambda: None).stop(0)


def test_a_sink_that_raises_is_counted_and_hurts_no_other(drains: Drains, caplog: pytest.LogCaptureFixture) -> None:
    core, bad, good = FakeCore(), FakeSink("bad", emit=ValueError("no")), FakeSink("good")
    drain = drains(core, bad, good)
    core.ring.extend([record()] * 5)
    assert drain.flush(10)
    assert len(good.got) == 5
    assert bad.account.totals() == {"ValueError": 5}
    assert good.account.totals() == {"delivered": 5}


def test_a_failure_is_logged_once_per_place_and_kind(drains: Drains, caplog: pytest.LogCaptureFixture) -> None:
    core, sink = FakeCore(), FakeSink("bad", emit=ValueError("no"), flush=OSError("full"), refresh=KeyError("k"))
    with caplog.at_level(logging.WARNING, "otel_audit"):
        drain = drains(core, sink)
        for _ in range(3):
            core.ring.append(record())
            assert drain.flush(10)
    lines = sorted(each.getMessage() for each in caplog.records if each.name.startswith("otel_audit"))
    assert [line.split(": ", 1)[1] for line in lines] == [
        "bad failed and goes on: KeyError: 'k'",
        "bad failed and goes on: OSError: full",
        "bad failed and goes on: ValueError: no",
    ]


def test_the_thread_survives_its_own_errors(drains: Drains, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("ours")

    core, sink = FakeCore(record()), FakeSink()
    drain = drains(core, sink, interval=10, before=fail)
    until(lambda: core.windows >= 3)
    assert not drain.flush(0.1)  # nothing came through, and flush does not say otherwise
    assert drain.stop(10)


def test_a_processor_that_raises_is_counted_for_every_sink(drains: Drains, caplog: pytest.LogCaptureFixture) -> None:
    def fail(logger: Any, method: str, fields: Any) -> Any:
        raise LookupError("mine")

    core, sinks = FakeCore(), [FakeSink("a"), FakeSink("b")]
    drain = drains(core, *sinks, chain=chain(core, fail))
    core.ring.extend([record()] * 2)
    assert drain.flush(10)
    assert [sink.account.totals() for sink in sinks] == [{"LookupError": 2}] * 2


def test_a_record_that_a_processor_drops_is_counted_as_filtered(drains: Drains) -> None:
    def drop(logger: Any, method: str, fields: Any) -> Any:
        if fields["event"].endswith("open"):
            raise structlog.DropEvent
        return fields

    core, sink = FakeCore(), FakeSink()
    drain = drains(core, sink, chain=chain(core, drop))
    core.ring.extend([record("open", "/x"), record("app.e")])
    assert drain.flush(10)
    assert sink.account.totals() == {"filtered": 1, "delivered": 1}


def test_without_any_pipeline_records_are_counted_and_not_decoded(drains: Drains) -> None:
    core, sink = FakeCore(), FakeSink()
    sink.why = "no provider"
    drain = drains(core, sink, chain=object())
    core.ring.extend([record()] * 4)
    assert drain.flush(10)
    assert sink.account.totals() == {"no_pipeline": 4}


def test_a_limiter_that_starts_and_stops_is_told_once_each(drains: Drains) -> None:
    core, sink, left = FakeCore(), FakeSink(), [0, 5, 9]

    def advance() -> None:
        limited = left.pop(0) if left else 9
        core.counts = [(3, (limited + 1, 1, 0, limited, 0, 0, 0))]

    drain = drains(core, sink, before=advance)
    for _ in range(5):
        assert drain.flush(10)
    told = [described.fields for described in sink.got]
    assert [fields["event"] for fields in told] == [RATE_LIMIT_NOTICE, RATE_LIMIT_NOTICE]
    assert [fields["python.audit.bridge.state"] for fields in told] == ["started", "stopped"]
    assert [fields["python.audit.bridge.limited"] for fields in told] == [5, 9]


def test_the_thread_is_the_bridges_own_and_suppressed(drains: Drains) -> None:
    from opentelemetry import context

    seen: list[object] = []
    core = FakeCore()
    drain = drains(
        core, FakeSink(), before=lambda: seen.append(context.get_value(context._SUPPRESS_INSTRUMENTATION_KEY))
    )
    assert drain.flush(10)
    assert core.own == [True]
    assert set(seen) == {True}


def test_starting_twice_runs_one_thread(drains: Drains) -> None:
    drain = drains(FakeCore(), FakeSink())
    before = threading.active_count()
    drain.start()
    assert threading.active_count() == before


def test_a_child_gets_a_thread_of_its_own(drains: Drains) -> None:
    core, sink = FakeCore(), FakeSink()
    drain = drains(core, sink)
    first = drain._thread
    assert first is not None
    assert drain.stop(10)
    drain._stopping = False  # as the child finds it: running, its thread left behind
    drain.after_fork_child()
    assert drain._thread is not first
    core.ring.append(record())
    assert drain.flush(10)
    assert len(sink.got) == 1


def test_a_child_of_a_stopped_bridge_gets_none() -> None:
    drain = Drain(FakeCore(), chain(), [FakeSink()], HOUR, lambda: None)
    drain.start()
    assert drain.stop(10)
    drain.after_fork_child()
    assert drain._thread is None


def test_counts_of_the_core_have_the_fields_that_notices_read() -> None:
    assert Counts._fields[3] == "rate_limited"


class Polite:
    """A drain without its thread, and how many records its sink had each time the GIL was offered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sink = FakeSink()
        self.offered: list[int] = []
        self.drain = Drain(FakeCore(), chain(), [sink], HOUR, lambda: None)
        monkeypatch.setattr("otel_audit.threads.give_way", lambda: self.offered.append(len(sink.got)))

    def deliver(self, held_ns: int) -> list[int]:
        self.drain._held_ns = held_ns
        self.drain._deliver(record() * 13)
        return self.offered


@pytest.fixture
def polite(monkeypatch: pytest.MonkeyPatch) -> Polite:
    return Polite(monkeypatch)


def test_the_gil_is_offered_between_small_groups_of_records(polite: Polite) -> None:
    assert polite.deliver(-HOUR) == [3, 7, 11]
    assert polite.drain.lag_ns > 0


def test_the_gil_is_not_offered_before_its_time(polite: Polite) -> None:
    assert polite.deliver(HOUR * 1_000_000) == []


def test_who_waits_for_records_gets_them_without_pauses(polite: Polite) -> None:
    polite.drain._stopping = True
    assert polite.deliver(-HOUR) == []


@pytest.mark.parametrize(("capacity", "held"), [(1 << 20, HELD_NS), (150, HELD_FULL_NS)])
def test_a_ring_that_fills_up_is_worked_off_in_larger_groups(capacity: int, held: int) -> None:
    core = FakeCore(record())
    core.extra["ring_capacity"] = capacity
    drain = Drain(core, chain(core), [FakeSink()], HOUR, lambda: None)
    assert drain._turn(new_window=True)
    assert drain._held_ns == held
