"""What `otel-audit run` prints when the program has ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from otel_audit import runtime, settings
from otel_audit.books import EventCount, keeping, lost, most_waiting, remedy, waiting
from otel_audit.bridge import Bridge
from otel_audit.bridge_health import Health
from otel_audit.cli.table import WIDTH, cut, number, printable, table
from otel_audit.model import Counts
from otel_audit.sinks.summary import OTHER, Blocked, Summary, TraceCount
from otel_audit.visible import visible

MAX_EVENTS = 40
"""Rows by event: the names of most programs; a screen and a half."""
MAX_TRACES = 12
"""Traces shown, those with most events first."""
MAX_BLOCKED = 10
"""Places shown that blocked the event loop, those that did most often first."""
_PLACE = 40
"""Columns of a place, of which the end tells most."""
_WORDS = {
    "delivered": "delivered",
    "filtered": "filtered",
    "no_pipeline": "without an exporter",
    "late": "after the span had ended",
    "over": "over the cap per span",
}
_COLUMNS = {
    "kept": "KEPT",
    "sampled_out": "SAMPLED",
    "rate_limited": "LIMITED",
    "merged": "MERGED",
    "counted": "COUNTED",
    "dropped": "DROPPED",
}


class Snapshot(NamedTuple):
    """The books as they were closed: summary and page show the same ones."""

    events: list[EventCount]
    health: Health


_taken: dict[int, Snapshot] = {}
"""By process."""


def snapshot(bridge: Bridge) -> Snapshot:
    """Close the books of a run, once. Destinations that end with them take no more records from here on."""
    process = os.getpid()
    if process not in _taken:
        for sink in bridge.sinks:
            getattr(sink, "end", bool)()
        _taken[process] = Snapshot(counted(bridge), bridge.health())
    return _taken[process]


def at_exit(summary: Summary, _: str = "") -> None:
    """Print to standard error. Registered before the bridge is installed, so it runs after the last flush."""
    bridge = runtime.bridge()
    if bridge is None or summary.process != os.getpid():
        return
    try:
        summary.refresh()
        for trace in summary.traces.values():  # frameworks without routes name their spans by whole URLs
            trace.name = bridge.chain.text(trace.name)
        events, health = snapshot(bridge)
        lines = list(map(visible, render(events, summary, health)))
        if bridge.forks:
            lines.append(f"note: forked children, {bridge.forks:,} of them, are not in this summary")
        _write(_bold(lines) if _color() else lines)
    except Exception as error:  # at exit nothing of ours may turn into a traceback of the program's
        runtime.say(f"no summary: {type(error).__qualname__}: {error}")


def counted(bridge: Bridge) -> list[EventCount]:
    """By name: an event that was defined after it had come has two ids."""
    found: dict[tuple[str, str], Counts] = {}
    for event_id, counts in bridge.core.counters():
        recipe = bridge.chain.event(event_id)
        place = recipe.name, recipe.row.group
        found[place] = Counts._make(map(sum, zip(found.get(place, (0,) * len(counts)), counts)))
    return [EventCount(name, group, counts) for (name, group), counts in found.items()]


def render(events: list[EventCount], summary: Summary, health: Health) -> Iterator[str]:
    """Lines of at most 100 columns."""
    yield ""
    yield f"otel-audit: {_headline(health)}"
    if not health.seen:
        yield "No audit events were selected."
    else:
        yield ""
        yield from _by_event(events)
    if summary.traces or summary.outside.events:
        yield ""
        yield from _by_trace(summary)
    if summary.blocked:
        yield ""
        yield from _blocked(summary)
    yield ""
    yield from _accounts(events, health)


def _headline(health: Health) -> str:
    seen, kept = number(health.seen, "audit event"), health.outcomes.get("kept", 0)
    more = f", {late:,} waiting" if (late := most_waiting(health)) else ""
    return f"{seen} seen, {kept:,} kept, {lost(health):,} lost{more} ({health.status.core} core, {health.status.state})"


def _by_event(events: list[EventCount]) -> Iterator[str]:
    events = sorted(events, key=lambda row: (-row.counts.seen, row.name))
    columns = [c for c in _COLUMNS if c == "kept" or any(getattr(row.counts, c) for row in events)]
    headings = [_COLUMNS[column] for column in columns]
    rows = [
        (
            cut(printable(row.name), 40),
            row.group,
            *(f"{getattr(row.counts, column):,}" for column in ("seen", *columns)),
        )
        for row in events[:MAX_EVENTS]
    ]
    yield from table(("EVENT", "GROUP", "SEEN", *headings), rows, right={"SEEN", *headings})
    rest = events[MAX_EVENTS:]
    if rest:
        yield f"and {sum(row.counts.seen for row in rest):,} of {number(len(rest), 'other name')}"


def _by_trace(summary: Summary) -> Iterator[str]:
    traces = sorted(summary.traces.items(), key=lambda item: -item[1].total)
    shown = [(_short(id_), _root(trace), trace) for id_, trace in traces[:MAX_TRACES]]
    rest = [trace for _, trace in traces[MAX_TRACES:]]
    if summary.others.events:
        rest.append(summary.others)
    if rest:
        together = TraceCount()
        for trace in rest:
            together.events.update(trace.events)
        more = f"{len(rest)} more traces" if not summary.others.events else "other traces"
        shown.append(("", more, together))
    if summary.outside.events:
        shown.append(("", "outside traces", summary.outside))
    room = WIDTH - 24 - max(len(root) for _, root, _ in shown)  # the other columns and the gaps between them
    rows = [(id_, root, f"{trace.total:,}", _top(trace, room)) for id_, root, trace in shown]
    yield from table(("TRACE", "ROOT SPAN", "EVENTS", "OF THEM"), rows, right={"EVENTS"}, width=WIDTH)


def _blocked(summary: Summary) -> Iterator[str]:
    """What was done on a thread whose event loop had to wait for it, where, and in which requests."""
    places = summary.blocked.most_common()
    rows = [
        (cut(printable(blocked.event), 24), f"{times:,}", _where(blocked), printable(blocked.route))
        for blocked, times in places[:MAX_BLOCKED]
    ]
    yield from table(("BLOCKED THE EVENT LOOP", "TIMES", "WHERE", "ROUTE"), rows, right={"TIMES"}, width=WIDTH)
    if rest := places[MAX_BLOCKED:]:
        yield f"and {sum(times for _, times in rest):,} at {number(len(rest), 'other place')}"


def _where(blocked: Blocked) -> str:
    if not blocked.file:
        return "in a library" if blocked.event != OTHER else "at other places"
    end, file = f":{blocked.line} {cut(printable(blocked.function), 20)}", printable(blocked.file)
    room = _PLACE - len(end)
    if len(file) > room:
        end_of_file = file[2 - room :]
        file = f"…/{end_of_file.partition('/')[2] or end_of_file}"  # whole names, where one fits
    return file + end


def _short(trace_id: int) -> str:
    """As the log stream shows it on a console."""
    return f"{trace_id:032x}"[:8]


def _root(trace: TraceCount) -> str:
    return cut(printable(trace.name), 32) if trace.name else "unknown"


def _top(trace: TraceCount, room: int) -> str:
    """As many as fit, none cut in two; the most frequent first."""
    line = ""
    for name, count in trace.events.most_common():
        longer = f"{line}, {printable(name)} {count:,}" if line else cut(f"{printable(name)} {count:,}", room)
        if len(longer) > room - 3:
            return line + ", …" if line else longer
        line = longer
    return line


def _accounts(events: list[EventCount], health: Health) -> Iterator[str]:
    """What became of the events: by cause, by destination."""
    for destination, account in health.destinations.items():
        # The summary is these very lines; they tell of themselves only where something is missing in them.
        if any(account.values()) and (destination != "summary" or waiting(account) or account.get("queue_full")):
            yield cut(f"{destination}: {account.get('kept', 0):,} kept{_outcomes(account)}", WIDTH)
    if health.dropped:
        yield f"dropped: {', '.join(f'{count:,} {cause}' for cause, count in health.dropped.items())}"
    yield from _sampled(events, health.outcomes)
    if help_ := remedy(health):
        yield f"lost: {help_}"
    for note in health.notes:
        yield f"note: {note}"


def _sampled(events: list[EventCount], outcomes: Mapping[str, int]) -> Iterator[str]:
    words = {"sampled_out": "left out by a sampler", "rate_limited": "over a rate limit"}
    parts = [f"{outcomes[outcome]:,} {what}" for outcome, what in words.items() if outcomes.get(outcome)]
    if not parts:
        return
    line, option = f"sampling: {', '.join(parts)}; all of them counted", keeping(events)
    if option and len(line) + len(option) + 3 <= WIDTH:
        yield f"{line} ({option})"
        return
    yield line
    if option:
        yield cut(f"sampling: {option}", WIDTH)


def _outcomes(account: Mapping[str, int]) -> str:
    """They add up to what was kept."""
    found = [(_WORDS.get(outcome, outcome), count) for outcome, count in account.items() if outcome != "kept"]
    found += [("waiting", late)] if (late := waiting(account)) else []
    return "".join(f", {count:,} {word}" for word, count in found)


def _bold(lines: list[str]) -> list[str]:
    """Headings stand out on a terminal."""
    headings = ("EVENT ", "TRACE ", "BLOCKED ", "otel-audit:")
    return [f"\033[1m{line}\033[0m" if line.startswith(headings) else line for line in lines]


def _color() -> bool:
    return not settings.no_color() and os.isatty(2)


def _write(lines: list[str]) -> None:
    """To the descriptor, past an application's replaced `sys.stderr`; after what it still buffers."""
    if sys.stderr is not None:
        sys.stderr.flush()
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
    while data:
        data = data[os.write(2, data) :]
