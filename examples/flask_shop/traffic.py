"""Scripted traffic for the shop: `python traffic.py URL [--rounds N]`. Each round: one customer, the same requests.

What the shop's own process raises for it is written down here as audit events, so that telemetry can be held against
facts; tests/examples/test_flask_shop.py counts them with a plain audit hook.
"""

from __future__ import annotations

import argparse
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from http.cookiejar import CookieJar

# One round: method, path, form. `{n}` is the round's number, from 0. The phone numbers are reserved for fiction.
ROUND: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("GET", "/", {}),
    ("POST", "/register", {"name": "ada{n}", "phone": "+1 202 555 01{n:02d}"}),
    ("POST", "/login", {"name": "ada{n}"}),
    ("GET", "/product/1", {}),
    ("GET", "/product/2", {}),
    ("POST", "/cart/add", {"product": "1"}),
    ("POST", "/cart/add", {"product": "2"}),
    ("POST", "/checkout", {}),
    ("GET", "/healthz", {}),
)

# Audit events inside one request, by path, once each template has been loaded and each module imported; a path's first
# request adds `open`, `compile`, `exec`, `import` and `marshal.loads` to them. Left out are `object.__getattr__`, which
# comes and goes with the versions of Python and Flask, and `time.sleep` while waiting for a slow child.
_DATABASE = {"sqlite3.connect": 1, "sqlite3.connect/handle": 1}
_WAREHOUSE = {
    "urllib.Request": 1,
    "http.client.connect": 1,
    "http.client.send": 1,
    "socket.getaddrinfo": 1,
    "socket.__new__": 1,
    "socket.connect": 1,
}
# From Python 3.13 on, where the C library can close descriptors on the way, `subprocess` uses posix_spawn.
_SPAWN = {"subprocess.Popen": 1, **({"os.posix_spawn": 1} if hasattr(os, "POSIX_SPAWN_CLOSEFROM") else {})}
PER_REQUEST: dict[str, dict[str, int]] = {
    "/": _DATABASE,
    "/register": {**_DATABASE, "shop.user.register": 1},
    "/login": {**_DATABASE, "shop.user.login": 1},
    "/product/1": {**_DATABASE, **_WAREHOUSE},
    "/product/2": {**_DATABASE, **_WAREHOUSE},
    "/cart/add": _DATABASE,
    # The request to reserve has a body, sent by itself. Opened: three pipes of the child (by descriptor), the invoice.
    "/checkout": {**_DATABASE, **_WAREHOUSE, **_SPAWN, "http.client.send": 2, "open": 4},
    "/healthz": {},
}

# In the thread that accepts, outside any request: the accepted connection.
PER_CONNECTION = {"socket.__new__": 1}

# Before the first request: the schema, the warehouse's process, the address to listen on. `--demo` starts one more
# process, this script.
STARTUP = {**_DATABASE, **_SPAWN, "socket.getaddrinfo": 1}


def _per_round() -> dict[str, int]:
    total: Counter[str] = Counter()
    for _, path, _ in ROUND:
        total.update(PER_REQUEST[path])
        total.update(PER_CONNECTION)
    return dict(total)


# One round after the first, in the whole process.
EXPECTED = _per_round()

# The events of which nothing else in the process adds any: `expected` is exact for these, first round included.
EXACT = tuple(sorted(set(EXPECTED) - {"open", "socket.__new__"}))


def expected(rounds: int, *, demo: bool = False) -> dict[str, int]:
    """All `EXACT` events of the shop's process from its start until it has answered `rounds` rounds."""
    startup = Counter(STARTUP) + Counter(_SPAWN if demo else {})
    return {event: rounds * EXPECTED[event] + startup[event] for event in EXACT}


def send_round(base: str, number: int) -> bool:
    """Send one round with cookies of its own; True if every answer was 200."""
    cookies = urllib.request.HTTPCookieProcessor(CookieJar())
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
    statuses = [send(opener, base, method, path, form, number) for method, path, form in ROUND]
    return set(statuses) == {200}


def send(
    opener: urllib.request.OpenerDirector, base: str, method: str, path: str, form: dict[str, str], number: int
) -> int:
    filled = {name: value.format(n=number % 100) for name, value in form.items()}
    body = urllib.parse.urlencode(filled).encode() if method == "POST" else None
    try:
        with opener.open(urllib.request.Request(base + path, body, method=method), timeout=30) as answer:
            answer.read()
            status: int = answer.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
    print(f"{status} {method} {path}", flush=True)
    return status


def main() -> int:
    parser = argparse.ArgumentParser(description="Scripted traffic for the shop.")
    parser.add_argument("url", help="as the shop prints it")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    try:
        answered = [send_round(options.url, number) for number in range(options.rounds)]
        return 0 if all(answered) else 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
