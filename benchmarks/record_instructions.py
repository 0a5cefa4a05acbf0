"""Instructions that a log record costs behind the hook, event by event, beside those of the SDK for the same record.

    python -m benchmarks.record_instructions --json FILE [--quick]

`bridge's thread` is all that happens from the ring's bytes to bytes in the SDK's queue; `SDK` is its `emit` of a
prepared log record and its encoder. Sending is in neither. Counted by callgrind: `benchmarks.background` tells the
times.
"""

from __future__ import annotations

import gc
import itertools
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import callgrind
from benchmarks.delivery import EVENTS, batch_processor, described_burst, log_record
from benchmarks.result import Figure, Result, main

TABLE = "record instructions"
OURS, SDK = "bridge's thread", "SDK: emit and encode"
LENGTHS, IN_SPAN = (4, 20), 4
"""Records of a run, and of a span: as many as in `benchmarks.background`."""
QUICK = ("import",)
_NEVER_MS, _MANY = "3600000", str(1 << 20)
VARIABLES = {
    "OTEL_TRACES_EXPORTER": "none",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    "OTEL_BLRP_SCHEDULE_DELAY": _NEVER_MS,
    "OTEL_BLRP_MAX_QUEUE_SIZE": _MANY,
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": _MANY,
    "OTEL_PYTHON_AUDIT_SIGNALS": "logs",
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": _NEVER_MS,
    "OTEL_PYTHON_AUDIT_INCLUDE": ",".join(EVENTS),
    "OTEL_PYTHON_AUDIT_SAMPLING": ",".join(f"{name}=all" for name in EVENTS),
}
"""The pipeline that `opentelemetry-instrument` sets up; nothing of it wakes, and nothing is sent."""

Run = Callable[[int], object]


def _sdk_processor() -> Any:
    """Set the SDK up; its batch processor."""
    from opentelemetry import _logs
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()
    return batch_processor(_logs.get_logger_provider())._batch_processor


def ours(name: str, folder: str) -> Run:
    """What the bridge's thread does, done by this one: valgrind runs threads when it likes."""
    processor = _sdk_processor()
    from opentelemetry.sdk.trace import TracerProvider

    from otel_audit import drain, runtime

    drain.HELD_NS = drain.HELD_FULL_NS = 1 << 60  # by the clock: valgrind is slow
    bridge: Any = runtime.bridge()
    tracer, count = TracerProvider().get_tracer("bench"), callgrind.counted(folder)
    number, peer = itertools.count(), socket.socket()
    bridge.core.own_thread(True)
    bridge.drain._empty_ring()  # what setting up raised
    processor._queue.clear()
    gc.disable()

    def run(length: int) -> None:
        bridge.core.own_thread(False)
        for _ in range(length // IN_SPAN):
            with tracer.start_as_current_span("request"):
                for _ in range(IN_SPAN):
                    sys.audit(name, *EVENTS[name](next(number), peer))
        bridge.core.own_thread(True)
        count(bridge.drain._empty_ring)
        assert len(processor._queue) == length, f"{len(processor._queue)} of {length}"
        processor._queue.clear()

    return run


def sdk(name: str, folder: str) -> Run:
    """The same record, made of the same event, emitted and encoded by the SDK."""
    os.environ["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"] = "audit"
    records = [log_record(each) for each in described_burst() if each.fields["event"].endswith(f".{name}")]
    processor, turn = _sdk_processor(), itertools.cycle(records)
    from opentelemetry import _logs
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs

    emit, count = _logs.get_logger_provider().get_logger("otel_audit", "1").emit, callgrind.counted(folder)
    gc.disable()

    def work(wanted: list[Any]) -> None:
        for record in wanted:
            emit(record)
        encode_logs(list(processor._queue)).SerializeToString()

    def run(length: int) -> None:
        count(work, [next(turn) for _ in range(length)])
        assert len(processor._queue) == length, f"{len(processor._queue)} of {length}"
        processor._queue.clear()

    return run


PREPARED = {OURS: ours, SDK: sdk}


def processes(folder: str, names: list[str]) -> None:
    """What runs under callgrind: two processes per event."""
    import asyncio  # noqa: F401  # shared by what is forked, like what follows

    from opentelemetry.exporter.otlp.proto.http import _log_exporter  # noqa: F401
    from opentelemetry.instrumentation import auto_instrumentation, distro  # noqa: F401
    from opentelemetry.sdk import _logs, trace  # noqa: F401

    os.environ.update(VARIABLES)
    for name in names:
        for column, prepare in PREPARED.items():
            label = f"{name}|{column}"
            if callgrind.count_in_child(label, folder, lambda: prepare(name, folder), LENGTHS):  # noqa: B023 - called at once
                print(f"benchmarks.record_instructions: {label} failed", file=sys.stderr)


def measure(quick: bool) -> Result:
    """All events under one callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            callgrind.build_extensions(Path(folder))
        except callgrind.Unavailable as missing:
            return Result("record_instructions", [], notes={TABLE: [f"Instructions were not counted: {missing}."]})
        names = [name for name in EVENTS if not quick or name in QUICK]
        found, said = callgrind.run("benchmarks.record_instructions", [folder, *names], Path(folder))
    print(said, file=sys.stderr, end="")
    figures = []
    for name in names:
        here = [found.get(f"{name}|{column}") for column in PREPARED]
        figures += [Figure(TABLE, name, column, value) for column, value in zip(PREPARED, here) if value is not None]
        if None not in here:
            figures.append(Figure(TABLE, name, "x SDK", here[0] / here[1]))  # type: ignore[operator]
    return Result("record_instructions", figures)


if __name__ == "__main__":
    if len(sys.argv) > 2 and Path(sys.argv[1]).is_dir():
        processes(sys.argv[1], sys.argv[2:])
    else:
        main(__doc__, measure)
