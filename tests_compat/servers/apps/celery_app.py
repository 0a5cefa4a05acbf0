"""A Celery application whose broker and results are folders: no network."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from opentelemetry import trace

PARTS = 3

_folder = Path(os.environ["COMPAT_QUEUE"])
for _name in ("queue", "control", "results"):
    (_folder / _name).mkdir(parents=True, exist_ok=True)
app: Any = import_module("celery").Celery("celery_app", broker="filesystem://", backend=f"file://{_folder / 'results'}")
app.conf.update(
    broker_transport_options={
        "data_folder_in": str(_folder / "queue"),
        "data_folder_out": str(_folder / "queue"),
        "control_folder": str(_folder / "control"),
    },
    worker_hijack_root_logger=False,
    task_acks_late=False,
    broker_connection_retry_on_startup=True,
)


@import_module("celery.signals").worker_ready.connect(weak=False)  # type: ignore[untyped-decorator]
def _ready(**_: object) -> None:
    os.write(1, b"ready.\n")  # what Celery says, and `print`, go through `logging`, which may lead elsewhere


@app.task(name="compat.work")  # type: ignore[untyped-decorator]
def work(number: int) -> dict[str, Any]:
    """Raise `PARTS` events and open a file that nobody else opens."""
    for part in range(PARTS):
        sys.audit("compat.request", number, part)
    Path(os.environ["COMPAT_FILE"]).read_text(encoding="utf-8")
    context = trace.get_current_span().get_span_context()
    return {"trace": f"{context.trace_id:032x}", "span": f"{context.span_id:016x}", "pid": os.getpid(), "raised": PARTS}


@app.task(name="compat.hang")  # type: ignore[untyped-decorator]
def hang(number: int) -> None:
    """Raise one event, say so in a file, and take longer than anybody waits."""
    sys.audit("compat.request", number, 0)
    Path(os.environ["COMPAT_FILE"]).with_name("hanging").touch()
    time.sleep(600)
