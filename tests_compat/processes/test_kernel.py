"""An IPython kernel, as notebooks start it: cells are run through the real protocol, then it is shut down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.receiver import Receiver
from tests_compat.processes import books

jupyter_client: Any = pytest.importorskip("jupyter_client")
pytest.importorskip("ipykernel")
CELLS = ("import offer; offer.offer('cell', 150)", "1 / 0", "offer.offer('cell', 250)")


@pytest.mark.parametrize("way", ["opentelemetry-instrument", "otel-audit run"])
def test_cells_are_recorded(receiver: Receiver, core: str, tmp_path: Path, way: str) -> None:
    start = books.instrumented if way == "opentelemetry-instrument" else books.run_by_us
    manager = jupyter_client.KernelManager()
    manager.kernel_spec.argv[:] = start("-m", "ipykernel_launcher", "-f", "{connection_file}")
    manager.start_kernel(env=books.environment(receiver, tmp_path, core), cwd=str(tmp_path))
    client = manager.blocking_client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=books.TIMEOUT_S)
        answers = [client.execute_interactive(cell, timeout=books.TIMEOUT_S, output_hook=bool) for cell in CELLS]
    finally:
        client.stop_channels()
        manager.shutdown_wait_time = books.TIMEOUT_S
        manager.shutdown_kernel()
    assert [answer["content"]["status"] for answer in answers] == ["ok", "error", "ok"]
    assert books.check(receiver, tmp_path, "IPython kernel", f"three cells, shutdown, {way}", core) == {"cell": 400}
