"""Records that the bridge encodes arrive as those of the SDK do, and are accounted for whatever happens."""

from __future__ import annotations

import threading
import time
import types
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from otel_audit.limits import LimitNotices
from otel_audit.model import Counts, Described
from otel_audit.otlp.items import is_encoded
from otel_audit.sinks.logs import LogsSink
from tests.otlp.pipes import Pipe, emit, encoded, exporter, settled
from tests.receiver import Protocol, Receiver
from tests.sinks.fakes import chain

Make = Callable[..., Pipe]
Patch = pytest.MonkeyPatch


def stamped(logger: Any, method: str, fields: Any) -> Any:
    """A user's processor: values of every kind that attributes take."""
    return {**fields, "n": -1, "f": 1.5, "yes": True, "list": ["a", "b"], "none": (), "numbers": (1, 2)}


def odd(logger: Any, method: str, fields: Any) -> Any:
    """One that adds what no encoder of ours takes."""
    return {**fields, "raw": b"\xff"} if fields["python.audit.event"] == "app.e" else fields


def every_kind(pipe: Pipe) -> list[Described]:
    return [
        pipe.described("open", "/etc/hosts", "r", 0, flags=3),
        pipe.described("app.e", "a value", 7, None, count=3, thread="worker \N{SNOWMAN}"),
        pipe.described("subprocess.Popen", "x", trace=0, span=0, flags=0),
        pipe.described("message", text="user ada logged in"),
        pipe.described("app.limited", task="t", on_loop=True),
        pipe.described("app.e", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")),
        pipe.described("app.e", 1, location=("/srv/app.py", "f", 12)),
    ]


@pytest.mark.parametrize("processors", [(), (stamped,), (odd,)], ids=["plain", "every type", "not encodable"])
def test_the_request_is_the_sdks(pipe: Make, receiver: Receiver, processors: Any) -> None:
    requests = []
    for own in (True, False):
        made = pipe(own=own, records=chain(None, *processors))
        sink, records = made.sink(), every_kind(made)
        emit(sink, *records)
        assert any(encoded(made.queue)) is own
        made.provider.force_flush()
        assert sink.account.totals() == {"delivered": len(records)}
        requests.append(receiver.log_requests[-1])
    found, wanted = (sorted(map(comparable, sent.resource_logs)) for sent in requests)
    if processors == (odd,):  # the SDK's own come first, in a group of their own
        found = [(*found[0][:-1], sorted(found[0][-1] + found[1][-1]))]
        wanted = [(*wanted[0][:-1], sorted(wanted[0][-1]))]
    assert found == wanted
    assert len(receiver.log_requests) == 2


def comparable(group: Any) -> tuple[Any, ...]:
    """Everything of a group of one resource but when it was handed over."""
    (scoped,) = group.scope_logs
    records = []
    for record in scoped.log_records:
        assert 0 <= time.time_ns() - record.observed_time_unix_nano < 60_000_000_000
        record.ClearField("observed_time_unix_nano")
        records.append(str(record))
    return str(group.resource), group.schema_url, str(scoped.scope), scoped.schema_url, records


def test_a_batch_with_the_applications_records_is_one_request(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    sink, application = made.sink(), made.provider.get_logger("application")
    application.emit(body="before")
    emit(sink, made.described(), made.described())
    application.emit(body="after", event_name="python.audit.imitation")
    assert encoded(made.queue) == [False, True, True, False]
    made.provider.force_flush()
    assert len(receiver.log_requests) == 1
    assert sorted((log.scope, log.body) for log in receiver.logs)[:2] == [
        ("application", "after"),
        ("application", "before"),
    ]
    assert [log.scope for log in receiver.logs].count("otel_audit") == 2
    assert len({tuple(log.resource.items()) for log in receiver.logs}) == 1
    assert sink.account.totals() == {"delivered": 2}


def test_notices_go_as_the_sdks_records_and_in_order(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    sink = made.sink()
    (notice,) = LimitNotices(str).turn([(1, Counts(2, 1, 0, 1, 0, 0, 0))])
    emit(sink, made.described(), notice, made.described())
    assert encoded(made.queue) == [True, False, True]
    made.provider.force_flush()
    assert len(receiver.logs) == 3
    assert settled(sink) == {"delivered": 2}


def test_nothing_is_handed_over_before_the_group_ends(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()
    sink.emit(made.described())
    assert made.queue == []
    sink.flush()
    assert encoded(made.queue) == [True]


def test_the_queue_wakes_the_sdks_thread_when_a_batch_is_full(pipe: Make, receiver: Receiver) -> None:
    made = pipe(size=64, batches=4)
    sink = made.sink()
    emit(sink, *[made.described() for _ in range(3)])
    assert len(made.queue) == 3
    emit(sink, made.described())
    receiver.wait_for(lambda found: len(found.logs) == 4)


@pytest.mark.parametrize("status", [400, 503])
def test_a_refused_request_is_a_loss_of_all_in_it(pipe: Make, receiver: Receiver, status: int) -> None:
    made = pipe()
    sink = made.sink()
    receiver.fail(status)
    emit(sink, *[made.described() for _ in range(4)])
    made.provider.force_flush()
    assert sink.account.totals() == {"export_failed": 4}
    receiver.heal()
    emit(sink, made.described())
    made.provider.force_flush()
    assert settled(sink) == {"export_failed": 4, "delivered": 1}


def test_what_is_tried_again_arrives_once(pipe: Make, receiver: Receiver, protocol: Protocol) -> None:
    made = pipe(exporter(receiver, protocol, timeout=10))
    sink = made.sink()
    receiver.fail(503, count=1)
    made.provider.get_logger("application").emit(body="mine")
    emit(sink, made.described(), made.described())
    made.provider.force_flush()
    assert receiver.requests["logs", "503"] == 1
    assert len(receiver.logs) == 3
    assert settled(sink) == {"delivered": 2}


def test_what_the_exporter_raises_is_the_outcome(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("of the transport")

    client = types.SimpleNamespace(Export=fail, export=fail, shutdown=lambda: None)
    made.exporter._client = client
    if hasattr(made.exporter, "_session"):  # SDK 1.40
        made.exporter._export = fail
    emit(sink, made.described(), made.described())
    made.provider.force_flush()
    assert settled(sink) == {"RuntimeError": 2}


def test_a_quarter_of_the_queue_is_left_to_the_application(pipe: Make, receiver: Receiver) -> None:
    made = pipe(size=8)
    sink = made.sink()
    emit(sink, *[made.described() for _ in range(9)])
    assert sink.room() <= 0
    assert len(made.queue) == 6
    emit(sink, made.described())
    made.provider.force_flush()
    assert len(receiver.logs) == 6
    assert settled(sink) == {"delivered": 6, "queue_full": 4}


def test_what_the_application_pushed_out_of_the_queue_is_counted(pipe: Make, monkeypatch: Patch) -> None:
    made = pipe(size=8)
    sink = made.sink()
    with monkeypatch.context() as sleeping:
        sleeping.setattr(made.batch._worker_awaken, "set", lambda: None)  # it would make room
        emit(sink, *[made.described() for _ in range(4)])
        for _ in range(6):
            made.provider.get_logger("application").emit(body="more")
    made.provider.force_flush()
    assert settled(sink) == {"delivered": 2, "export_queue_full": 2}


def test_a_queue_that_filled_up_meanwhile_drops_its_oldest_as_ever(
    pipe: Make, receiver: Receiver, monkeypatch: Patch
) -> None:
    made = pipe(size=8)
    sink = made.sink()
    for _ in range(6):
        sink.emit(made.described())
    with monkeypatch.context() as sleeping:
        sleeping.setattr(made.batch._worker_awaken, "set", lambda: None)
        sleeping.setattr(sink._exports, "room", lambda: 6)  # looked before the application's records came
        for _ in range(5):
            made.provider.get_logger("application").emit(body="more")
        sink.flush()
    made.provider.force_flush()
    assert [log.scope for log in receiver.logs].count("application") == 2
    assert settled(sink) == {"delivered": 6}


def test_shut_down_before_the_hand_over(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()
    sink.emit(made.described())
    made.provider.shutdown()
    sink.flush()
    assert settled(sink) == {"already_shutdown": 1}


def test_what_a_shutdown_left_in_the_queue_is_counted(pipe: Make, receiver: Receiver) -> None:
    made = pipe(size=64, batches=4)
    sink = made.sink()
    receiver.hang("logs")
    emit(sink, *[made.described() for _ in range(12)])
    receiver.wait_for(lambda found: found.requests["logs", "hung"])
    made.batch.shutdown(timeout_millis=1)
    receiver.release()
    made.batch._worker_thread.join(30)
    assert not made.batch._worker_thread.is_alive()
    totals = settled(sink)
    assert sum(totals.values()) == 12
    assert totals["already_shutdown"] == len(made.queue) > 0


def test_an_export_under_way_is_no_loss(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    sink = made.sink()
    receiver.hang("logs")
    emit(sink, made.described())
    flushing = threading.Thread(target=made.provider.force_flush)
    flushing.start()
    receiver.wait_for(lambda found: found.requests["logs", "hung"])
    assert settled(sink) == {}
    receiver.release()
    flushing.join(30)
    assert sum(settled(sink).values()) == 1


def test_a_batch_taken_and_not_yet_exported_is_no_loss(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()
    emit(sink, made.described())
    with made.batch._export_lock:
        taken = made.batch._queue.pop()
        assert settled(sink) == {}
    made.exporter.export([taken])
    assert settled(sink) == {"delivered": 1}


def test_a_processor_added_meanwhile_gets_the_sdks_records(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    sink = made.sink()
    emit(sink, made.described())
    sink.emit(made.described("open", "/etc/hosts"))
    second = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    made.provider.add_log_record_processor(SimpleLogRecordProcessor(second))
    sink.flush()
    assert encoded(made.queue) == [True, False]
    emit(sink, made.described())
    (first, other) = second.get_finished_logs()
    assert first.log_record.event_name == "python.audit.open"
    assert not is_encoded(other)
    made.provider.force_flush()
    assert len(receiver.logs) == 3
    assert settled(sink) == {"delivered": 3}


def test_a_processor_that_raises_meanwhile_is_counted_as_ever(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()
    sink.emit(made.described())

    class Raising(SimpleLogRecordProcessor):
        def on_emit(self, log_record: Any) -> None:
            raise KeyError("of the user's")

    made.provider.add_log_record_processor(Raising(InMemoryLogRecordExporter()))  # type: ignore[no-untyped-call]
    sink.flush()
    assert sink.account.totals() == {"KeyError": 1}


def queued_and_readable(pipe: Make) -> tuple[Pipe, LogsSink, list[str]]:
    """A pipe with encoded records in its queue, and what the SDK would have had in their place."""
    other = pipe(own=False)
    records = every_kind(other)
    emit(other.sink(), *records)
    wanted = [item.to_json() for item in other.queue]
    other.provider.force_flush()
    made = pipe(records=other.chain)
    sink = made.sink()
    emit(sink, *records)
    assert all(encoded(made.queue))
    return made, sink, wanted


def same(found: Any, wanted: list[str]) -> bool:
    def timeless(texts: Any) -> list[str]:
        return ["\n".join(line for line in text.splitlines() if '"observed_timestamp"' not in line) for text in texts]

    return timeless(item.to_json() for item in found) == timeless(wanted)


def test_an_exporter_put_in_place_meanwhile_gets_the_sdks_records(pipe: Make) -> None:
    made, sink, wanted = queued_and_readable(pipe)
    memory = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    made.batch._exporter = memory
    made.provider.force_flush()
    found = memory.get_finished_logs()
    assert same(found, wanted)
    assert found[0].resource is made.provider.resource
    assert getattr(found[0].instrumentation_scope, "name", "") == "otel_audit"
    emit(sink, made.described())
    assert encoded(made.queue) == [False]


def test_a_wrapper_put_around_the_export_meanwhile_can_read_all(pipe: Make, receiver: Receiver) -> None:
    made, sink, wanted = queued_and_readable(pipe)
    receiver.clear()
    seen: list[Any] = []
    inner = made.exporter.export

    def wrapper(batch: Any) -> Any:
        seen.extend(batch)
        return inner([item for item in batch if item.log_record.event_name != "python.audit.open"])

    made.exporter.export = wrapper
    made.provider.force_flush()
    assert same(seen, wanted)
    assert len(receiver.logs) == len(wanted) - 1
    sink.refresh()
    emit(sink, made.described())
    assert encoded(made.queue) == [False]


def test_a_patched_class_gets_the_sdks_records(pipe: Make, monkeypatch: Patch) -> None:
    made, _, wanted = queued_and_readable(pipe)
    seen: list[Any] = []
    inner = type(made.exporter).export

    def export(self: Any, batch: Any) -> Any:
        seen.extend(batch)
        return inner(self, batch)

    monkeypatch.setattr(type(made.exporter), "export", export)
    made.provider.force_flush()
    assert not seen  # what was there first is what is followed, as ever
    assert wanted


def test_another_resource_is_that_of_later_records_only(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    sink: Any = made.sink()
    emit(sink, made.described())
    sink._logger._resource = Resource({"service.name": "child"})
    emit(sink, made.described())
    made.provider.force_flush()
    assert [log.resource["service.name"] for log in receiver.logs] == ["orders", "child"]


def test_a_child_forgets_what_its_parent_was_about_to_hand_over(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()
    sink.emit(made.described())
    sink.after_fork_child()
    sink.flush()
    assert made.queue == []
    assert settled(sink) == {}


def test_in_another_process_the_sdk_takes_each_item_itself(pipe: Make) -> None:
    """Its `emit` sees that it is in a child that nobody told of the fork."""
    made = pipe()
    sink = made.sink()
    made.batch._queue.appendleft("the parent's")
    made.batch._pid -= 1
    emit(sink, made.described(), made.described())
    assert encoded(made.queue) == [True, True]


def test_a_resource_that_only_the_sdk_can_encode(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    sink: Any = made.sink()
    sink._logger._resource = Resource({"odd": "x"})
    sink._logger._resource._attributes = {"odd": (1, "x")}
    emit(sink, made.described())
    assert encoded(made.queue) == [False]
    made.provider.force_flush()
    assert settled(sink) == {"delivered": 1}


def test_two_sinks_over_one_pipeline_send_each_record_once(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    first, second = made.sink(), made.sink()
    emit(second, made.described())
    emit(first, made.described())
    made.provider.force_flush()
    assert len(receiver.logs) == 2


def test_the_size_limit_of_the_exporter_holds(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    if not hasattr(made.exporter, "_max_request_size"):
        pytest.skip("this exporter has none")
    made.exporter._max_request_size = 100
    sink = made.sink()
    emit(sink, made.described())
    made.provider.force_flush()
    assert settled(sink) == {"export_failed": 1}
    assert not receiver.logs


def test_an_exporter_that_was_shut_down_sends_nothing(pipe: Make, receiver: Receiver) -> None:
    made = pipe()
    sink = made.sink()
    emit(sink, made.described())
    made.exporter.shutdown()
    made.provider.force_flush()
    assert settled(sink) == {"export_failed": 1}
    assert not receiver.logs


@pytest.mark.parametrize("own", [True, False])
def test_the_sdks_own_metrics_count_them(pipe: Make, own: bool, monkeypatch: Patch) -> None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    from otel_audit import sdk

    monkeypatch.setenv("OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED", "true")
    reader = InMemoryMetricReader()
    meters = MeterProvider([reader], shutdown_on_exit=False)
    monkeypatch.setattr("opentelemetry.metrics._internal._METER_PROVIDER", meters)
    made = pipe(own=own)
    if not hasattr(sdk, "is_enabled") or not hasattr(made.provider, "_logger_metrics"):
        pytest.skip("this SDK has none")
    sink = made.sink()
    made.provider.get_logger("application").emit(body="mine")
    emit(sink, made.described(), made.described())
    made.provider.force_flush()
    data = reader.get_metrics_data()
    assert data is not None
    found = {
        metric.name: sum(getattr(point, "value", 0) for point in metric.data.data_points)
        for resource in data.resource_metrics
        for scoped in resource.scope_metrics
        for metric in scoped.metrics
    }
    assert found["otel.sdk.log.created"] == 3
    assert found["otel.sdk.processor.log.processed"] == 3
    assert found["otel.sdk.exporter.log.exported"] == 3
    meters.shutdown()
