"""One process under load, with the bridge and without: records, bytes and CPU per request, and what it costs idle."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

from tools.backends import BackendError
from tools.scaling.sink import Sink, records, sink

ROOT = Path(__file__).parents[2]
SIGNALS = ("traces", "metrics", "logs")
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 60.0
_SETTLES_S = 3.0
"""After the last request, for what is still on its way: three times the flush interval."""


@dataclass(frozen=True)
class Program:
    """An example that serves, and one customer's requests.

    Args:
        path: its script, below the repository.
        requests: method, path and body of each; `{id}` is the order that the round's first request placed.
    """

    name: str
    path: str
    requests: tuple[tuple[str, str, bytes | None], ...]


def _form(**fields: str) -> bytes:
    return urllib.parse.urlencode(fields).encode()


PROGRAMS = (
    Program(
        "Flask shop",
        "examples/flask_shop/app.py",
        (
            ("GET", "/", None),
            ("POST", "/register", _form(name="ada", phone="+1 202 555 0100")),
            ("POST", "/login", _form(name="ada")),
            ("GET", "/product/1", None),
            ("POST", "/cart/add", _form(product="1")),
            ("POST", "/cart/add", _form(product="2")),
            ("GET", "/product/2", None),
            ("GET", "/healthz", None),
        ),
    ),
    Program(
        "FastAPI orders",
        "examples/fastapi_orders/app.py",
        (
            ("POST", "/orders", b'{"country": "de", "grams": 1200}'),
            ("GET", "/orders/1", None),
            ("GET", "/orders/1/quote", None),
            ("GET", "/orders/1/tracking", None),
            ("GET", "/tariffs/de", None),
            ("GET", "/healthz", None),
        ),
    ),
)


@dataclass(frozen=True)
class Measured:
    """Of one process.

    Args:
        requests: HTTP requests that it answered.
        cpu_s: CPU of the process while it answered, seconds.
        counts: what came out meanwhile, by signal and kind, without what an idle process sends.
        start: what came out before the first request: that of its start.
        bodies: the requests that it sent: signal, body as sent, size unpacked.
        collection: bytes of one collection of metrics (sent, unpacked) and its points, at the end.
    """

    requests: int
    cpu_s: float
    counts: Counter[tuple[str, str]]
    start: Counter[tuple[str, str]]
    collection: tuple[int, int, int]
    bodies: tuple[tuple[str, bytes, int], ...]

    def per_request(self, signal: str, what: str) -> float:
        """Mean."""
        return self.counts[signal, what] / self.requests


def measure(program: Program, rounds: int, **variables: str) -> Measured:
    """A run of one program; `variables` are set for it."""
    with sink() as counting, _serving(program, counting, variables) as (process, url):
        browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        _round(browser, program, url)  # imports, templates
        _settle(counting)
        start, before = Counter(counting.counts), cpu_s(process.pid)
        for _ in range(rounds):
            _round(browser, program, url)
        cpu = cpu_s(process.pid) - before
        _settle(counting)
        after = Counter(counting.counts)
        after.subtract(start)
        process.send_signal(signal.SIGINT)  # both end in order at it
        process.wait(_PATIENCE_S)
        collection = _collection(program, counting)
        return Measured(rounds * len(program.requests), cpu, after, start, collection, tuple(counting.bodies))


@contextmanager
def _serving(
    program: Program, counting: Sink, variables: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    exports = {
        "OTEL_SERVICE_NAME": "scaling",
        "OTEL_EXPORTER_OTLP_ENDPOINT": counting.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_METRIC_EXPORT_INTERVAL": "3600000",  # the one at the end is looked at; none shall cost CPU meanwhile
        "NO_PROXY": "127.0.0.1",
    }
    command = [str(Path(sys.executable).with_name("opentelemetry-instrument")), sys.executable, program.path]
    env = {**own, **exports, **variables}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url.startswith("http://"):
            raise BackendError(f"{program.path}: ended before it served")
        yield process, url
    finally:
        process.terminate()
        process.communicate(timeout=_PATIENCE_S)


def _round(browser: urllib.request.OpenerDirector, program: Program, url: str) -> None:
    for method, path, body in program.requests:
        kind = "application/json" if body and body.startswith(b"{") else "application/x-www-form-urlencoded"
        asked = urllib.request.Request(url + path, body, {"Content-Type": kind}, method=method)
        with browser.open(asked, timeout=_PATIENCE_S) as answer:
            answer.read()


def _collection(program: Program, counting: Sink) -> tuple[int, int, int]:
    """Bytes sent and unpacked, and points, of the server's collection: its helper process has a smaller one."""
    found = [(size, body) for signal, body, size in counting.bodies if signal == "metrics"]
    if not found:
        raise BackendError(f"{program.path}: sent no metrics at its end")
    size, body = max(found)
    return len(body), size, records("metrics", gzip.decompress(body))["records"]


def _settle(counting: Sink) -> None:
    """Wait until spans and logs have stopped coming: batches leave every second (logs) or five (spans)."""
    seen, quiet = -1, time.monotonic()
    while time.monotonic() - quiet < 2 * _SETTLES_S:
        now = counting.counts["traces", "records"] + counting.counts["logs", "records"]
        if now != seen:
            seen, quiet = now, time.monotonic()
        time.sleep(0.1)


def cpu_s(pid: int) -> float:
    """User and system time of a process, seconds (proc(5): fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
