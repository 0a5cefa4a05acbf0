"""A Kafka broker in memory, built from `kafka-broker/`: what is sent to it is gone when it ends.

Not Apache Kafka: the fake that the collector's own tests use. It speaks the protocol and keeps topics, partitions,
consumer groups and offsets.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
from functools import cache
from pathlib import Path

from tools.backends import golang
from tools.backends.cache import kept, progress
from tools.backends.programs import run

SOURCES = Path(__file__).with_name("kafka-broker")
TOPICS = ("otlp_spans", "otlp_metrics", "otlp_logs")
"""The collector's defaults."""


@cache
def kafka() -> Path:
    """Path of the broker: `kafka PORT PARTITIONS TOPIC...`."""
    files = sorted(SOURCES.iterdir())
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]
    return kept(f"kafka-{digest}-{platform.machine()}", _make) / "kafka"


def _make(into: Path) -> None:
    progress("kafka: building a broker in memory (half a minute, once)")
    work = shutil.copytree(SOURCES, into / ".work")
    try:
        run([golang.go(), "build", "-trimpath", "-ldflags=-s -w", "-o", into, "."], cwd=work, env=golang.environment())
    finally:
        shutil.rmtree(work, ignore_errors=True)
