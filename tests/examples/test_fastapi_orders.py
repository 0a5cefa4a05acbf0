"""What blocks the event loop of a real uvicorn, and in which request: as it comes out at an OTLP receiver."""

from __future__ import annotations

import re
import runpy
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest

from tests.conftest import CORES
from tests.e2e.conftest import SCRIPTS, environment
from tests.receiver import Receiver
from tests.receiver.records import Log, Point, Span

ORDERS = Path(__file__).parents[2] / "examples" / "fastapi_orders"
TRAFFIC = runpy.run_path(str(ORDERS / "traffic.py"))
BLOCKING: dict[str, dict[str, int]] = TRAFFIC["BLOCKING"]
ROUNDS = 3
TIMEOUT = 60
GUILTY = ORDERS / "tariffs.py"
LINE = 1 + next(at for at, line in enumerate(GUILTY.read_text().splitlines()) if "read_text" in line)
METRIC = "python.audit.event_loop.blocking"
LOOPS = ("asyncio", *(["uvloop"] if find_spec("uvloop") else []))  # there is none on Windows
INNOCENT = ("open", "sqlite3.connect")
"""What the other routes do in threads."""
AWAITED = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen")
"""What they do by awaiting; uvloop asks the system itself, and no event is raised."""


Totals = dict[tuple[object, ...], float]


@dataclass
class Run:
    """What the receiver got.

    Args:
        loop: whose.
        logs: of audit events.
        spans: of requests.
        points: of the metric, newest values last.
        totals: of the metric, by event and place.
        processed: what became of recorded events, by destination and outcome; a delivery has none.
        first_round_ns: when the first round had been answered; what libraries load, they load by then.
    """

    loop: str
    logs: list[Log]
    spans: list[Span]
    points: list[Point]
    totals: Totals
    processed: Totals
    first_round_ns: int

    @property
    def marked(self) -> list[Log]:
        return [log for log in self.logs if "python.audit.on_event_loop" in log.attributes]

    def ours(self) -> list[Log]:
        """Marked, and done by the example's own code."""
        return [log for log in self.marked if str(log.attributes.get("code.file.path", "")).startswith(str(ORDERS))]


