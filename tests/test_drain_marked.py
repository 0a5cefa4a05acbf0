"""A sink that wants marked records only: it reads no others, sets no pace, and speaks for the ring only when alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from otel_audit import wire
from otel_audit.destination import leading
from otel_audit.drain import Drain
from tests.sinks.fakes import FakeCore, FakeSink, chain, record

HOUR = 3_600_000


class Counting(FakeSink):
    """As the counter of what blocks event loops."""

    marked_only = True


def marked(data: bytes) -> bytes:
    """The same record, on an event loop."""
    return data[:5] + bytes([data[5] | wire.FLAG_ON_EVENT_LOOP]) + data[6:]


Start = Callable[..., Drain]


@pytest.fixture
def start() -> Iterator[Start]:
    made: list[tuple[Drain, tuple[FakeSink, ...]]] = []

    def starting(core: FakeCore, *sinks: FakeSink) -> Drain:
        drain = Drain(core, chain(core), sinks, HOUR, lambda: None)
        made.append((drain, sinks))
        drain.start()
        return drain

    yield starting
    for drain, sinks in made:
        for sink in sinks:
            sink.rooms = 1 << 16
        assert drain.stop(10)


def test_a_record_says_whether_it_is_marked() -> None:
    data = record() + marked(record("open", "/x"))
    assert [wire.is_marked(data, at) for at in wire.split(data)] == [False, True]
    assert [wire.decode(data, at).on_event_loop for at in wire.split(data)] == [False, True]


def test_where_others_read_it_gets_all_of_them(start: Start) -> None:
    core, logs, counting = FakeCore(record(), marked(record())), FakeSink("logs"), Counting("event_loop")
    assert start(core, logs, counting).flush(10)
    assert len(logs.got) == len(counting.got) == 2


def test_where_nobody_else_can_deliver_only_marked_ones_are_read(start: Start) -> None:
    core, logs, counting = FakeCore(record(), marked(record()), record()), FakeSink("logs"), Counting("event_loop")
    logs.why = "the logger provider has no exporter"
    assert start(core, logs, counting).flush(10)
    assert [described.record.on_event_loop for described in counting.got] == [True]
    assert logs.account.totals() == {"no_pipeline": 2, "delivered": 1}  # a sink decides on what it is handed itself


def test_where_nobody_can_deliver_nothing_is_read(start: Start) -> None:
    core, logs, counting = FakeCore(record(), marked(record())), FakeSink("logs"), Counting("event_loop")
    logs.why = counting.why = "no exporter"
    assert start(core, logs, counting).flush(10)
    assert counting.got == []
    assert logs.account.totals() == {"no_pipeline": 2}


def test_it_does_not_set_the_pace(start: Start) -> None:
    core, logs, counting = FakeCore(), FakeSink("logs"), Counting("event_loop")
    logs.rooms = 0  # as the SDK's queue is full
    drain = start(core, logs, counting)
    core.ring.append(marked(record()))
    assert not drain.flush(0.2)
    assert counting.got == []
    logs.rooms = 10
    assert drain.flush(10)
    assert len(logs.got) == len(counting.got) == 1


def test_alone_it_speaks_for_the_ring() -> None:
    logs, counting = FakeSink("logs"), Counting("event_loop")
    assert leading([logs, counting]) == [logs]
    assert leading([counting]) == [counting]
    assert leading([]) == []
