"""A log sink over the SDK's own pipeline, as it comes, that sends to a real receiver."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from otel_audit import sdk
from otel_audit.chain import Chain
from otel_audit.model import Described
from otel_audit.otlp.items import is_encoded
from otel_audit.sinks.logs import LogsSink
from tests.receiver import Protocol, Receiver
from tests.sinks.fakes import chain, record

HOUR_MS = 3_600_000
RESOURCE = Resource({"service.name": "orders", "host.cpus": 8}, "https://example.org/schema")


def exporter(receiver: Receiver, protocol: Protocol, **options: Any) -> Any:
    """The SDK's own, with a second for everything unless told otherwise."""
    options = {"timeout": 1, **options}
    if protocol == "grpc":
        return GrpcExporter(endpoint=receiver.grpc_endpoint, insecure=True, **options)
    return HttpExporter(endpoint=f"{receiver.http_endpoint}/v1/logs", **options)


class Pipe:
    """One logger provider with one batch processor that exports when it is told to.

    Args:
        exported_by: the exporter.
        size: of the queue, and of a batch.
        batches: size of a batch, where it is another one.
        own: whether records may be encoded by the bridge.
        core: names the encoder.
        records: what makes them readable.
    """

    def __init__(
        self,
        exported_by: Any,
        *,
        size: int = 64,
        batches: int | None = None,
        own: bool = True,
        core: str = "python",
        records: Chain | None = None,
        **options: Any,
    ) -> None:
        self.exporter = exported_by
        self.processor = BatchLogRecordProcessor(
            exported_by, schedule_delay_millis=HOUR_MS, max_export_batch_size=batches or size, max_queue_size=size
        )
        self.provider = LoggerProvider(RESOURCE, shutdown_on_exit=False, **options)
        self.provider.add_log_record_processor(self.processor)
        self.chain = records or chain()
        self._own, self._core = own, core

    @property
    def batch(self) -> Any:
        return self.processor._batch_processor

    @property
    def queue(self) -> list[Any]:
        """What waits in the SDK's queue, the oldest first."""
        return list(self.batch._queue)[::-1]

    def sink(self) -> LogsSink:
        """Over this provider, which must be the global one."""
        return LogsSink((lambda event_id: self.chain.event(event_id).head) if self._own else None, self._core)

    def described(self, *arguments: Any, **changes: Any) -> Described:
        found = self.chain.decode(record(*(arguments or ("app.e", 1)), **changes))
        assert found is not None
        return found


def emit(sink: LogsSink, *records: Described) -> None:
    """As the drain does with a group of records."""
    for described in records:
        sink.emit(described)
    sink.flush()


def encoded(items: Iterable[Any]) -> list[bool]:
    return [is_encoded(item) for item in items]


def settled(sink: LogsSink) -> dict[str, int]:
    """The account, after as many quiet looks as it takes."""
    for _ in range(3):
        sink.refresh()
    return sink.account.totals()


def watch_of(sink: LogsSink) -> sdk.ExportWatch:
    watch = sink._exports.watch
    assert watch is not None
    return watch