@contextmanager
def uvicorn(loop: str, variables: dict[str, str]) -> Iterator[str]:
    """The service as people start it, on a loop of asyncio's or of uvloop; its URL, once it answers."""
    port = free_port()
    command = [str(SCRIPTS / "opentelemetry-instrument"), sys.executable, "-m", "uvicorn", "app:app"]
    process = subprocess.Popen(
        [*command, "--app-dir", str(ORDERS), "--port", str(port), "--log-level", "warning", "--loop", loop],
        env=environment(**variables),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(process, url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=TIMEOUT)
    assert "Traceback" not in said, said


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def wait_until_it_answers(process: subprocess.Popen[str], url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end:
        assert process.poll() is None, process.communicate()[1]
        try:
            with opener.open(f"{url}/healthz", timeout=TIMEOUT):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("it does not answer")


def served(loop: str = "asyncio", **variables: str) -> Run:
    """Three rounds of traffic."""
    with Receiver() as receiver:
        with uvicorn(loop, {**receiver.env(), **variables}) as url:
            assert TRAFFIC["send_round"](url)
            first = time.time_ns()
            assert all(TRAFFIC["send_round"](url) for _ in range(ROUNDS - 1))
        return Run(
            loop,
            [log for log in receiver.logs if log.event_name.startswith("python.audit.")],
            [span for span in receiver.spans if span.kind == "SERVER"],
            [point for point in receiver.metrics if point.metric == METRIC],
            totals(receiver, METRIC, "python.audit.event", "code.file.path", "code.function.name"),
            totals(receiver, "python.audit.bridge.processed", "python.audit.bridge.destination", "error.type"),
            first,
        )


def totals(receiver: Receiver, metric: str, *keys: str) -> Totals:
    return {tuple(dict(at).get(key) for key in keys): number for at, number in receiver.metric_totals(metric).items()}


@pytest.fixture(scope="module", params=product(CORES, LOOPS), ids="-".join)
def run(request: pytest.FixtureRequest) -> Run:
    core, loop = request.param
    return served(loop, OTEL_PYTHON_AUDIT_CORE=core)


def test_the_blocking_call_is_found_with_its_route_task_file_function_and_line(run: Run) -> None:
    found = run.ours()
    assert {log.attributes["http.route"] for log in found} == set(BLOCKING)
    for log in found:
        assert log.attributes["python.audit.event"] == "open"
        assert log.attributes["python.audit.on_event_loop"] is True
        assert log.attributes["file.path"] == str(ORDERS / "rates" / "de.json")
        assert log.attributes["code.file.path"] == str(GUILTY)
        assert log.attributes["code.function.name"] == "load"
        assert log.attributes["code.line.number"] == LINE
        assert re.fullmatch(r"\S.*", str(log.attributes["python.audit.task"]))


def test_it_is_counted_once_for_each_request(run: Run) -> None:
    assert ours(run.totals) == expected()
    assert sum(int(str(log.attributes.get("python.audit.count", 1))) for log in run.ours()) == sum(expected().values())


def ours(counted: Totals) -> Totals:
    """What the application's own code did."""
    return {place: number for place, number in counted.items() if place[1] is not None}


def expected() -> Totals:
    sent = Counter(path.format(id="{order_id}") for _, path, _ in TRAFFIC["ROUND"])
    ((route, events),) = BLOCKING.items()
    return {(event, str(GUILTY), "load"): ROUNDS * sent[route] * number for event, number in events.items()}


def test_no_other_request_is_blamed(run: Run) -> None:
    """Libraries may load something on the loop in the first round; they say of no place of the application."""
    assert {log.attributes.get("http.route") for log in run.marked if log.time_ns > run.first_round_ns} == set(BLOCKING)
    for log in run.marked:
        assert log in run.ours() or "code.file.path" not in log.attributes, log


def test_the_others_did_the_same_kinds_of_work(run: Run) -> None:
    """Or there would have been nothing to confuse."""
    unmarked = {str(log.attributes["python.audit.event"]) for log in run.logs if log not in run.marked}
    assert set(INNOCENT) <= unmarked
    assert set(AWAITED) & unmarked == (set() if run.loop == "uvloop" else set(AWAITED))
    read = [log for log in run.logs if log.attributes.get("file.path") == str(ORDERS / "rates" / "de.json")]
    assert {log.attributes.get("http.route") for log in read if log not in run.marked} == {"/tariffs/{country}"}


def test_the_record_and_the_metric_lead_to_the_request(run: Run) -> None:
    guilty = {(span.trace_id, span.span_id) for span in run.spans if span.attributes.get("http.route") in BLOCKING}
    assert {(log.trace_id, log.span_id) for log in run.ours()} == guilty
    exemplars = [
        (one.trace_id, one.span_id)
        for point in run.points
        if point.attributes.get("code.file.path")
        for one in point.exemplars
    ]
    assert exemplars
    assert set(exemplars) <= guilty


def test_the_spans_own_events_say_it_too(run: Run) -> None:
    for span in run.spans:
        marked = [event for event in span.events if event.attributes.get("code.file.path") == str(GUILTY)]
        assert len(marked) == BLOCKING.get(str(span.attributes.get("http.route")), {}).get("open", 0), span.name
        assert all(event.attributes["python.audit.on_event_loop"] is True for event in marked)


def test_its_account_is_that_of_the_other_destinations_of_the_ring(run: Run) -> None:
    assert {destination for destination, _ in run.processed} == {"logs", "span_events"}


def test_with_metrics_alone_it_is_counted_and_nothing_else_is_recorded(core: str) -> None:
    run = served(OTEL_PYTHON_AUDIT_CORE=core, OTEL_PYTHON_AUDIT_SIGNALS="metrics")
    assert ours(run.totals) == expected()
    assert run.processed == {("event_loop", None): sum(run.totals.values())}
    assert run.logs == []
    assert not any(span.events for span in run.spans)


def test_where_nothing_is_to_be_located_metrics_alone_count_nothing_of_it(core: str) -> None:
    run = served(OTEL_PYTHON_AUDIT_CORE=core, OTEL_PYTHON_AUDIT_SIGNALS="metrics", OTEL_PYTHON_AUDIT_LOCATION="none")
    assert run.totals == run.processed == {}


def test_the_summary_names_place_and_route(core: str) -> None:
    command = [str(SCRIPTS / "otel-audit"), "run", "--core", core, "--log-stream", "none", str(ORDERS / "app.py")]
    done = subprocess.run(
        [*command, "--demo", str(ROUNDS)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    lines = done.stderr.splitlines()
    heading = next(at for at, line in enumerate(lines) if line.startswith("BLOCKED THE EVENT LOOP"))
    block = [line.split() for line in lines[heading + 1 : lines.index("", heading)]]
    assert block[0] == ["open", "6", f"…/fastapi_orders/tariffs.py:{LINE}", "load", "/orders/{order_id}/quote"]
    assert all("library" in row for row in block[1:])
    assert done.stdout.count("200 GET /orders/") == 5 * ROUNDS


def test_a_variable_chooses_the_port() -> None:
    port = free_port()
    done = subprocess.run(
        [sys.executable, str(ORDERS / "app.py"), "--demo", "1"],
        env=environment(ORDERS_PORT=str(port)),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert done.stdout.splitlines()[0] == f"http://127.0.0.1:{port}"


def test_the_page_shows_the_line_that_is_found() -> None:
    page = (ORDERS.parents[1] / "docs" / "asyncio.md").read_text(encoding="utf-8")
    assert f"…/fastapi_orders/tariffs.py:{LINE} load" in page
    assert f'"code.line.number": {LINE}' in page
    assert f"blocks_loop=tariffs.py:{LINE}" in page
