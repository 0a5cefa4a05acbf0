"""A closed loop of HTTP requests over connections that stay: as many as there are connections are always under way."""

from __future__ import annotations

import selectors
import socket
import time
from typing import NamedTuple

CONNECTIONS = 4
PATIENCE_S = 20
"""The naive bridge can deadlock in the SDK's locks: then this is how long it is waited for."""
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Slice(NamedTuple):
    """What was seen from outside.

    Args:
        seconds: from the first request to the last answer.
        latencies: of each answered request, in seconds.
    """

    seconds: float
    latencies: list[float]


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._data = b""
        self._sent_at = 0.0

    def send(self, number: int) -> None:
        """Ask for something else than last time."""
        request = f"GET /items/{number % 900} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n"
        self._sent_at = time.perf_counter()
        self.socket.sendall(request.encode())

    def receive(self) -> float | None:
        """Seconds the answer took, once it is complete.

        Raises:
            SystemExit: the service answered with an error, or hung up.
        """
        chunk = self.socket.recv(1 << 16)
        self._data += chunk
        head, found, body = self._data.partition(_END)
        if not chunk or (found and not head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))):
            raise SystemExit(f"the service answered {self._data[:200]!r}")
        if not found or len(body) < _length(head):
            return None
        self._data = b""
        return time.perf_counter() - self._sent_at


def _length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.index(_LENGTH) + len(_LENGTH)
    return int(lowered[at:].split(b"\r\n", 1)[0])


class Load:
    """Connections to one service.

    Args:
        port: on loopback.
    """

    def __init__(self, port: int) -> None:
        self._connections = [_Connection(port) for _ in range(CONNECTIONS)]
        self._selector = selectors.DefaultSelector()
        for connection in self._connections:
            self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._number = 0

    def run(self, seconds: float) -> Slice:
        """Keep all connections busy for that long, then wait for the last answers."""
        latencies: list[float] = []
        start = time.perf_counter()
        end = start + seconds
        for connection in self._connections:
            self._next(connection)
        waiting = len(self._connections)
        while waiting:
            ready = self._selector.select(timeout=PATIENCE_S)
            if not ready:
                raise SystemExit(f"the service did not answer for {PATIENCE_S} s")
            for key, _ in ready:
                took = key.data.receive()
                if took is None:
                    continue
                latencies.append(took)
                if time.perf_counter() < end:
                    self._next(key.data)
                else:
                    waiting -= 1
        return Slice(time.perf_counter() - start, latencies)

    def _next(self, connection: _Connection) -> None:
        self._number += 1
        connection.send(self._number)

    def close(self) -> None:
        """Hang up."""
        self._selector.close()
        for connection in self._connections:
            connection.socket.close()
