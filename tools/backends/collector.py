"""The OpenTelemetry Collector, built by its official builder from `collector.yaml` beside this file.

Cold, with an empty module cache, that takes 4 minutes on two cores, 7 when they are busy (measured: 235 and 436 s);
later calls find it in the cache.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import time
from functools import cache
from pathlib import Path

from tools.backends import golang
from tools.backends.cache import kept, progress
from tools.backends.programs import run

MANIFEST = Path(__file__).with_name("collector.yaml")


def version() -> str:
    """Release of the collector in the manifest, for example `0.158.0`."""
    found = re.search(r"^  version: (\S+)$", MANIFEST.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


@cache
def collector() -> Path:
    """Path of the collector."""
    digest = hashlib.sha256(MANIFEST.read_bytes()).hexdigest()[:8]
    return kept(f"collector-{version()}-{digest}-{platform.machine()}", _make) / "otelcol"


def _make(into: Path) -> None:
    started = time.monotonic()
    work = into / ".work"
    work.mkdir()
    try:
        progress(f"collector: building {version()} with its builder (four to eight minutes, once)")
        golang.install(work, f"go.opentelemetry.io/collector/cmd/builder@v{version()}")
        shutil.copy(MANIFEST, work)
        run([work / "builder", "--config", MANIFEST.name, "--ldflags=-s -w"], cwd=work, env=golang.environment())
        (work / "otelcol").rename(into / "otelcol")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress(f"collector: built in {time.monotonic() - started:.0f} s")
