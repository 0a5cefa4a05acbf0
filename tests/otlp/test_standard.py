"""Whatever else has a say on the way of the log records gets the SDK's records. Failing here: the SDK changed."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import _logs
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs import _internal as sdk_logs
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)

from otel_audit import scope
from otel_audit.otlp import standard, transport
from otel_audit.semconv import SCHEMA_URL
from otel_audit.sinks.logs import LogsSink
from tests.otlp.pipes import Pipe, emit, encoded, exporter, watch_of
from tests.receiver import Protocol, Receiver

Make = Callable[..., Pipe]
Patch = pytest.MonkeyPatch


def look(made: Pipe) -> standard.Way | standard.Other:
    return standard.look(made.provider, own_logger(made), None)


def own_logger(made: Pipe) -> Any:
    return made.provider.get_logger(scope.NAME, scope.VERSION, schema_url=SCHEMA_URL)


def test_the_sdks_own_way_is_known(pipe: Make, protocol: Protocol) -> None:
    found = look(pipe())
    assert isinstance(found, standard.Way)
    assert found.protocol == ("gRPC" if protocol == "grpc" else "HTTP")
    assert found.holds()


def test_it_is_known_when_it_is_followed(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()
    sink.refresh()
    emit(sink, made.described())
    sink.refresh()
    emit(sink, made.described())
    assert encoded(made.queue) == [True, True]
    assert sink.note() == ""


class OwnProcessor(BatchLogRecordProcessor):
    """A subclass that may look at every record."""


class OwnProvider(LoggerProvider):
    """A subclass that may do anything."""


def passing(function: Any) -> Any:
    """What an instrumentation puts around a function of the SDK."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def on_class(path: str, name: str) -> Callable[[Pipe, Patch], None]:
    def change(pipe: Pipe, patch: Patch) -> None:
        owner = {
            "logger": type(pipe.provider.get_logger("x")),
            "multi": type(pipe.provider._multi_log_record_processor),
            "processor": type(pipe.processor),
            "batch": type(pipe.batch),
            "exporter": type(pipe.exporter),
        }[path]
        patch.setattr(owner, name, passing(getattr(owner, name)))

    return change


def on_instance(path: str, name: str) -> Callable[[Pipe, Patch], None]:
    def change(pipe: Pipe, patch: Patch) -> None:
        owner = {
            "logger": own_logger(pipe),
            "multi": pipe.provider._multi_log_record_processor,
            "processor": pipe.processor,
            "batch": pipe.batch,
            "exporter": pipe.exporter,
        }[path]
        patch.setattr(owner, name, passing(getattr(owner, name)))

    return change


def in_module(name: str) -> Callable[[Pipe, Patch], None]:
    def change(pipe: Pipe, patch: Patch) -> None:
        module = sys.modules[type(pipe.exporter).__module__ if name == "exporter" else standard._ENCODER]
        function = "encode_logs" if name == "exporter" else name
        patch.setattr(module, function, passing(getattr(module, function)))

    return change


def limited(pipe: Pipe, patch: Patch) -> None:
    patch.setenv("OTEL_ATTRIBUTE_COUNT_LIMIT", "127")
    rebuilt(pipe)


def cut(pipe: Pipe, patch: Patch) -> None:
    patch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100")
    rebuilt(pipe)


def rebuilt(pipe: Pipe) -> None:
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(pipe.processor)
    pipe.provider = provider


def another(pipe: Pipe, patch: Patch) -> None:
    memory = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]
    pipe.provider.add_log_record_processor(SimpleLogRecordProcessor(memory))


def unknown_queue(pipe: Pipe, patch: Patch) -> None:
    patch.setattr(pipe.batch, "_max_queue_size", 64.0)


def unknown_bell(pipe: Pipe, patch: Patch) -> None:
    patch.setattr(pipe.batch, "_worker_awaken", None)


def concurrent(pipe: Pipe, patch: Patch) -> None:
    multi = sdk_logs.ConcurrentMultiLogRecordProcessor()
    multi.add_log_record_processor(pipe.processor)
    pipe.provider = LoggerProvider(shutdown_on_exit=False, multi_log_record_processor=multi)


