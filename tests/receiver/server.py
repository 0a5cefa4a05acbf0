"""The receiver as tests see it."""

from __future__ import annotations

import socket
from collections import Counter, defaultdict
from collections.abc import Callable
from types import TracebackType
from typing import Literal, TypeAlias, TypeVar, final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from .faults import Failure, Rule
from .grpc_front import GrpcFront
from .http_front import HttpFront
from .inbox import Inbox, Signal
from .records import Log, Point, Span, Value

Protocol: TypeAlias = Literal["grpc", "http/protobuf"]
Series: TypeAlias = frozenset[tuple[str, Value]]
T = TypeVar("T")

SIGNALS: tuple[Signal, ...] = ("traces", "metrics", "logs")


@final
class Receiver:
    """An OTLP endpoint on two ports the system chose. Listens from construction; a context manager that closes.

    Args:
        inbox: what takes the requests; another one counts instead of keeping them.
    """

    def __init__(self, inbox: Inbox | None = None) -> None:
        self._inbox = inbox or Inbox()
        self._grpc: GrpcFront | None = GrpcFront(self._inbox)
        self._http: HttpFront | None = HttpFront(self._inbox)
        self._grpc_port, self._http_port = self._grpc.port, self._http.port
        self._kept: list[socket.socket] = []

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Answer what hangs, cut every connection, free the ports. Bounded; may be called twice."""
        self.release()
        self._stop()
        self._free_ports()

    # Where it listens

    @property
    def grpc_endpoint(self) -> str:
        return f"http://127.0.0.1:{self._grpc_port}"

    @property
    def http_endpoint(self) -> str:
        """The base, as OTEL_EXPORTER_OTLP_ENDPOINT takes it: without /v1/<signal>."""
        return f"http://127.0.0.1:{self._http_port}"

    def env(self, protocol: Protocol = "grpc") -> dict[str, str]:
        """The variables that point a child process here: all three signals, gzip, no proxy in between."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.grpc_endpoint if protocol == "grpc" else self.http_endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_LOGS_EXPORTER": "otlp",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    # What arrived

    @property
    def spans(self) -> tuple[Span, ...]:
        with self._inbox.changed:
            return self._inbox.traces.records()

    @property
    def logs(self) -> tuple[Log, ...]:
        with self._inbox.changed:
            return self._inbox.logs.records()

    @property
    def metrics(self) -> tuple[Point, ...]:
        """Every point of every export, in order of arrival."""
        with self._inbox.changed:
            return self._inbox.metrics.records()

    @property
    def trace_requests(self) -> tuple[ExportTraceServiceRequest, ...]:
        with self._inbox.changed:
            return tuple(self._inbox.traces.requests)

    @property
    def metric_requests(self) -> tuple[ExportMetricsServiceRequest, ...]:
        with self._inbox.changed:
            return tuple(self._inbox.metrics.requests)

    @property
    def log_requests(self) -> tuple[ExportLogsServiceRequest, ...]:
        with self._inbox.changed:
            return tuple(self._inbox.logs.requests)

    @property
    def requests(self) -> Counter[tuple[str, str]]:
        """Requests by (signal, outcome): `ok`, `malformed`, `hung` (on arrival, again when answered), `abandoned` (the
        client had left), or the status passed to `fail`, as spelled there, in lower case.
        """
        with self._inbox.changed:
            return self._inbox.answered.copy()

    @property
    def encodings(self) -> Counter[tuple[str, str]]:
        """Requests by (signal, `gzip` | `identity`) over HTTP; gRPC, which decompresses below us, says `grpc`."""
        with self._inbox.changed:
            return self._inbox.encodings.copy()

    def metric_totals(self, name: str) -> dict[Series, float]:
        """The total of a metric by attribute set: last value of each stream, summed over processes.

        A stream is one resource and start time, so cumulative points replace each other, delta points add up, and a
        forked child adds to its parent.
        """
        streams: dict[tuple[Series, Series, int], float] = {}
        for point in self.metrics:
            if point.metric == name:
                key = frozenset(point.attributes.items())
                streams[key, frozenset(point.resource.items()), point.start_ns] = point.value
        totals: defaultdict[Series, float] = defaultdict(int)
        for (key, _, _), value in streams.items():
            totals[key] += value
        return dict(totals)

    def metric_by(self, name: str, attribute: str) -> dict[Value, float]:
        """`metric_totals` by the values of one attribute, summed over the others; points without it are left out."""
        totals: defaultdict[Value, float] = defaultdict(int)
        for series, value in self.metric_totals(name).items():
            attributes = dict(series)
            if attribute in attributes:
                totals[attributes[attribute]] += value
        return dict(totals)

    def wait_for(self, predicate: Callable[[Receiver], T | None], timeout: float = 10.0) -> T:
        """Wait until `predicate(receiver)` is true after some request and return its value.

        Raises:
            TimeoutError: with what did arrive.
        """
        with self._inbox.changed:
            value = self._inbox.changed.wait_for(lambda: predicate(self), timeout)
            if not value:
                raise TimeoutError(f"not seen within {timeout} s; received: {dict(self.requests) or 'nothing'}")
            return value

    def clear(self) -> None:
        """Forget what arrived, counters included; what was programmed stays."""
        with self._inbox.changed:
            for box in (self._inbox.traces, self._inbox.metrics, self._inbox.logs):
                box.clear()
            self._inbox.answered.clear()
            self._inbox.encodings.clear()

    # What goes wrong

    def fail(self, status: int | str = 503, count: int | None = None, signal: Signal | None = None) -> None:
        """Answer the next `count` requests (None: all until `heal`) of `signal` (None: any) with a status.

        Args:
            status: an HTTP status or the name of a gRPC code; each transport answers with its own of the pair.
        """
        with self._inbox.changed:
            self._inbox.rules.append(Rule(Failure.of(status), count, signal))

    def hang(self, signal: Signal | None = None) -> None:
        """Accept requests and do not answer them until `release`, `heal` or `close`."""
        with self._inbox.changed:
            self._inbox.hanging.update(SIGNALS if signal is None else (signal,))

    def release(self) -> None:
        """Answer what hangs, if its client still waits, and hang no more."""
        with self._inbox.changed:
            self._inbox.hanging.clear()
            self._inbox.changed.notify_all()

    def heal(self) -> None:
        """Be well again: no failures, nothing hangs."""
        with self._inbox.changed:
            self._inbox.rules.clear()
        self.release()

    def stop_listening(self) -> None:
        """Die like a killed collector: connections are cut, new ones refused. The ports stay ours."""
        self._stop()
        if not self._kept:
            self._kept = [_bound(port) for port in (self._grpc_port, self._http_port)]

    def resume_listening(self) -> None:
        """Listen on the same ports again."""
        self._free_ports()
        self._grpc = self._grpc or GrpcFront(self._inbox, self._grpc_port)
        self._http = self._http or HttpFront(self._inbox, self._http_port)

    def _stop(self) -> None:
        grpc_front, self._grpc = self._grpc, None
        http_front, self._http = self._http, None
        for front in (grpc_front, http_front):
            if front is not None:
                front.close()

    def _free_ports(self) -> None:
        for kept in self._kept:
            kept.close()
        self._kept = []


def _bound(port: int) -> socket.socket:
    """A socket that holds the port and refuses connections.

    A port that is merely free may be given away; a client that retries against it on loopback can connect to itself.
    """
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", port))
    return kept
