"""Records as OpenTelemetry log records, through real SDK pipelines."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opentelemetry import _logs
from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    LogRecordExporter,
    LogRecordExportResult,
    SimpleLogRecordProcessor,
)

from otel_audit.limits import LimitNotices
from otel_audit.model import Counts, Described
from otel_audit.scope import VERSION
from otel_audit.semconv import SCHEMA_URL
from otel_audit.sinks.logs import LogsSink
from tests.sinks.fakes import SPAN, TIME_NS, TRACE, chain, record


class Exporter(LogRecordExporter):
    """Remembers, and answers as told; `gate` holds it up."""

    def __init__(self, answer: Any = LogRecordExportResult.SUCCESS) -> None:
        self.answer, self.got = answer, 0
        self.gate = threading.Event()
        self.gate.set()

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        self.gate.wait(30)
        self.got += len(batch)
        if isinstance(self.answer, Exception):
            raise self.answer
        found: LogRecordExportResult = self.answer
        return found

    def shutdown(self) -> None:
        self.gate.set()

    def force_flush(self, timeout_millis: int = 10_000) -> bool:
        return True


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made: list[LoggerProvider] = []

    def make(*processors: Any) -> LoggerProvider:
        provider = LoggerProvider(shutdown_on_exit=False)
        for processor in processors:
            provider.add_log_record_processor(processor)
        made.append(provider)
        monkeypatch.setattr(_logs, "get_logger_provider", lambda: provider)
        return provider

    yield make
    for provider in made:
        provider.shutdown()


def batch(exporter: LogRecordExporter, size: int = 8) -> BatchLogRecordProcessor:
    return BatchLogRecordProcessor(
        exporter, schedule_delay_millis=3_600_000, max_export_batch_size=size, max_queue_size=size
    )


def described(*arguments: Any, **changes: Any) -> Described:
    found = chain().decode(record(*(arguments or ("app.e", 1)), **changes))
    assert found is not None
    return found


def in_memory(providers: Any) -> tuple[LogsSink, InMemoryLogRecordExporter]:
    exporter = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    providers(SimpleLogRecordProcessor(exporter))
    return LogsSink(), exporter


def test_every_field_of_a_log_record(providers: Any) -> None:
    sink, exporter = in_memory(providers)
    before = time.time_ns()
    sink.emit(described("open", "/etc/hosts", "r", 0, flags=3))
    (item,) = exporter.get_finished_logs()
    found, scope = item.log_record, item.instrumentation_scope
    assert found.event_name == "python.audit.open"
    assert found.timestamp == TIME_NS
    assert found.observed_timestamp is not None
    assert before <= found.observed_timestamp <= time.time_ns()
    assert (found.trace_id, found.span_id, found.trace_flags) == (TRACE, SPAN, 3)
    assert (found.severity_text, found.severity_number) == ("DEBUG", SeverityNumber.DEBUG)
    assert found.body == described("open", "/etc/hosts", "r", 0).fields["message"]
    assert found.attributes is not None
    assert found.attributes["file.path"] == "/etc/hosts"
    assert scope is not None
    assert (scope.name, scope.version, scope.schema_url) == ("otel_audit", VERSION, SCHEMA_URL)


@pytest.mark.parametrize(
    ("name", "severity"),
    [("open", SeverityNumber.DEBUG), ("app.e", SeverityNumber.INFO), ("subprocess.Popen", SeverityNumber.WARN)],
)
def test_severity_follows_the_event(providers: Any, name: str, severity: SeverityNumber) -> None:
    sink, exporter = in_memory(providers)
    sink.emit(described(name, "x"))
    assert exporter.get_finished_logs()[0].log_record.severity_number is severity


def test_a_record_without_trace_has_no_identity(providers: Any) -> None:
    sink, exporter = in_memory(providers)
    sink.emit(described("app.e", trace=0, span=0, flags=0))
    found = exporter.get_finished_logs()[0].log_record
    assert not found.trace_id
    assert not found.span_id


def test_each_record_has_the_identity_of_its_own_moment(providers: Any) -> None:
    sink, exporter = in_memory(providers)
    places = [(1, 1, 1), (1, 2, 1), (2, 2, 0), (1, 1, 1)]
    for trace_id, span_id, flags in places:
        sink.emit(described("app.e", trace=trace_id, span=span_id, flags=flags))
    found = [item.log_record for item in exporter.get_finished_logs()]
    assert [(each.trace_id, each.span_id, each.trace_flags) for each in found] == places


def test_what_the_exporter_took_is_delivered(providers: Any) -> None:
    sink, _ = in_memory(providers)
    for _ in range(3):
        sink.emit(described())
    assert sink.account.totals() == {"delivered": 3}


def test_without_a_provider_records_have_no_pipeline() -> None:
    sink = LogsSink()
    assert sink.reason() == "no logger provider is configured"
    sink.emit(described())
    assert sink.account.totals() == {"no_pipeline": 1}


def test_a_provider_without_exporters_is_no_pipeline(providers: Any) -> None:
    providers()
    sink = LogsSink()
    assert sink.reason() == "the logger provider has no exporter"
    sink.emit(described())
    assert sink.account.totals() == {"no_pipeline": 1}


def test_a_provider_set_later_is_picked_up(providers: Any) -> None:
    sink = LogsSink()
    exporter = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    provider = providers()
    sink.refresh()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    assert sink.reason() is not None
    sink.refresh()
    assert sink.reason() is None
    sink.emit(described())
    assert len(exporter.get_finished_logs()) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (LogRecordExportResult.SUCCESS, "delivered"),
        (LogRecordExportResult.FAILURE, "export_failed"),
        (OSError("refused"), "OSError"),
        (None, "delivered"),
    ],
)
def test_an_exporters_answer_is_the_account(providers: Any, answer: Any, outcome: str) -> None:
    provider = providers(batch(Exporter(answer)))
    sink = LogsSink()
    for _ in range(4):
        sink.emit(described())
    assert sink.account.totals() == {}  # nobody knows yet
    provider.force_flush()
    assert sink.account.totals() == {outcome: 4}


def test_records_of_others_in_the_batch_are_not_ours(providers: Any) -> None:
    exporter = Exporter()
    provider = providers(batch(exporter))
    sink = LogsSink()
    sink.emit(described())
    provider.get_logger("application").emit(body="mine", event_name="python.audit.imitation")
    provider.get_logger("application").emit(body="mine")
    provider.force_flush()
    assert exporter.got == 3
    assert sink.account.totals() == {"delivered": 1}


def test_notices_are_in_no_account(providers: Any) -> None:
    exporter = Exporter()
    provider = providers(batch(exporter))
    sink = LogsSink()
    (notice,) = LimitNotices(str).turn([(1, Counts(2, 1, 0, 1, 0, 0, 0))])
    sink.emit(notice)
    provider.force_flush()
    for _ in range(3):
        sink.refresh()
    assert exporter.got == 1
    assert sink.account.totals() == {}


def test_a_quarter_of_the_queue_is_left_to_the_application(providers: Any) -> None:
    provider = providers(batch(Exporter(), size=8))
    sink = LogsSink()
    exporter_of(provider).gate.clear()
    for _ in range(8):
        sink.emit(described())
    assert sink.room() <= 0
    exporter_of(provider).gate.set()
    provider.force_flush()
    totals = sink.account.totals()
    assert totals["queue_full"] == 2
    assert totals["delivered"] == 6


def exporter_of(provider: LoggerProvider) -> Exporter:
    from otel_audit import sdk

    (processor,) = sdk.log_processors(provider) or ()
    found: Exporter = processor._batch_processor._exporter
    return found


def test_a_pipeline_that_was_shut_down_takes_nothing(providers: Any) -> None:
    provider = providers(batch(Exporter()))
    sink = LogsSink()
    provider.shutdown()
    assert sink.room() > 0  # nothing to wait for
    sink.emit(described())
    assert sink.account.totals() == {"already_shutdown": 1}


def test_what_the_application_pushed_out_of_the_queue_is_counted(providers: Any) -> None:
    provider = providers(batch(Exporter(), size=8))
    exporter = exporter_of(provider)
    sink = LogsSink()
    exporter.gate.clear()
    worker = threading.Thread(target=provider.force_flush)
    provider.get_logger("application").emit(body="holds the exporter up")
    worker.start()
    while sink._exports.watch is None or not sink._exports.watch._exporting:
        time.sleep(0.001)
    for _ in range(4):
        sink.emit(described())
    for _ in range(6):
        provider.get_logger("application").emit(body="more")
    exporter.gate.set()
    worker.join()
    provider.force_flush()
    for _ in range(2):
        sink.refresh()
    assert sink.account.totals() == {"delivered": 2, "export_queue_full": 2}


def test_a_provider_of_somebody_elses_takes_what_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[Any] = []

    class Foreign:
        def get_logger(self, *args: Any, **kwargs: Any) -> Any:
            return self

        def emit(self, each: Any) -> None:
            got.append(each)

    foreign = Foreign()
    monkeypatch.setattr(_logs, "get_logger_provider", lambda: foreign)
    sink = LogsSink()
    sink.emit(described())
    assert sink.reason() is None
    assert len(got) == 1
    assert sink.account.totals() == {"delivered": 1}


def test_a_second_processor_does_not_count_twice(providers: Any) -> None:
    exporter = Exporter()
    provider = providers(batch(exporter))
    sink = LogsSink()
    sink.emit(described())
    provider.add_log_record_processor(batch(Exporter()))
    sink.refresh()
    sink.emit(described())
    provider.force_flush()
    assert sink.account.totals() == {"delivered": 2}


def test_a_child_begins_with_an_empty_account(providers: Any) -> None:
    sink, _ = in_memory(providers)
    sink.emit(described())
    sink.after_fork_child()
    assert sink.account.totals() == {}
