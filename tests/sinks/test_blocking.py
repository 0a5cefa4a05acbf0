"""What blocked the event loop is counted by event and place, in bounded memory, with the trace it happened in."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_audit.exemplars import Exemplars
from otel_audit.model import Described, Location, Record
from otel_audit.sinks.blocking import MAX_PLACES, METRIC, BlockingSink
from tests.sinks.fakes import SPAN, TRACE

PLACE = Location("/srv/app/tariffs.py", "load", 16)


def described(event: str = "open", place: Location | None = PLACE, *, count: int = 1, span: int = SPAN) -> Described:
    fields: dict[str, Any] = {"event": f"python.audit.{event}", "python.audit.event": event}
    if place is not None:
        keys = ("code.file.path", "code.function.name", "code.line.number")
        fields.update(zip(keys, place))
    record = Record(1, 0, TRACE, span, 1, 0, "", 0, count, 4, 0, (), on_event_loop=True, task="Task-1", location=place)
    return Described(record, fields)


class Published:
    """The metric of one sink, as a reader gets it."""

    def __init__(self, sink: BlockingSink) -> None:
        self._reader = InMemoryMetricReader()
        self.provider = MeterProvider([self._reader], shutdown_on_exit=False)
        sink.register(self.provider.get_meter("test"))

    def metric(self) -> Any:
        data: Any = self._reader.get_metrics_data()
        found = [] if data is None else [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics]
        return found[0] if found else None

    def points(self) -> dict[tuple[tuple[str, Any], ...], int]:
        metric = self.metric()
        return {tuple(point.attributes.items()): point.value for point in metric.data.data_points} if metric else {}


@pytest.fixture
def sink() -> BlockingSink:
    return BlockingSink(Exemplars(), lambda: None)


@pytest.fixture
def published(sink: BlockingSink) -> Any:
    found = Published(sink)
    yield found
    found.provider.shutdown()


def series(event: str, file: str, function: str) -> tuple[tuple[str, str], ...]:
    return ("python.audit.event", event), ("code.file.path", file), ("code.function.name", function)


def test_records_count_by_event_and_place_for_all_they_stand_for(sink: BlockingSink, published: Published) -> None:
    elsewhere = Location("/srv/app/tariffs.py", "load", 17)  # another line of the same function
    for one in (described(count=3), described(place=elsewhere), described("socket.connect")):
        sink.emit(one)
    assert published.points() == {
        series("open", PLACE.file, "load"): 4,
        series("socket.connect", PLACE.file, "load"): 1,
    }


def test_what_is_not_marked_does_not_count(sink: BlockingSink, published: Published) -> None:
    record, fields = described()
    sink.emit(Described(record._replace(on_event_loop=False), fields))
    assert published.points() == {}
    assert sink.account.totals() == {}


def test_without_a_place_there_is_the_event_alone(sink: BlockingSink, published: Published) -> None:
    sink.emit(described(place=None))
    assert published.points() == {(("python.audit.event", "open"),): 1}


def test_an_events_own_code_is_no_place(sink: BlockingSink, published: Published) -> None:
    record, fields = described(place=None)
    sink.emit(Described(record, {**fields, "code.file.path": "/srv/plugin.py", "code.function.name": "f"}))
    assert published.points() == {(("python.audit.event", "open"),): 1}


def test_places_are_bounded_and_nothing_is_lost(sink: BlockingSink, published: Published) -> None:
    for number in range(MAX_PLACES + 50):
        sink.emit(described(place=Location(f"/srv/{number}.py", "f", 1)))
    sink.emit(described("time.sleep", Location("/srv/late.py", "f", 1)))
    sink.emit(described(place=Location("/srv/0.py", "f", 2), count=9))  # known since the beginning
    points = published.points()
    assert len(points) == MAX_PLACES + 2
    assert points[series("open", "other", "other")] == 50
    assert points[series("time.sleep", "other", "other")] == 1
    assert points[series("open", "/srv/0.py", "f")] == 10
    assert sum(points.values()) == MAX_PLACES + 60


def test_a_label_shows_nothing_that_moves_a_cursor(sink: BlockingSink, published: Published) -> None:
    sink.emit(described(place=Location("/srv/\x1b[2J.py", "f\nforged", 1)))
    assert list(published.points()) == [series("open", r"/srv/\x1b[2J.py", r"f\nforged")]


def test_a_processor_may_have_made_anything_of_the_fields(sink: BlockingSink, published: Published) -> None:
    record, fields = described()
    sink.emit(Described(record, {**fields, "code.file.path": 7, "code.function.name": None}))
    assert list(published.points()) == [(("python.audit.event", "open"), ("code.file.path", "7"))]


def test_a_point_leads_to_the_last_trace_once(sink: BlockingSink, published: Published) -> None:
    sink.emit(described(span=1))
    sink.emit(described(span=2))
    (point,) = published.metric().data.data_points
    (exemplar,) = point.exemplars
    assert (exemplar.trace_id, exemplar.span_id) == (TRACE, 2)
    (later,) = published.metric().data.data_points
    assert not later.exemplars


def test_name_unit_and_kind(sink: BlockingSink, published: Published) -> None:
    sink.emit(described())
    metric = published.metric()
    assert (metric.name, metric.unit, metric.data.is_monotonic) == (METRIC, "{event}", True)
    assert METRIC == "python.audit.event_loop.blocking"


def test_its_account_says_whether_a_reader_gets_it(sink: BlockingSink, published: Published) -> None:
    sink.emit(described())
    nobody = BlockingSink(Exemplars(), lambda: "the meter provider has no reader")
    nobody.emit(described())
    assert sink.account.totals() == {"delivered": 1}
    assert nobody.account.totals() == {"no_pipeline": 1}
    assert nobody.reason() == "the meter provider has no reader"


def test_a_forked_child_counts_from_zero(sink: BlockingSink, published: Published) -> None:
    sink.emit(described(count=5))
    sink.after_fork_child()
    assert published.points() == {}
    assert sink.account.totals() == {}
    sink.emit(described())
    assert published.points() == {series("open", PLACE.file, "load"): 1}
