"""The services that are put under load: `python -m benchmarks.services flask|asyncio`.

Its first line says its port. `start` begins a slice; `stop` ends it and tells CPU seconds of the whole process since.
A request queries a SQLite database that it opens, reads a template from disk and fills it in, and answers with 2 KB:
what a small service does, with some three events per request that the selector `default` takes.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import string
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import variants
from benchmarks.children import pin

ROWS = 40
THREADS = 4
IDLE_S = 600
"""How long a connection may be idle: the other variants' slices lie between two of its own."""
_TEMPLATE = "<li id='$id'><b>$name</b> <i>$price</i></li>\n"


class Shop:
    """The application's own work.

    Args:
        folder: where its files are.
    """

    def __init__(self, folder: Path) -> None:
        self._database, self._template = folder / "shop.sqlite", folder / "row.html"
        self._template.write_text(_TEMPLATE)
        with sqlite3.connect(self._database) as connection:
            connection.execute("create table item (id integer primary key, name text, price real)")
            rows = [(f"item {number}", number * 1.5) for number in range(1000)]
            connection.executemany("insert into item (name, price) values (?, ?)", rows)

    def page(self, first: int) -> str:
        """Some rows of the table."""
        connection = sqlite3.connect(self._database)
        try:
            rows = connection.execute("select * from item where id >= ? limit ?", (first, ROWS)).fetchall()
        finally:
            connection.close()
        template = string.Template(self._template.read_text())
        return "".join(template.substitute(id=number, name=name, price=price) for number, name, price in rows)


def flask(shop: Shop) -> int:
    """Flask on waitress, four threads; its port."""
    import logging

    from flask import Flask
    from waitress.server import create_server  # type: ignore[import-untyped]

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it warns of every request that waits its turn
    app = Flask(__name__)

    @app.get("/items/<int:first>")
    def items(first: int) -> str:
        return shop.page(first)

    server: Any = create_server(app, host="127.0.0.1", port=0, threads=THREADS, channel_timeout=IDLE_S)
    threading.Thread(target=server.run, daemon=True).start()
    return int(server.effective_port)


def asynchronous(shop: Shop) -> int:
    """FastAPI on uvicorn, one event loop; the work in a thread of its pool; its port."""
    import asyncio

    import uvicorn
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

    app = FastAPI()

    @app.get("/items/{first}", response_class=HTMLResponse)
    async def items(first: int) -> str:
        return await asyncio.to_thread(shop.page, first)

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="error", access_log=False, loop="asyncio", http="h11", ws="none", timeout_keep_alive=IDLE_S
    )
    threading.Thread(target=uvicorn.Server(config).run, args=([listening],), daemon=True).start()
    return int(listening.getsockname()[1])


SERVICES: dict[str, Callable[[Shop], int]] = {"flask": flask, "asyncio": asynchronous}


def main() -> None:
    variants.begin()
    with tempfile.TemporaryDirectory() as folder:
        _say({"port": SERVICES[sys.argv[1]](Shop(Path(folder)))})
        start = 0.0
        for line in sys.stdin:
            if line.strip() == "start":
                pin(0)
                start = time.process_time()
                _say({})
            else:
                _say({"cpu_s": time.process_time() - start})


def _say(found: dict[str, Any]) -> None:
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