CHANGES = {
    "two processors": another,
    "number of attributes": limited,
    "length of attributes": cut,
    "concurrent processors": concurrent,
    "a queue of another kind": unknown_queue,
    "a bell of another kind": unknown_bell,
    "class Logger.emit": on_class("logger", "emit"),
    "class Multi.on_emit": on_class("multi", "on_emit"),
    "class Batch.on_emit": on_class("processor", "on_emit"),
    "class BatchProcessor.emit": on_class("batch", "emit"),
    "class BatchProcessor._export": on_class("batch", "_export"),
    "class Exporter.export": on_class("exporter", "export"),
    "logger.emit": on_instance("logger", "emit"),
    "multi.on_emit": on_instance("multi", "on_emit"),
    "processor.on_emit": on_instance("processor", "on_emit"),
    "batch.emit": on_instance("batch", "emit"),
    "exporter.export": on_instance("exporter", "export"),
    "exporter's encode_logs": in_module("exporter"),
    "encode_logs": in_module("encode_logs"),
    "_encode_log": in_module("_encode_log"),
    "_encode_resource_logs": in_module("_encode_resource_logs"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_has_a_say_gets_the_sdks_records(pipe: Make, monkeypatch: Patch, change: Any) -> None:
    made = pipe()
    change(made, monkeypatch)
    monkeypatch.setattr(_logs, "get_logger_provider", lambda: made.provider)
    found = look(made)
    assert isinstance(found, standard.Other)
    sink = made.sink()
    emit(sink, made.described())
    assert True not in encoded(made.queue)
    assert sink.note() == f"log records: the SDK's own path: {found}"
    monkeypatch.undo()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_comes_later_gets_them_from_the_next_turn(pipe: Make, monkeypatch: Patch, change: Any) -> None:
    if change in (limited, cut, concurrent, unknown_queue, unknown_bell):
        pytest.skip("it does not come later")
    made = pipe()
    sink = made.sink()
    emit(sink, made.described())
    assert encoded(made.queue) == [True]
    change(made, monkeypatch)
    sink.refresh()
    emit(sink, made.described())
    assert encoded(made.queue) == [True, False]
    monkeypatch.undo()


def test_a_subclass_of_the_processor_is_another_way(pipe: Make, receiver: Receiver, protocol: Protocol) -> None:
    made = pipe()
    made.provider = LoggerProvider(shutdown_on_exit=False)
    own = OwnProcessor(exporter(receiver, protocol), schedule_delay_millis=3_600_000)
    made.provider.add_log_record_processor(own)
    assert look(made) == "the processor is a OwnProcessor"


def test_a_simple_processor_is_another_way(pipe: Make, receiver: Receiver, protocol: Protocol) -> None:
    made = pipe()
    made.provider = LoggerProvider(shutdown_on_exit=False)
    made.provider.add_log_record_processor(SimpleLogRecordProcessor(exporter(receiver, protocol)))
    assert look(made) == "the processor is a SimpleLogRecordProcessor"


def test_a_subclass_of_the_provider_is_another_way(pipe: Make) -> None:
    made = pipe()
    made.provider = OwnProvider(shutdown_on_exit=False)
    assert look(made) == "the logger provider is not the SDK's own"


def test_a_subclass_of_the_exporter_is_another_way(pipe: Make, receiver: Receiver) -> None:
    class OwnExporter(OTLPLogExporter):
        """May do anything."""

    made = pipe(OwnExporter(endpoint=f"{receiver.http_endpoint}/v1/logs"))
    assert look(made) == ("the exporter is a test_a_subclass_of_the_exporter_is_another_way.<locals>.OwnExporter")


def test_another_exporter_is_another_way(pipe: Make) -> None:
    made = pipe(InMemoryLogRecordExporter())  # type: ignore[no-untyped-call]
    assert look(made) == "the exporter is a InMemoryLogRecordExporter"


def test_a_disabled_logger_is_no_pipeline(pipe: Make) -> None:
    if not hasattr(sdk_logs, "_LoggerConfig"):
        pytest.skip("this SDK has no such thing")
    made = pipe()
    made.provider._set_logger_configurator(logger_configurator=sdk_logs._disable_logger_configurator)
    assert look(made) == "the logger is disabled"
    sink = made.sink()
    assert sink.reason() == "the logger otel_audit is disabled"
    emit(sink, made.described())
    assert sink.account.totals() == {"no_pipeline": 1}
    assert made.queue == []


def test_a_logger_disabled_meanwhile_emits_nothing(pipe: Make) -> None:
    if not hasattr(sdk_logs, "_LoggerConfig"):
        pytest.skip("this SDK has no such thing")
    made = pipe()
    sink = made.sink()
    sink.emit(made.described())
    made.provider._set_logger_configurator(logger_configurator=sdk_logs._disable_logger_configurator)
    sink.flush()
    assert made.queue == []
    assert sink.account.totals() == {"no_pipeline": 1}


def test_whoever_says_so_gets_the_sdks_records(pipe: Make) -> None:
    made = pipe(own=False)
    sink = made.sink()
    emit(sink, made.described())
    assert encoded(made.queue) == [False]
    assert sink.note() == ""


def test_without_a_provider_nothing_is_noted() -> None:
    assert LogsSink().note() == ""


def test_an_exporter_that_encodes_in_another_way_is_not_known(pipe: Make, monkeypatch: Patch) -> None:
    made = pipe()
    monkeypatch.setattr(transport, "LOGS", transport.LOGS._replace(translate="encode_log_batch"))
    assert look(made) == "this exporter encodes in another way"


def test_the_exporter_is_left_with_what_follows_it_only(pipe: Make, protocol: Protocol) -> None:
    made = pipe()
    before = set(vars(made.exporter))
    sink = made.sink()
    emit(sink, made.described())
    made.provider.force_flush()
    put = {"export", "_translate_data"} if protocol == "grpc" else {"export"}
    assert set(vars(made.exporter)) - before == put
    assert made.exporter.export is watch_of(sink).export


def test_more_than_the_bytes_of_the_message_can_be_asked_for(pipe: Make, receiver: Receiver) -> None:
    """Should an exporter of the future look into it."""
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs

    made = pipe()
    sink = made.sink()
    made.provider.get_logger("application").emit(body="mine")
    emit(sink, made.described())
    message = transport._Message(encode_logs, made.queue)
    assert [group.scope_logs[0].scope.name for group in message.resource_logs] == ["application", "otel_audit"]
    assert message.ByteSize() == len(message.SerializeToString())
