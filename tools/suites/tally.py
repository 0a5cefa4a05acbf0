"""A receiver that counts what arrives and keeps nothing: a suite under `all` makes millions of records."""

from __future__ import annotations

from types import TracebackType
from typing import Any, NamedTuple

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from tests.receiver.faults import MALFORMED
from tests.receiver.http_front import HttpFront
from tests.receiver.inbox import Inbox, Read, Signal
from tests.receiver.records import Point, points_in

_NO_LOSS = frozenset({"filtered", "late", "over", "no_pipeline"})
_WANTED = frozenset({"python.audit.events", "python.audit.bridge.processed", "python.audit.bridge.status"})


class Seen(NamedTuple):
    """What arrived from one run, all its processes together.

    Args:
        processes: those that said they were armed.
        cores: implementations of the hook that they said they have.
        events: sum of the exact counters.
        records: log records of ours that arrived.
        lost: records that the processes say they could not deliver.
    """

    processes: int = 0
    cores: tuple[str, ...] = ()
    events: int = 0
    records: int = 0
    lost: int = 0


class Tally(Inbox):
    """Takes the place of the inbox behind the HTTP front."""

    def __init__(self) -> None:
        super().__init__()
        self._records = 0
        self._last: dict[tuple[Any, ...], float] = {}
        self._cores: dict[tuple[Any, ...], str] = {}
        self._front = HttpFront(self)

    def __enter__(self) -> Tally:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._front.close()

    def env(self) -> dict[str, str]:
        """The variables that point a process here. HTTP, as gRPC and fork do not go well together."""
        exporters = {f"OTEL_{signal}_EXPORTER": "otlp" for signal in ("TRACES", "METRICS", "LOGS")}
        return {
            **exporters,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self._front.port}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        }

    def seen(self) -> Seen:
        """What arrived so far."""
        with self.changed:
            sums = {"events": 0.0, "lost": 0.0}
            for (what, *_), value in self._last.items():
                sums[what] += value
            cores = tuple(sorted(set(self._cores.values())))
            return Seen(len(self._cores), cores, int(sums["events"]), self._records, int(sums["lost"]))

    def _store(self, signal: Signal, read: Read) -> Any:
        try:
            if signal == "logs":
                self._count_logs(ExportLogsServiceRequest.FromString(read()))
            elif signal == "metrics":
                for point in points_in(ExportMetricsServiceRequest.FromString(read())):
                    if point.metric in _WANTED:
                        self._note(point)
        except Exception:
            return MALFORMED
        return None

    def _count_logs(self, request: ExportLogsServiceRequest) -> None:
        for group in request.resource_logs:
            for scoped in group.scope_logs:
                if scoped.scope.name == "otel_audit":
                    self._records += len(scoped.log_records)

    def _note(self, point: Point) -> None:
        """Points are cumulative since their start: the last one of a stream is its total. A fork starts anew."""
        process = (point.resource.get("service.instance.id"), point.resource.get("process.pid"), point.start_ns)
        names = tuple(sorted((key, str(value)) for key, value in point.attributes.items()))
        if point.metric == "python.audit.bridge.status":
            if point.attributes.get("python.audit.bridge.state") in ("armed", "closed"):
                self._cores[process[:2]] = str(point.attributes.get("python.audit.bridge.core"))
        elif point.metric == "python.audit.events":
            self._last["events", process, names] = point.value
        elif point.attributes.get("error.type", "filtered") not in _NO_LOSS:
            self._last["lost", process, names] = point.value
