"""Prometheus' and Loki's query APIs over loopback: answers what a test says, remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

VECTOR = {"resultType": "vector", "result": [{"metric": {"job": "shop/web"}, "value": [1, "1"]}]}
MATRIX = {"resultType": "matrix", "result": [{"metric": {}, "values": [[1, "1"]]}]}
STREAMS = {"resultType": "streams", "result": [{"stream": {"trace_id": "ab" * 16}, "values": [["1", "line"]]}]}
NOTHING: dict[str, Any] = {"resultType": "vector", "result": []}


@dataclass(frozen=True)
class Asked:
    """One request: its path, parameters, and headers by lowercase name."""

    path: str
    parameters: dict[str, str]
    headers: Mapping[str, str]

    @property
    def query(self) -> str:
        """PromQL or LogQL, or the label whose values were asked."""
        return self.parameters.get("query") or self.path.split("/")[-2]


Answer = Callable[[Asked], Any]
"""`data` of the answer; a float: seconds of silence; or a tuple of status, body, and, if they matter, the content type
and the length that is told."""


@dataclass
class QueryServer:
    url: str
    answer: Answer
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def queries(self) -> list[str]:
        return [each.query for each in self.asked]


def plain(asked: Asked) -> Any:
    """Data for every query, one service."""
    if asked.path.startswith("/api/v1/label/"):
        return ["x"]
    if asked.path.endswith("_range"):
        return STREAMS if asked.path.startswith("/loki") else MATRIX
    return VECTOR


@contextmanager
def serving(answer: Answer = plain) -> Iterator[QueryServer]:
    """Listen on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _reply(self, parameters: str) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(urlsplit(self.path).path, dict(parse_qsl(parameters)), headers)
            running.asked.append(asked)
            found = running.answer(asked)
            if isinstance(found, float):
                running.stopping.wait(found)
                return
            given = found if isinstance(found, tuple) else (200, {"status": "success", "data": found})
            status, body, *more = given
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", data.decode())
            if more:
                self.send_header("Content-Type", more[0])
            self.send_header("Content-Length", str(more[1] if more[1:] else len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = QueryServer(f"http://127.0.0.1:{server.server_port}", answer)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield running
        finally:
            running.stopping.set()
            server.shutdown()
            thread.join()
