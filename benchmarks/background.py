"""What happens behind the hook: CPU per delivered record, records per second, and what the application loses to it.

    python -m benchmarks.background [--json FILE] [--quick]

Records of four typical events (open, socket.connect, subprocess.Popen, import), each with texts of its own, in a span,
go through the pipeline that `opentelemetry-instrument` sets up, to a collector on loopback that counts them. Figures
are CPU time of threads. `describe, redact, encode` is the bridge's own thread, and what the exporter's thread does to
have bytes; the SDK's is `emit` in the calling thread, and the same of its exporter's. The transport is apart.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks import result
from benchmarks.children import Child, ask, pin, pin_nowhere, progress, quartiles
from benchmarks.collector import exporting
from benchmarks.delivery import EVENTS
from benchmarks.result import Figure, Measured, Result

PROTOCOLS = {"http": "http/protobuf", "grpc": "grpc"}
ROUNDS, BURSTS, OTHER_ROUNDS = 3, 4, 2
"""Processes per subject, measured bursts of 2,000 records in each, and processes where no target is about it."""
SPANS, CYCLES, BESIDE = 2048, 10, 4000
TABLE = "background"
_NEVER_MS = "3600000"


def _variables(exports: Mapping[str, str], signal: str) -> dict[str, str]:
    """One signal, every body, and turns only when asked for."""
    exporters = {f"OTEL_{name}_EXPORTER": "none" for name in ("TRACES", "METRICS", "LOGS")}
    exporter = {"logs": "LOGS", "span_events": "TRACES", "metrics": "METRICS"}[signal]
    return {
        **exports,
        **exporters,
        f"OTEL_{exporter}_EXPORTER": "otlp",
        "OTEL_METRIC_EXPORT_INTERVAL": _NEVER_MS,
        "OTEL_PYTHON_AUDIT_INCLUDE": "all" if signal == "metrics" else ",".join(EVENTS),
        "OTEL_PYTHON_AUDIT_SAMPLING": ",".join(f"{name}=all" for name in EVENTS),
        "OTEL_PYTHON_AUDIT_SIGNALS": signal,
        "OTEL_PYTHON_AUDIT_RING_SIZE": str(1 << 26),
        "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": _NEVER_MS,
    }


_WITHOUT = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "audit"}


def _logs(collector: Child, name: str, rounds: int, bursts: int) -> tuple[list[Figure], Measured]:
    """Ours and the SDK's, in turn; every record must have arrived."""
    variables = _variables(exporting(collector.hello, PROTOCOLS[name]), "logs")
    seen: dict[str, list[dict[str, float]]] = {"ours": [], "sdk": []}
    for number in range(rounds):
        progress(f"log records over {name}: round {number + 1} of {rounds}")
        for subject, samples in seen.items():
            without = _WITHOUT if subject == "sdk" else {}
            found = ask("delivery", subject, bursts, variables={**variables, **without})
            arrived = collector.ask("count")["logs"]
            if arrived != found["records"]:
                raise SystemExit(f"{subject} over {name}: {found['records']} records, {arrived} arrived")
            samples.append(found)
    ours = [found["drain_us"] + found["encode_us"] for found in seen["ours"]]
    theirs = [found["emit_us"] + found["encode_us"] for found in seen["sdk"]]
    work, sending = "describe, redact, encode, CPU us", "transport, CPU us"
    row, sdk = f"log record over {name}", f"the same by the SDK, over {name}"
    figures = [
        Figure(TABLE, row, work, *quartiles(ours), rounds),
        Figure(TABLE, row, sending, *_column(seen["ours"], "send_us")),
        Figure(TABLE, row, "records/s, ring to receiver", *_column(seen["ours"], "per_second")),
        Figure(TABLE, sdk, work, *quartiles(theirs), rounds),
        Figure(TABLE, sdk, sending, *_column(seen["sdk"], "send_us")),
        *_parts(name, seen),
    ]
    drain, rest = (statistics.median(found[part] for found in seen["ours"]) for part in ("drain_us", "encode_us"))
    why = (
        f"{drain:.1f} us in the bridge's thread, which reads, describes, redacts and encodes, and {rest:.1f} in the "
        f"exporter's, of the SDK's {statistics.median(theirs):.1f}"
    )
    return figures, Measured(f"background {name}", statistics.median(ours) / statistics.median(theirs), why=why)


