"""Everything the two transports share: what arrived, how it was answered, and the condition that announces both."""

from __future__ import annotations

import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Generic, Literal, TypeAlias, TypeVar

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # its stubs are a package of their own
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .faults import ABANDONED, MALFORMED, Failure, Rule
from .records import Log, Point, Span, logs_in, points_in, spans_in

Signal: TypeAlias = Literal["traces", "metrics", "logs"]
Read: TypeAlias = Callable[[], bytes]
Alive: TypeAlias = Callable[[], bool]
Request = TypeVar("Request")
Record = TypeVar("Record")

OK = "ok"
HUNG = "hung"


class Mailbox(Generic[Request, Record]):
    """The decoded requests of one signal, flattened only when somebody reads them."""

    def __init__(self, parse: Callable[[bytes], Request], flatten: Callable[[Request], Iterable[Record]]) -> None:
        self.parse = parse
        self.requests: list[Request] = []
        self._flatten = flatten
        self._flattened = 0
        self._records: list[Record] = []

    def records(self) -> tuple[Record, ...]:
        for request in self.requests[self._flattened :]:
            self._records.extend(self._flatten(request))
        self._flattened = len(self.requests)
        return tuple(self._records)

    def clear(self) -> None:
        self.requests.clear()
        self._records.clear()
        self._flattened = 0


class Inbox:
    """Transports hand in bodies with `take`; the receiver programs it and reads it. One lock, `changed`, guards all."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.traces = Mailbox[ExportTraceServiceRequest, Span](ExportTraceServiceRequest.FromString, spans_in)
        self.metrics = Mailbox[ExportMetricsServiceRequest, Point](ExportMetricsServiceRequest.FromString, points_in)
        self.logs = Mailbox[ExportLogsServiceRequest, Log](ExportLogsServiceRequest.FromString, logs_in)
        self.answered: Counter[tuple[str, str]] = Counter()
        self.encodings: Counter[tuple[str, str]] = Counter()
        self.rules: list[Rule] = []
        self.hanging: set[str] = set()

    def take(self, signal: Signal, read: Read, encoding: str, alive: Alive) -> Failure | None:
        """Store one request, or say how it fails.

        `read` gives the decompressed body and may raise ValueError or OSError; `alive` tells whether the client still
        waits for the answer: what it no longer waits for is not stored, because it will send that again.
        """
        with self.changed:
            self.encodings[signal, encoding] += 1
            if signal in self.hanging:
                self._count(signal, HUNG)
                self.changed.wait_for(lambda: signal not in self.hanging or not alive())
            failure = self._programmed(signal) if alive() else ABANDONED
            failure = failure or self._store(signal, read)
            self._count(signal, failure.label if failure else OK)
            return failure

    def wake(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def _programmed(self, signal: str) -> Failure | None:
        rule = next((rule for rule in self.rules if rule.applies(signal)), None)
        return rule.use() if rule else None

    def _store(self, signal: Signal, read: Read) -> Failure | None:
        try:
            body = read()
            if signal == "traces":
                self.traces.requests.append(self.traces.parse(body))
            elif signal == "metrics":
                self.metrics.requests.append(self.metrics.parse(body))
            else:
                self.logs.requests.append(self.logs.parse(body))
        except (DecodeError, OSError, EOFError, ValueError, zlib.error):
            return MALFORMED
        return None

    def _count(self, signal: str, outcome: str) -> None:
        self.answered[signal, outcome] += 1
        self.changed.notify_all()
