"""Many processes on this machine against one real collector, with the configuration that ships: is everything there?"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.backends import collector, ports, web
from tools.backends.processes import running, tail
from tools.scaling.measure import ROOT, cpu_s
from tools.scaling.sink import sink

CONFIG = ROOT / "deploy" / "kubernetes" / "collector-config.yaml"
WORKER = Path(__file__).with_name("worker.py")
_PATIENCE_S = 300.0
NO_LOSS = frozenset({"kept", "delivered", "filtered", "late", "over", "no_pipeline"})


@dataclass(frozen=True)
class Check:
    """What came of it.

    Args:
        processes: that ran at once.
        offered: events that they raised.
        logs, span_events: of those that arrived behind the collector.
        lost: records that the processes themselves call lost.
        mb: protobuf that left the collector, megabytes.
        collector_cpu_s: CPU of the collector, its start not counted.
    """

    processes: int
    offered: int
    logs: int
    span_events: int
    lost: int
    mb: float
    collector_cpu_s: float


def check(folder: Path, processes: int, events: int, seconds: float) -> Check:
    """Run so many processes, each with so many events in so many seconds."""
    with sink() as behind, _collector(folder, behind.url) as (process, endpoint):
        variables = {
            "OTEL_SERVICE_NAME": "fleet",
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "60",  # more processes than cores: an answer may be late, and is no loss
            "OTEL_PYTHON_AUDIT_INCLUDE": "fleet.*",
            "OTEL_PYTHON_AUDIT_SAMPLING": "fleet.*=all",
            "NO_PROXY": "127.0.0.1",
        }
        idle = cpu_s(process.pid)
        said = _run(folder, processes, [str(events), str(seconds)], variables)
        offered = sum(one["seen"] for one in said)
        behind.wait("logs", "records", offered, _PATIENCE_S)
        behind.wait("traces", "events", offered, _PATIENCE_S)
        used = cpu_s(process.pid) - idle
    return Check(
        processes,
        offered,
        behind.counts["logs", "records"],
        behind.counts["traces", "events"],
        sum(_lost(one) for one in said),
        sum(number for (_, what), number in behind.counts.items() if what == "unpacked") / 1e6,
        used,
    )


def cost(folder: Path, bodies: Sequence[tuple[str, bytes, int]], megabytes: float) -> float:
    """CPU milliseconds of the collector for 1 MB of protobuf, in requests as a process sent them, over and over.

    Args:
        folder: for its log.
        bodies: signal, body packed with gzip, size unpacked.
        megabytes: to send, unpacked.
    """
    with sink() as behind, _collector(folder, behind.url, "http") as (process, endpoint):
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"))
        headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
        idle, sent = cpu_s(process.pid), 0
        for signal, body, size in itertools.cycle(bodies):
            connection.request("POST", f"/v1/{signal}", body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            sent += size
            if sent >= megabytes * 1e6:
                break
        connection.close()
        behind.wait("logs", "unpacked", 1, _PATIENCE_S)
        return 1000 * (cpu_s(process.pid) - idle) / (sent / 1e6)


@contextmanager
def _collector(folder: Path, target: str, way: str = "grpc") -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    grpc, http_, health = ports.addresses(3)
    placed = {"OTLP_GRPC": grpc, "OTLP_HTTP": http_, "HEALTH": health, "OTLP_TARGET": target, "NO_PROXY": "127.0.0.1"}
    command: list[str | Path] = [collector.collector(), f"--config={CONFIG}"]
    with running("collector", command, folder, lambda: web.answers(f"http://{health}/"), placed) as process:
        yield process, f"http://{grpc if way == 'grpc' else http_}"


def _run(folder: Path, processes: int, arguments: list[str], variables: dict[str, str]) -> list[dict[str, Any]]:
    """What each process says of itself at its end."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [str(Path(sys.executable).with_name("opentelemetry-instrument")), sys.executable, str(WORKER), *arguments]
    logs = [folder / f"worker-{number}.log" for number in range(processes)]
    started = []
    try:
        for log in logs:
            with log.open("wb") as errors:
                started.append(
                    subprocess.Popen(
                        command, env={**own, **variables}, stdout=subprocess.PIPE, stderr=errors, text=True
                    )
                )
        outputs = [process.communicate(timeout=_PATIENCE_S)[0] for process in started]
    finally:
        for process in started:
            if process.poll() is None:
                process.kill()
                process.communicate()
    for process, log in zip(started, logs, strict=True):
        if process.returncode:
            raise RuntimeError(f"a worker ended with exit code {process.returncode}; {log} ends with:\n{tail(log)}")
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def _lost(health: dict[str, Any]) -> int:
    accounts = health["destinations"].values()
    kept: int = sum(number for account in accounts for name, number in account.items() if name not in NO_LOSS)
    return kept + int(sum(health["dropped"].values()))
