"""Scripted traffic: `python traffic.py URL [--rounds N]`. Each round places an order and asks for it in every way."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from typing import Any

# One round: method, path, body. `{id}` is the order that the round's first request placed.
ROUND: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("POST", "/orders", {"country": "de", "grams": 1200}),
    ("GET", "/orders/{id}", None),
    ("GET", "/orders/{id}/quote", None),
    ("GET", "/orders/{id}/quote", None),
    ("GET", "/orders/{id}/label", None),
    ("GET", "/orders/{id}/tracking", None),
    ("GET", "/tariffs/de", None),
    ("GET", "/healthz", None),
)

BLOCKING = {"/orders/{order_id}/quote": {"open": 1}}
"""What each request of a route does on the event loop's thread that blocks it; the other routes do nothing."""

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send_round(base: str) -> bool:
    """Send one round; True if every answer was a success."""
    order_id, good = 0, True
    for method, path, body in ROUND:
        status, answer = send(base + path.format(id=order_id), method, body)
        print(f"{status} {method} {path.format(id=order_id)}", flush=True)
        good = good and status < 400
        order_id = answer.get("id", order_id) if isinstance(answer, dict) else order_id
    return good


def send(url: str, method: str, body: dict[str, Any] | None) -> tuple[int, Any]:
    """Status and answer of one request."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None


def main() -> int:
    parser = argparse.ArgumentParser(description="Scripted traffic for the orders.")
    parser.add_argument("url", help="as the service prints it")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    try:
        answered = [send_round(options.url) for _ in range(options.rounds)]
        return 0 if all(answered) else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
