"""The summary counts by trace, in bounded memory."""

from __future__ import annotations

from typing import Any

from otel_audit.books import EventCount
from otel_audit.bridge_health import Health, Status
from otel_audit.cli.exit_summary import render
from otel_audit.model import Counts, Described, Location, Record
from otel_audit.sinks.summary import MAX_BLOCKED, MAX_NAMES, MAX_TRACES, Blocked, Summary


class Span:
    """What the summary reads of a span."""

    def __init__(self, trace_id: int, span_id: int, name: str, parent: Any = None) -> None:
        self.name, self.parent = name, parent
        self._context = type("Context", (), {"trace_id": trace_id, "span_id": span_id})()

    def get_span_context(self) -> Any:
        return self._context


def described(trace_id: int, name: str = "open", count: int = 1) -> Described:
    record = Record(1, 0, trace_id, 1, 1, 0, "", 0, count, 0, 0, ())
    return Described(record, {"event": f"python.audit.{name}", "python.audit.event": name})


def test_merged_records_count_for_all_they_stand_for() -> None:
    summary = Summary()
    summary.emit(described(5, count=3))
    summary.emit(described(5, "import"))
    assert summary.traces[5].events == {"open": 3, "import": 1}
    assert summary.account.totals() == {"delivered": 2}


def test_a_root_span_names_its_trace_by_its_last_name() -> None:
    summary = Summary()
    span: Any = Span(5, 1, "POST")
    summary.span(span)
    summary.refresh()
    summary.emit(described(5))
    assert summary.traces[5].name == "POST"
    span.name = "POST /checkout"
    summary.span(span)
    other: Any = Span(5, 2, "second root")
    child: Any = Span(5, 3, "child", parent=type("Parent", (), {"is_remote": False})())
    summary.span(other)
    summary.span(child)
    summary.refresh()
    assert summary.traces[5].name == "POST /checkout"


def test_traces_and_names_are_bounded() -> None:
    summary = Summary()
    for trace_id in range(1, MAX_TRACES + 101):
        summary.emit(described(trace_id))
    for number in range(MAX_NAMES + 10):
        summary.emit(described(1, f"app.{number}"))
    assert len(summary.traces) == MAX_TRACES
    assert summary.others.total == 100
    assert len(summary.traces[1].events) == MAX_NAMES + 1
    assert summary.traces[1].total == MAX_NAMES + 11


def test_names_of_spans_are_bounded() -> None:
    summary = Summary()
    for trace_id in range(1, 25_001):
        span: Any = Span(trace_id, 1, "GET /")
        summary.span(span)
        if not trace_id % 5_000:
            summary.refresh()
    assert len(summary._root_names) == 10_000


def test_the_bridges_own_notices_are_no_events() -> None:
    summary = Summary()
    summary.emit(Described(described(0).record, {"event": "python.audit.bridge.rate_limit"}))
    assert not summary.outside.events


def test_it_fits_100_columns_whatever_the_names_are() -> None:
    summary = Summary()
    for trace_id in range(1, 30):
        span: Any = Span(trace_id, 1, "GET /" + "x\x1b[2J" * 50)
        summary.span(span)
        summary.refresh()
        for number in range(20):
            summary.emit(described(trace_id, f"app.{'y' * 200}.{number}"))
    lines = list(render([], summary, Health(Status("closed", "", "c"), seen=580, outcomes={"kept": 580})))
    assert max(map(len, lines)) <= 100
    assert all(line.isprintable() for line in lines)
    assert any("17 more traces" in line for line in lines)


def ended(account: dict[str, int], events: tuple[EventCount, ...] = (), **outcomes: int) -> list[str]:
    """Lines about one run with two destinations of one ring."""
    health = Health(
        Status("closed", "", "c"), seen=100, outcomes={"kept": 100, **outcomes}, queue={"capacity": 65_536},
        destinations={"logs": account, "stream": {"kept": 100, "delivered": 100}},
    )  # fmt: skip
    return list(render(list(events), Summary(), health))


def test_what_waits_is_shown_where_it_waits_and_the_line_adds_up() -> None:
    lines = ended({"kept": 100, "delivered": 70})
    assert "otel-audit: 100 audit events seen, 100 kept, 0 lost, 30 waiting (c core, closed)" in lines
    assert "logs: 100 kept, 70 delivered, 30 waiting" in lines
    assert "stream: 100 kept, 100 delivered" in lines


