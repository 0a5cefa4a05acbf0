"""The warehouse: a second process that knows what is in stock. Prints its URL, ends when its standard input closes."""

from __future__ import annotations

import json
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FULL = 500


class Warehouse:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stock: dict[int, int] = {}

    def stock(self, product_id: int) -> int:
        with self._lock:
            return self._stock.get(product_id, FULL)

    def reserve(self, product_ids: list[int]) -> None:
        with self._lock:
            for product_id in product_ids:
                left = self._stock.get(product_id, FULL) - 1
                self._stock[product_id] = left or FULL  # the lorry comes when the shelf is empty


class Handler(BaseHTTPRequestHandler):
    """GET /stock/<id> and POST /reserve with a JSON list of ids."""

    warehouse = Warehouse()

    def do_GET(self) -> None:
        self._answer({"stock": self.warehouse.stock(int(self.path.rpartition("/")[2]))})

    def do_POST(self) -> None:
        product_ids = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.warehouse.reserve(product_ids)
        self._answer({"reserved": len(product_ids)})

    def _answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """The shop logs enough for both."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the shop, which then closes our standard input
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
