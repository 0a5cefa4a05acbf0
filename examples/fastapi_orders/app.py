"""Orders over HTTP, with FastAPI. It knows nothing of telemetry; one of its routes blocks the event loop.

uvicorn app:app           serve
python app.py             the same on a port the system chooses; the first line of output is the URL
python app.py --demo 3    serve, send three rounds of scripted traffic, stop
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import carrier
import shipping
import store
import tariffs
import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

HERE = Path(__file__).resolve().parent


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    data = await asyncio.to_thread(tempfile.mkdtemp, prefix="fastapi-orders-")
    try:
        app.state.database = Path(data) / "orders.sqlite"
        await asyncio.to_thread(store.create, app.state.database)
        await run_in_threadpool(tariffs.load, "de")  # without price lists there is no point in serving
        async with carrier.serving() as port:
            app.state.carrier = port
            yield
    finally:
        await asyncio.to_thread(shutil.rmtree, data)


app = FastAPI(title="Orders", lifespan=lifespan)


class NewOrder(BaseModel):
    country: str
    grams: int


@app.get("/healthz")
async def healthz() -> str:
    await asyncio.sleep(0.001)
    return "ok"


@app.post("/orders", status_code=201)
async def place(order: NewOrder) -> dict[str, Any]:
    """SQLite in a thread."""
    return await asyncio.to_thread(store.place, app.state.database, order.country, order.grams)


@app.get("/orders/{order_id}")
async def read(order_id: int) -> dict[str, Any]:
    return await find(order_id)


@app.get("/orders/{order_id}/quote")
async def quote(order_id: int) -> dict[str, Any]:
    """The guilty one; where it blocks is three calls further down."""
    order = await find(order_id)
    return {"order": order_id, **await shipping.quote(order)}


@app.get("/orders/{order_id}/label")
async def label(order_id: int) -> dict[str, Any]:
    """A child process, awaited."""
    order = await find(order_id)
    command = [sys.executable, "-I", str(HERE / "label.py"), str(order_id), order["country"]]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await child.communicate()
    return {"order": order_id, "label": out.decode()}


@app.get("/orders/{order_id}/tracking")
async def tracking(order_id: int) -> dict[str, Any]:
    """A name looked up and a connection made, both awaited."""
    order = await find(order_id)
    return {"order": order_id, "state": await carrier.ask("localhost", app.state.carrier, order["id"])}


@app.get("/tariffs/{country}")
def tariff(country: str) -> dict[str, int]:
    """The same file read as for a quote. This route is no coroutine, so FastAPI runs it in a thread."""
    return tariffs.load(country)


async def find(order_id: int) -> dict[str, Any]:
    order = await asyncio.to_thread(store.find, app.state.database, order_id)
    if order is None:
        raise HTTPException(404, "no such order")
    return order


def send_traffic(server: uvicorn.Server, url: str, rounds: int) -> None:
    command = [sys.executable, str(HERE / "traffic.py"), url, "--rounds", str(rounds)]
    try:
        subprocess.run(command, check=True)
    finally:
        server.should_exit = True


def main() -> int:
    parser = argparse.ArgumentParser(description="Orders over HTTP.")
    parser.add_argument("--demo", nargs="?", type=int, const=3, metavar="ROUNDS", help="send traffic, then stop")
    options = parser.parse_args()
    config = uvicorn.Config(app, host="127.0.0.1", port=int(os.environ.get("ORDERS_PORT", "0")), log_level="warning")
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    listener.listen()  # what connects before uvicorn is ready waits
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(url, flush=True)
    if options.demo is not None:
        threading.Thread(target=send_traffic, args=(server, url, options.demo), name="traffic").start()
    server.run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
