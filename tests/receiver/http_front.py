"""OTLP over HTTP: protobuf bodies, plain or gzip, on /v1/traces, /v1/metrics and /v1/logs."""

from __future__ import annotations

import gzip
import socket
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .inbox import Inbox, Signal

_SIGNALS: dict[str, Signal] = {"/v1/traces": "traces", "/v1/metrics": "metrics", "/v1/logs": "logs"}
_PROTOBUF = "application/x-protobuf"


class HttpFront:
    """Listens from construction until `close`, which cuts every connection and waits a bounded time for its thread."""

    def __init__(self, inbox: Inbox, port: int = 0) -> None:
        self._inbox = inbox
        self._server = _Server(("127.0.0.1", port), partial(_Handler, inbox))
        self.port: int = self._server.server_address[1]
        # 20 ms: how long `close` may wait for the accept loop to look up.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="otlp-http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.cut()
        self._inbox.wake()
        self._server.wait_until_idle(2.0)
        self._thread.join(2.0)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # the base class would wait without a bound
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: Any) -> None:
        super().__init__(address, handler)
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._changed:
                self._open.discard(request)
                self._changed.notify_all()

    def cut(self) -> None:
        with self._changed:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # its thread closed it first

    def wait_until_idle(self, timeout: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._open, timeout)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid-request is what the tests provoke; it is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, inbox: Inbox, *args: Any) -> None:
        self._inbox = inbox
        super().__init__(*args)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signal = _SIGNALS.get(self.path)
        if signal is None:
            return self._answer(404)
        if self.headers.get("Content-Type") != _PROTOBUF:
            return self._answer(415)
        encoding = self.headers.get("Content-Encoding", "identity")
        if encoding not in ("identity", "gzip"):
            return self._answer(415)
        read = partial(gzip.decompress, body) if encoding == "gzip" else partial(bytes, body)
        failure = self._inbox.take(signal, read, encoding, self._alive)
        return self._answer(failure.http if failure else 200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", _PROTOBUF)
        self.send_header("Content-Length", "0")  # an empty body is a valid, empty Export*ServiceResponse
        self.end_headers()

    def _alive(self) -> bool:
        try:
            peeked: bytes = self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return peeked != b""

    def log_message(self, format: str, *args: object) -> None:
        """Counters speak for it."""
