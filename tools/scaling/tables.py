"""Figures as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tools.scaling.model import Fleet, Inputs, described

_PROGRAM: tuple[tuple[str, Callable[[dict[str, Any]], str]], ...] = (
    ("log records per request", lambda one: f"{one['logs']:.2f}"),
    ("span events per request", lambda one: f"{one['span_events']:.2f}"),
    ("logs: bytes per request, and on the wire", lambda one: _pair(one, "log_bytes")),
    ("spans: bytes per request, and on the wire", lambda one: _pair(one, "span_bytes")),
    (
        "the same without the bridge",
        lambda one: f"{one['span_bytes_without']:,.0f}, {one['span_bytes_packed_without']:,.0f}",
    ),
    ("metrics: bytes per collection, and on the wire", lambda one: _pair(one, "metric_bytes")),
    ("metrics: points per collection", lambda one: f"{one['points']:.0f}"),
    (
        "CPU per request, without and with the bridge, ms",
        lambda one: f"{one['cpu_ms_without']:.2f}, {one['cpu_ms']:.2f}",
    ),
    ("log records of the start", lambda one: f"{one['start_logs']}"),
)


def _pair(one: dict[str, Any], name: str) -> str:
    return f"{one[name]:,.0f}, {one[f'{name}_packed']:,.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def programs(found: dict[str, Any]) -> str:
    """What was measured of one process."""
    ran = found["programs"]
    head = f"Measured: CPython {found['python']}, {found['machine']}, {found['when']}; selector `default`, gzip."
    rows = [(name, *(value(one) for one in ran)) for name, value in _PROGRAM]
    return f"{head}\n\n{_table(['one process', *(one['name'] for one in ran)], rows)}"


def inputs(given: Inputs) -> str:
    """What the model is given."""
    rows = [(f"`{name}`", f"{value:,.4g}", unit, origin, text) for name, value, unit, origin, text in described(given)]
    return _table(["input", "value", "unit", "origin", "meaning"], rows)


_FLEET: tuple[tuple[str, Callable[[Fleet], str]], ...] = (
    ("requests per second, mean", lambda one: f"{one.requests:,.0f}"),
    ("log records per second, mean", lambda one: f"{one.records:,.0f}"),
    ("OTLP at the peak, MB/s, unpacked", lambda one: f"{one.mb:,.1f}"),
    ("cells", lambda one: f"{one.cells:,}"),
    ("fronts", lambda one: f"{one.fronts:,}"),
    ("samplers (fullest over mean)", lambda one: f"{one.samplers:,} ({one.skew:.2f})"),
    ("writers", lambda one: f"{one.writers:,}"),
    ("Kafka partitions: spans, metrics, logs", lambda one: ", ".join(f"{number:,}" for number in one.partitions)),
    ("Kafka's disks per day of retention", lambda one: _size(one.kafka_gb)),
    ("logs stored per day", lambda one: _size(one.logs_gb)),
    ("traces stored per day", lambda one: _size(one.traces_gb)),
    ("metrics stored per day", lambda one: _size(one.metrics_gb)),
    ("CPU of the bridge in all processes, cores", lambda one: f"{one.cores:,.1f}"),
)


def _size(gb: float) -> str:
    if gb >= 1000:
        return f"{gb / 1000:,.1f} TB"
    return f"{gb:,.1f} GB" if gb >= 1 else f"{gb * 1000:,.1f} MB"


def fleets(sized: Sequence[Fleet]) -> str:
    """What fleets need."""
    rows = [(name, *(value(one) for one in sized)) for name, value in _FLEET]
    return _table(["simulated", *(f"{one.processes:,} processes" for one in sized)], rows)


def check(done: dict[str, Any]) -> str:
    """Many processes against one collector."""
    missing = 2 * done["offered"] - done["logs"] - done["span_events"]
    rows = [
        ("processes at once", f"{done['processes']}"),
        ("events offered", f"{done['offered']:,}"),
        ("log records behind the collector", f"{done['logs']:,}"),
        ("span events behind the collector", f"{done['span_events']:,}"),
        ("missing", f"{missing:,}"),
        ("lost, by the processes' own account", f"{done['lost']:,}"),
        ("CPU of the collector", f"{done['collector_cpu_s']:.2f} s for {done['mb']:.1f} MB"),
    ]
    return _table(["measured", "here"], rows)