def _parts(name: str, seen: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """What the sums are made of."""
    table = "background parts"
    return [
        Figure(table, f"ours over {name}", "bridge's thread, us", *_column(seen["ours"], "drain_us")),
        Figure(table, f"ours over {name}", "exporter's thread, us", *_column(seen["ours"], "encode_us")),
        Figure(table, f"SDK over {name}", "emit, us", *_column(seen["sdk"], "emit_us")),
        Figure(table, f"SDK over {name}", "exporter's thread, us", *_column(seen["sdk"], "encode_us")),
    ]


def _column(samples: list[dict[str, float]], name: str) -> tuple[float, float, float, int]:
    return *quartiles([found[name] for found in samples]), len(samples)


def _span_events(collector: Child, rounds: int, spans: int) -> list[Figure]:
    """Per event: with eight of them minus with none, in the thread of the span and in the exporter's."""
    variables = _variables(exporting(collector.hello), "span_events")
    subjects = {"audit": {}, "sdk": _WITHOUT, "none": _WITHOUT}
    seen: dict[str, list[dict[str, float]]] = {subject: [] for subject in subjects}
    for number in range(rounds):
        progress(f"span events: round {number + 1} of {rounds}")
        for subject, without in subjects.items():
            seen[subject].append(ask("delivery", "spans", spans, subject, variables={**variables, **without}))
            collector.ask("count")
    figures = []
    for subject, row in (("audit", "span event"), ("sdk", "the same by add_event")):
        for key, column in (("thread_us", "in the span's thread, us"), ("encode_us", "in the exporter's thread, us")):
            each = [(one[key] - none[key]) / 8 for one, none in zip(seen[subject], seen["none"])]
            figures.append(Figure("span events", row, column, *quartiles(each), rounds))
    return figures


def _metrics(collector: Child, rounds: int, cycles: int) -> list[Figure]:
    """One collection and export, with every event of the catalogue counted since the last."""
    variables = _variables(exporting(collector.hello), "metrics")
    seen: dict[str, list[dict[str, float]]] = {"ours": [], "OpenTelemetry alone": []}
    for number in range(rounds):
        progress(f"metrics: round {number + 1} of {rounds}")
        for subject, samples in seen.items():
            without = {} if subject == "ours" else _WITHOUT
            samples.append(ask("delivery", "metrics", cycles, variables={**variables, **without}))
            collector.ask("count")
    rows = {"ours": "a collection, every event of the catalogue counted", "OpenTelemetry alone": "without otel-audit"}
    return [
        Figure("metrics", rows[subject], "CPU us", *_column(samples, "cycle_us")) for subject, samples in seen.items()
    ]


def _beside(collector: Child, rounds: int, number: int) -> list[Figure]:
    """A busy loop beside a full ring, both free to use any core."""
    columns = {
        "lost_us": "lost per record, us",
        "drain_us": "of that CPU of the bridge's thread, us",
        "per_second": "records/s",
        "throughput": "throughput x alone",
        "longest_ms": "longest pause, ms",
        "longest_alone_ms": "longest pause alone, ms",
    }
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in PROTOCOLS}
    for at in range(rounds):
        progress(f"a busy loop beside it: round {at + 1} of {rounds}")
        for name, samples in seen.items():
            variables = _variables(exporting(collector.hello, PROTOCOLS[name]), "logs")
            samples.append(ask("delivery", "beside", number, variables=variables))
            collector.ask("count")
    return [
        Figure("beside", f"a busy loop while records leave over {name}", column, *_column(samples, key))
        for name, samples in seen.items()
        for key, column in columns.items()
    ]


def measure(quick: bool) -> Result:
    """Everything of this part."""
    rounds = 1 if quick else ROUNDS
    others = 1 if quick else OTHER_ROUNDS
    figures: list[Figure] = []
    measured: list[Any] = []
    pin(0)
    with Child("collector") as collector:
        for name in PROTOCOLS:
            found, target = _logs(collector, name, rounds, 1 if quick else BURSTS)
            figures += found
            measured.append(target)
        figures += _span_events(collector, others, 512 if quick else SPANS)
        figures += _metrics(collector, others, 2 if quick else CYCLES)
        pin_nowhere()
        figures += _beside(collector, others, 500 if quick else BESIDE)
    return Result(TABLE, figures, measured)


if __name__ == "__main__":
    result.main(__doc__, measure)
