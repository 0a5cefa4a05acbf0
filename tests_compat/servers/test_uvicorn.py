"""uvicorn with several workers: processes that multiprocessing spawns, armed each on its own."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests_compat.servers import harness
from tests_compat.servers.serving import Command, Mode, serve

SIGNALS = (("OTEL_PYTHON_AUDIT_EXIT_SIGNALS", "SIGTERM,SIGINT"),)
"""A worker ends by the signal that ended its server, past every exit handler."""
NOTE = "OTEL_PYTHON_AUDIT_EXIT_SIGNALS=SIGTERM,SIGINT"


def _uvicorn(*options: str) -> Command:
    def command(port: int) -> Sequence[str]:
        bind = ("--host", "127.0.0.1", "--port", str(port), "--no-access-log")
        return [str(harness.SCRIPTS / "uvicorn"), "asgi_app:app", *bind, *options]

    return command


MODES = [
    Mode(
        "uvicorn",
        "2 workers",
        _uvicorn("--workers", "2", "--timeout-worker-healthcheck", "60"),
        SIGNALS,
        note=NOTE,
    ),
    Mode("uvicorn", "1 process", _uvicorn(), SIGNALS, processes=1, note=NOTE, code=-signal.SIGTERM),
]


BY_SIGINT = [mode._replace(mode=f"{mode.mode}, SIGINT", end=signal.SIGINT, code=0) for mode in MODES]
"""As an interrupt from the keyboard does."""


@pytest.mark.parametrize("mode", [*MODES, *BY_SIGINT], ids=str)
def test_every_event_arrives_once(mode: Mode, receiver: Receiver, core: str, tmp_path: Path) -> None:
    serve(mode, receiver, core, tmp_path)
