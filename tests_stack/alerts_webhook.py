"""Where Alertmanager's notifications arrive."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tools.backends import until

Alert = dict[str, Any]


class Webhook:
    """A receiver of Alertmanager's webhook (its payload, version 4).

    Args:
        url: that takes the notifications.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._alerts: list[Alert] = []
        self._lock = threading.Lock()

    def take(self, payload: dict[str, Any]) -> None:
        """Keep the alerts of a notification, in order of arrival."""
        with self._lock:
            self._alerts.extend(payload["alerts"])

    def alerts(self, name: str = "", **labels: str) -> list[Alert]:
        """What arrived so far: of this alert (or any), with these labels, `firing` and `resolved` ones."""
        wanted = {**labels, **({"alertname": name} if name else {})}
        with self._lock:
            return [alert for alert in self._alerts if wanted.items() <= alert["labels"].items()]

    def status(self, name: str, **labels: str) -> str | None:
        """`firing`, `resolved`, or None: what was last said of such an alert."""
        said = self.alerts(name, **labels)
        return str(said[-1]["status"]) if said else None

    def fired(self, name: str, seconds: float = 60, **labels: str) -> Alert:
        """Wait until such an alert fires; returns it."""
        until(lambda: bool(self.alerts(name, **labels)), f"{name} {labels} fires", seconds)
        return self.alerts(name, **labels)[0]

    def resolved(self, name: str, seconds: float = 60, **labels: str) -> None:
        """Wait until such an alert, which fired, is over."""
        until(lambda: self.status(name, **labels) == "resolved", f"{name} {labels} is over", seconds)


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A receiver on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.take(payload)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """No line per request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver = Webhook(f"http://127.0.0.1:{server.server_port}/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