def test_lost_is_what_one_destination_lost_at_most() -> None:
    lines = ended({"kept": 100, "queue_full": 60, "export_failed": 10, "delivered": 30})
    assert "otel-audit: 100 audit events seen, 100 kept, 70 lost (c core, closed)" in lines
    assert not any("--ring-size" in line for line in lines)  # the ring gave the stream all of them


def test_what_was_sampled_out_names_the_option_that_keeps_it() -> None:
    counts = Counts(20, 0, 15, 0, 0, 0, 0)
    one, other = (
        EventCount("open", "filesystem", counts),
        EventCount("os.mkdir", "filesystem", Counts(3, 1, 0, 2, 0, 0, 0)),
    )
    assert "sampling: 15 left out by a sampler; all of them counted (--sampling open=all keeps them)" in ended(
        {"kept": 0}, (one,), sampled_out=15
    )
    lines = ended({"kept": 0}, (one, other), sampled_out=1_500_000, rate_limited=2)
    at = lines.index("sampling: 1,500,000 left out by a sampler, 2 over a rate limit; all of them counted")
    assert lines[at + 1] == "sampling: --sampling open=all keeps those of open"
    hostile = EventCount("a b,c=all", "custom", counts)
    assert not any("--sampling" in line for line in ended({"kept": 0}, (hostile,), sampled_out=15))


def blocking(
    name: str = "open", file: str = "/srv/app/tariffs.py", line: int = 16, route: str = "/quote", count: int = 1
) -> Described:
    """A record of blocking work on an event loop's thread; without a file no code of the application did it."""
    record, fields = described(5, name, count)
    place = Location(file, "load", line) if file else None
    if place is not None:
        fields |= {"code.file.path": file, "code.function.name": "load", "code.line.number": line}
    if route:
        fields["http.route"] = route
    return Described(record._replace(on_event_loop=True, location=place), fields)


def block_of(summary: Summary) -> list[str]:
    """The lines about the event loop."""
    lines = list(render([], summary, Health(Status("closed", "", "c"), seen=1, outcomes={"kept": 1})))
    start = next((at for at, line in enumerate(lines) if line.startswith("BLOCKED")), len(lines))
    return lines[start : lines.index("", start)] if start < len(lines) else []


def test_what_blocked_the_event_loop_is_shown_by_place_and_route() -> None:
    summary = Summary()
    for one in (blocking(count=3), blocking(), blocking("socket.connect", line=40, route=""), blocking(file="")):
        summary.emit(one)
    assert block_of(summary) == [
        "BLOCKED THE EVENT LOOP  TIMES  WHERE                        ROUTE",
        "open                        4  /srv/app/tariffs.py:16 load  /quote",
        "socket.connect              1  /srv/app/tariffs.py:40 load",
        "open                        1  in a library                 /quote",
    ]
    assert summary.account.totals() == {"delivered": 4}


def test_nothing_is_said_of_the_event_loop_where_nothing_blocked_it() -> None:
    summary = Summary()
    summary.emit(described(5))
    assert block_of(summary) == []


def test_places_that_blocked_are_bounded_and_the_rest_is_summed_up() -> None:
    summary = Summary()
    for line in range(MAX_BLOCKED + 20):
        summary.emit(blocking(line=line, count=2))
    assert len(summary.blocked) == MAX_BLOCKED + 1
    assert summary.blocked[Blocked("other")] == 40
    heading, first, *others, rest = block_of(summary)
    assert heading.startswith("BLOCKED THE EVENT LOOP")
    assert first.split(maxsplit=2) == ["other", "40", "at other places"]
    assert len(others) == 9
    assert rest == f"and {2 * (MAX_BLOCKED - 9)} at {MAX_BLOCKED - 9} other places"


def test_places_and_routes_fit_100_columns_whatever_they_are() -> None:
    summary = Summary()
    summary.emit(blocking("x" * 60, f"/srv/{'deep/' * 40}\x1b[2Jtariffs.py", 123_456, "/r" * 200, 10**9))
    lines = block_of(summary)
    assert max(map(len, lines)) <= 100
    assert all(line.isprintable() for line in lines)
    assert "tariffs.py:123456 load" in lines[1]  # the end of a path says most


def test_a_forked_child_begins_without_places() -> None:
    summary = Summary()
    summary.emit(blocking())
    summary.after_fork_child()
    assert not summary.blocked
