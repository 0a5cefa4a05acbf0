"""Takes OTLP over HTTP and gRPC on loopback, and counts: `python -m benchmarks.collector`.

Its first line names the endpoints. `count` is answered with the numbers of spans, span events, log records and data
points since the last time, and the bytes they took. Bodies are kept and decoded when they are counted, so that
receiving costs little while something is measured beside it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
import threading
from concurrent import futures
from signal import SIG_IGN, SIGINT
from signal import signal as handle
from typing import Any

import grpc  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from benchmarks.children import pin

SERVICES: dict[str, tuple[str, Any]] = {
    "logs": ("opentelemetry.proto.collector.logs.v1.LogsService", ExportLogsServiceRequest),
    "metrics": ("opentelemetry.proto.collector.metrics.v1.MetricsService", ExportMetricsServiceRequest),
    "traces": ("opentelemetry.proto.collector.trace.v1.TraceService", ExportTraceServiceRequest),
}
_ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"

Inbox = list[tuple[str, bytes]]
"""(signal, serialized request)"""


async def _connection(inbox: Inbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            inbox.append((head.split(" ", 2)[1].rpartition("/")[2], body))
            writer.write(_ACCEPTED)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _http(inbox: Inbox) -> int:
    """Start it in a thread; its port."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    serving = asyncio.start_server(lambda reader, writer: _connection(inbox, reader, writer), "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(serving, loop).result()
    return int(server.sockets[0].getsockname()[1])


def _grpc(inbox: Inbox) -> tuple[int, grpc.Server]:
    """Start it in a thread; its port, and what must be kept."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    for signal, (service, _) in SERVICES.items():

        def export(request: bytes, _: object, signal: str = signal) -> bytes:
            inbox.append((signal, request))
            return b""

        handler = grpc.unary_unary_rpc_method_handler(export)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return port, server


def count(inbox: Inbox) -> dict[str, int]:
    """What is in these requests."""
    found = dict.fromkeys(("bytes", "spans", "span_events", "logs", "points"), 0)
    for signal, body in inbox:
        request = SERVICES[signal][1].FromString(body)
        found["bytes"] += len(body)
        for resource in getattr(request, "resource_logs", ()):
            found["logs"] += sum(len(scope.log_records) for scope in resource.scope_logs)
        for resource in getattr(request, "resource_spans", ()):
            spans = [span for scope in resource.scope_spans for span in scope.spans]
            found["spans"] += len(spans)
            found["span_events"] += sum(len(span.events) for span in spans)
        for resource in getattr(request, "resource_metrics", ()):
            found["points"] += sum(len(scope.metrics) for scope in resource.scope_metrics)
    return found


def exporting(hello: dict[str, str], protocol: str = "http/protobuf") -> dict[str, str]:
    """Variables by which a process exports to it."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": hello[protocol],
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_INSECURE": "true",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_SERVICE_NAME": "bench",
    }


def main() -> None:
    handle(SIGINT, SIG_IGN)  # an interrupt is for who started it, who ends it
    inbox: Inbox = []
    port, _server = _grpc(inbox)
    hello = {"http/protobuf": f"http://127.0.0.1:{_http(inbox)}", "grpc": f"http://127.0.0.1:{port}"}
    pin(1)
    print(json.dumps(hello), flush=True)
    for _ in sys.stdin:
        taken, inbox[:] = inbox[:], []
        print(json.dumps(count(taken)), flush=True)


if __name__ == "__main__":
    main()
