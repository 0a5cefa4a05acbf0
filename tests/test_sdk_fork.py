"""Locks and connections of a parent's SDK, in its child. A change of the SDK shows here."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

from otel_audit import sdk, sdk_fork, threads


@pytest.fixture
def meters() -> Any:
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint="http://127.0.0.1:9"), 3_600_000)
    provider = MeterProvider([reader], shutdown_on_exit=False)
    provider.get_meter("test").create_counter("counter").add(1)
    yield provider
    reader._exporter.shutdown()  # its thread's last export would wait for a collector, beside all tests that follow
    reader._shutdown_event.set()
    if reader._daemon_thread is not None:
        reader._daemon_thread.join(60)


def reader_of(provider: Any) -> Any:
    readers = sdk.metric_readers(provider)
    assert readers
    return readers[0]


def test_the_lock_of_an_export_that_the_parent_was_in_is_free(meters: Any) -> None:
    reader_of(meters)._export_lock.acquire()
    sdk_fork.after_fork_child([meters])
    assert not reader_of(meters)._export_lock.locked()


def test_the_locks_of_a_collection_are_free(meters: Any) -> None:
    def hold() -> None:
        meters._measurement_consumer._lock.acquire()
        for storage in meters._measurement_consumer._reader_storages.values():
            storage._lock.acquire()

    holding = threading.Thread(target=hold)
    holding.start()
    holding.join()
    sdk_fork.after_fork_child([meters])
    assert reader_of(meters).collect() is None
    assert meters.force_flush is not None


def test_a_free_lock_stays_the_same(meters: Any) -> None:
    before = reader_of(meters)._export_lock
    sdk_fork.after_fork_child([meters])
    assert reader_of(meters)._export_lock is before


def sessions(thing: Any, seen: set[int]) -> list[requests.Session]:
    if id(thing) in seen:
        return []
    seen.add(id(thing))
    if isinstance(thing, requests.Session):
        return [thing]
    held = vars(thing).values() if type(thing).__module__.startswith("opentelemetry") else ()
    return [found for one in held if hasattr(one, "__dict__") for found in sessions(one, seen)]


def test_connections_of_the_parent_are_left_to_it(meters: Any) -> None:
    session = sessions(reader_of(meters)._exporter, set())[0]
    before = [adapter.poolmanager.pools for adapter in session.adapters.values()]  # type: ignore[attr-defined]
    sdk_fork.after_fork_child([meters])
    after = [adapter.poolmanager.pools for adapter in session.adapters.values()]  # type: ignore[attr-defined]
    assert all(old is not new for old, new in zip(before, after))
    assert all(type(old) is type(new) and old._maxsize == new._maxsize for old, new in zip(before, after))
    assert all(any(old is kept for kept in sdk_fork._parents) for old in before), "collecting them would close them"


def test_a_lock_that_the_forking_thread_holds_again_is_its_own() -> None:
    class Holder:
        def __init__(self) -> None:
            self._lock = threads.RLock()

    Holder.__module__ = "opentelemetry.test"
    holder = Holder()
    before = holder._lock
    with before:
        sdk_fork.after_fork_child([holder])
        assert holder._lock is before


def test_catching_up_starts_a_thread_for_the_reader(meters: Any) -> None:
    before = reader_of(meters)._daemon_thread
    sdk_fork.catch_up([meters])
    assert reader_of(meters)._daemon_thread is not before


def test_what_is_not_there_is_passed_by() -> None:
    sdk_fork.after_fork_child([None, object(), 7])
    sdk_fork.catch_up([None, object(), 7])
