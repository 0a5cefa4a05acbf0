"""The same as an ASGI application, in the event loop and in its thread pool."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from opentelemetry import trace

PARTS = 3

app = FastAPI()


@app.get("/ready")
async def ready() -> dict[str, Any]:
    """Answers as soon as there is somebody to answer."""
    return {"pid": os.getpid()}


@app.get("/work/{number}")
async def work(number: int) -> dict[str, Any]:
    """Raise `PARTS` events, the last one in a thread of the pool, and open a file that nobody else opens."""
    for part in range(PARTS - 1):
        sys.audit("compat.request", number, part)
        await asyncio.sleep(0.001)
    await asyncio.to_thread(_in_thread, number)
    context = trace.get_current_span().get_span_context()
    return {"trace": f"{context.trace_id:032x}", "span": f"{context.span_id:016x}", "pid": os.getpid(), "raised": PARTS}


def _in_thread(number: int) -> None:
    sys.audit("compat.request", number, PARTS - 1)
    Path(os.environ["COMPAT_FILE"]).read_text(encoding="utf-8")
