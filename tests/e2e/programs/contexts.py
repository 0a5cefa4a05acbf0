"""Raises one event wherever a request's work may run, each in a span of that name."""

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from opentelemetry import trace

tracer = trace.get_tracer("contexts")


def work(where: str) -> None:
    sys.audit("contexts.work", where)


async def task(where: str) -> None:
    with tracer.start_as_current_span(where):
        await asyncio.sleep(0)
        work(where)
        await asyncio.gather(child(where), child(where + " again"))


async def child(where: str) -> None:
    await asyncio.sleep(0)
    work(where + ": child")


async def to_thread() -> None:
    with tracer.start_as_current_span("to_thread"):
        await asyncio.to_thread(work, "to_thread")


async def asynchronous() -> None:
    await asyncio.gather(*(task(f"task {number}") for number in range(5)), to_thread())


def threads() -> None:
    with tracer.start_as_current_span("thread"):
        thread = threading.Thread(target=work, args=("thread",))
        thread.start()
        thread.join()
    with ThreadPoolExecutor(1) as pool, tracer.start_as_current_span("pool"):
        pool.submit(work, "pool").result()


asyncio.run(asynchronous())
threads()
with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner"):
    work("inner")
work("nowhere")
