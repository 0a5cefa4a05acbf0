"""An OTLP endpoint that only counts: requests, records, and bytes as sent and unpacked."""

from __future__ import annotations

import gzip
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Sink:
    """What came, by (signal, what): signals are `traces`, `metrics`, `logs`; `sent` and `unpacked` are bytes.

    `bodies` are the requests themselves: signal, body as sent, size unpacked.
    """

    def __init__(self, url: str) -> None:
        self.url, self.counts, self.changed = url, Counter[tuple[str, str]](), threading.Condition()
        self.bodies: list[tuple[str, bytes, int]] = []

    def take(self, signal: str, body: bytes, packed: bool) -> None:
        """Count one request."""
        plain = gzip.decompress(body) if packed else body
        found = Counter({"requests": 1, "sent": len(body), "unpacked": len(plain), **records(signal, plain)})
        with self.changed:
            self.counts.update({(signal, what): number for what, number in found.items()})
            self.bodies.append((signal, body, len(plain)))
            self.changed.notify_all()

    def wait(self, signal: str, what: str, number: int, seconds: float) -> bool:
        """Whether so many came in time."""
        with self.changed:
            return self.changed.wait_for(lambda: self.counts[signal, what] >= number, seconds)


def records(signal: str, body: bytes) -> dict[str, int]:
    """What is in a request, by kind."""
    if signal == "logs":
        logs = ExportLogsServiceRequest.FromString(body).resource_logs
        return {"records": sum(len(scope.log_records) for one in logs for scope in one.scope_logs)}
    if signal == "traces":
        traces = ExportTraceServiceRequest.FromString(body).resource_spans
        spans = [span for one in traces for scope in one.scope_spans for span in scope.spans]
        return {"records": len(spans), "events": sum(len(span.events) for span in spans)}
    metrics = ExportMetricsServiceRequest.FromString(body).resource_metrics
    series = [metric for one in metrics for scope in one.scope_metrics for metric in scope.metrics]
    return {"records": sum(len(getattr(one, one.WhichOneof("data") or "sum").data_points) for one in series)}


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink that listens on a port of 127.0.0.1 while the context is open."""
    counting: Sink | None = None

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert counting is not None
            counting.take(self.path.rpartition("/")[2], body, self.headers.get("Content-Encoding") == "gzip")
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, address: object) -> None:
            if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that ends cuts its connection
                super().handle_error(request, address)  # type: ignore[arg-type]

    with Server(("127.0.0.1", 0), Handler) as server:
        counting = Sink(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield counting
        server.shutdown()
