"""What the background pays to describe and redact a record, over the SDK's `emit` of the same record, in one run.

    python -m benchmarks.describe [--rounds 5] [--json FILE] [--all]

One record per row of the catalogue, with every captured argument of the kind its row expects and texts that differ in
each call, so that nothing is remembered from the last. `emit` is the call alone: the log record is built before it, as
the SDK wants it, and the exporter behind the batch processor discards. The figure of a row is its fastest round; the
ratio is that of the sums of describe and redact over emit, its median over the catalogue.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from otel_audit import events
from otel_audit.chain import Chain
from otel_audit.events.describe import describer
from otel_audit.model import CodeRef, Event, Items, Kind, Opaque, Plan, PlanEvent, Record, Rule, Size, Value
from otel_audit.redaction import Redactor

CALLS = 200
"""Records per round and row."""
TARGET = 0.25

_VALUES: dict[Kind, Callable[[int], Value]] = {
    Kind.TEXT: lambda n: f"orders-{n}.example.internal",
    Kind.SIZE: lambda n: Size(1000 + n, "bytes"),
    Kind.INT: lambda n: n % 1024,
    Kind.FLOAT: lambda n: n / 8,
    Kind.BOOL: lambda n: bool(n % 2),
    Kind.PATH: lambda n: f"/srv/app/data/2026/11/report-{n}.json",
    Kind.ADDRESS: lambda n: Items((f"10.20.{n % 250}.{n % 199}", 5432), 2),
    Kind.ARGV: lambda n: Items(("git", "fetch", "--depth", "1", "origin", f"refs/heads/topic-{n}"), 6),
    Kind.CODE: lambda n: CodeRef(f"/srv/app/views/page_{n}.py", "render", n),
    Kind.TYPE: lambda n: Opaque("HTTPSConnection"),
    Kind.AUTO: lambda n: f"value {n}",
    Kind.WORD: lambda n: Items(("RETR",), 20 + n % 50),
}


class Costs(NamedTuple):
    """Nanoseconds per record."""

    describe: float
    redact: float
    chain: float
    build: float
    emit: float

    @property
    def ratio(self) -> float:
        """What the issue bounds."""
        return (self.describe + self.redact) / self.emit


def records(row: Event, start: int) -> list[Record]:
    """As they come from the core."""
    kinds = [arg.kind for arg in row.args if arg.kind is not Kind.SKIP]
    return [
        Record(2, 10**18 + n, 1 << 100, 1 << 50, 1, 77, "MainThread", 0, 1, 0, len(row.args),
               tuple(_VALUES[kind](n) for kind in kinds))
        for n in range(start, start + CALLS)
    ]  # fmt: skip


def _time(call: Callable[[Any], object], items: Sequence[Any]) -> float:
    clock = time.perf_counter_ns
    start = clock()
    for item in items:
        call(item)
    return (clock() - start) / len(items)


class _Emitter:
    """The SDK's side of it."""

    def __init__(self) -> None:
        from opentelemetry import _logs, context, trace
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, InMemoryLogRecordExporter

        self._exporter = InMemoryLogRecordExporter()
        self._provider = LoggerProvider(shutdown_on_exit=False)
        # Wide enough that the batch processor's own thread sleeps while we measure.
        self._provider.add_log_record_processor(
            BatchLogRecordProcessor(self._exporter, 3_600_000, 1 << 20, max_queue_size=1 << 20)
        )
        self.emit = self._provider.get_logger("bench").emit
        self._logs = _logs
        place = trace.SpanContext(1 << 100, 1 << 50, False, trace.TraceFlags(1))
        self._context = trace.set_span_in_context(trace.NonRecordingSpan(place), context.Context())

    def build(self, described: Any) -> Any:
        """The log record, as `sinks.logs` makes it."""
        return self._logs.LogRecord(
            timestamp=described.record.time_ns,
            observed_timestamp=described.record.time_ns,
            context=self._context,
            severity_text="INFO",
            severity_number=self._logs.SeverityNumber.INFO,
            body=described.fields["message"],
            attributes=Chain.attributes(described),
            event_name=described.fields["event"],
        )

    def clear(self) -> None:
        """Forget what was emitted."""
        self._provider.force_flush()
        self._exporter.clear()


def measure(rows: Sequence[Event], rounds: int) -> dict[str, Costs]:
    """Fastest round of each step, by event."""
    redactor, emitter = Redactor("default"), _Emitter()
    found: dict[str, Costs] = {}
    for at, row in enumerate(rows):
        if sys.stderr.isatty():
            print(f"\r{at + 1}/{len(rows)} {row.name:<40}", end="", file=sys.stderr, flush=True)
        plain = PlanEvent(row.name, row.group, True, (), Rule(), "info")
        chain = Chain(Plan((plain, plain, plain)), None, "default")  # type: ignore[arg-type]
        describe, fastest = describer(row), Costs(*[float("inf")] * 5)
        for number in range(rounds):
            batch = records(row, number * CALLS)
            attributes = [describe(record) for record in records(row, number * CALLS)]
            describeds = [chain(record) for record in records(row, (rounds + number) * CALLS)]
            logs = [emitter.build(described) for described in describeds]
            costs = Costs(
                _time(describe, batch),
                _time(lambda attributes: redactor(attributes, custom=False), attributes),
                _time(chain, batch),
                _time(emitter.build, describeds),
                _time(emitter.emit, logs),
            )
            fastest = Costs._make(map(min, fastest, costs))
            emitter.clear()
        found[row.name] = fastest
    print(file=sys.stderr)
    return found


def report(found: dict[str, Costs]) -> dict[str, Any]:
    """Medians over the catalogue, with what they were measured on."""
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "events": len(found),
        "ns": {
            step: round(statistics.median(getattr(costs, step) for costs in found.values())) for step in Costs._fields
        },
        "ratio": round(statistics.median(costs.ratio for costs in found.values()), 3),
        "chain_ratio": round(statistics.median(costs.chain / costs.emit for costs in found.values()), 3),
        "target": TARGET,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures here")
    parser.add_argument("--all", action="store_true", help="every row, the dearest first")
    arguments = parser.parse_args()
    found = measure(list(events.CATALOGUE.values()), arguments.rounds)
    summary = report(found)
    print(f"CPython {summary['python']}, {summary['machine']}, {summary['when']}, medians over {len(found)} events\n")
    for step, ns in summary["ns"].items():
        print(f"{step:<20}{ns:>8} ns")
    print(f"\n(describe + redact) / emit = {summary['ratio']} (target {TARGET})")
    print(f"whole chain / emit         = {summary['chain_ratio']}")
    if arguments.all:
        print()
        for name, costs in sorted(found.items(), key=lambda item: -item[1].ratio):
            print(f"{name:<40}{costs.ratio:>6.2f}" + "".join(f"{round(ns):>8}" for ns in costs))
    if arguments.json:
        arguments.json.write_text(json.dumps(summary, indent=2) + "\n")


if __name__ == "__main__":
    main()
