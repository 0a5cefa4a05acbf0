"""OTLP over gRPC: the three collector services. Bodies stay bytes, so that one place parses for both transports."""

from __future__ import annotations

from concurrent import futures
from functools import partial

import grpc  # type: ignore[import-untyped]  # grpcio ships no types

from .inbox import Inbox, Signal

_SERVICES: dict[str, Signal] = {
    "opentelemetry.proto.collector.trace.v1.TraceService": "traces",
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "metrics",
    "opentelemetry.proto.collector.logs.v1.LogsService": "logs",
}
_OPTIONS = (
    ("grpc.so_reuseport", 0),  # two receivers must never share a port silently
    ("grpc.max_receive_message_length", -1),
)
_WORKERS = 32  # a hung call holds one


class GrpcFront:
    """Listens from construction until `close`, which cancels every call."""

    def __init__(self, inbox: Inbox, port: int = 0) -> None:
        self._workers = futures.ThreadPoolExecutor(_WORKERS, thread_name_prefix="otlp-grpc")
        self._server = grpc.server(self._workers, options=_OPTIONS)
        for service, signal in _SERVICES.items():
            export = grpc.unary_unary_rpc_method_handler(partial(_export, inbox, signal))
            handler = grpc.method_handlers_generic_handler(service, {"Export": export})
            self._server.add_generic_rpc_handlers((handler,))
        self.port: int = self._server.add_insecure_port(f"127.0.0.1:{port}")
        self._server.start()

    def close(self) -> None:
        self._server.stop(grace=0).wait(5.0)
        self._workers.shutdown(wait=False)


def _export(inbox: Inbox, signal: Signal, body: bytes, context: grpc.ServicerContext) -> bytes:
    # The callback is refused when the call ended before it was registered.
    waiting = context.add_callback(inbox.wake)
    failure = inbox.take(signal, lambda: body, "grpc", lambda: waiting and context.is_active())
    if failure is not None and context.is_active():
        context.set_code(grpc.StatusCode[failure.grpc])
        context.set_details(f"programmed: {failure.label}")
    return b""  # an empty Export*ServiceResponse
