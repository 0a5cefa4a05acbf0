"""Many processes at once against one real collector, with the configuration that ships: everything arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.backends import BackendError, collector
from tools.backends.programs import run
from tools.scaling.many import CONFIG, check

PROCESSES, EVENTS = 20, 100


def test_nothing_is_missing(tmp_path: Path) -> None:
    done = check(tmp_path, PROCESSES, EVENTS, seconds=5.0)
    assert done.offered == PROCESSES * EVENTS
    assert (done.logs, done.span_events, done.lost) == (done.offered, done.offered, 0)
    assert done.collector_cpu_s > 0


def test_the_collector_takes_the_file_and_would_refuse_a_mistake(tmp_path: Path) -> None:
    away = {"OTLP_TARGET": "http://127.0.0.1:4318"}
    run([collector.collector(), "validate", f"--config={CONFIG}"], env=away)
    broken = tmp_path / "broken.yaml"
    broken.write_text(CONFIG.read_text(encoding="utf-8").replace("limit_mib", "limit_mb", 1), encoding="utf-8")
    with pytest.raises(BackendError, match="limit_mb"):
        run([collector.collector(), "validate", f"--config={broken}"], env=away)
