"""A small shop. It knows nothing of telemetry: that is the point of the example.

python app.py             serve until Ctrl-C; the first line of output is the URL
python app.py --demo 3    serve, send three rounds of scripted traffic, stop
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import store
from flask import Flask, abort, g, render_template, request, session
from werkzeug.serving import ThreadedWSGIServer

HERE = Path(__file__).resolve().parent
INVOICE_TOKEN = os.environ.get("SHOP_INVOICE_TOKEN", "tok-demo-5f2c9e81")

app = Flask(__name__)
app.secret_key = secrets.token_hex()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy between the shop and its warehouse


def database() -> sqlite3.Connection:
    if "database" not in g:
        g.database = store.connect(app.config["DATA"] / "shop.sqlite")
    connection: sqlite3.Connection = g.database
    return connection


@app.teardown_appcontext
def close_database(error: BaseException | None) -> None:
    connection = g.pop("database", None)
    if connection is not None:
        connection.close()


@app.template_filter()
def price(cents: int) -> str:
    return f"{cents / 100:.2f} €"


@app.get("/")
def index() -> str:
    return render_template("index.html", products=store.products(database()))


@app.get("/product/<int:product_id>")
def product(product_id: int) -> str:
    item = find_product(product_id)
    return render_template("product.html", product=item, stock=ask_warehouse(f"/stock/{product_id}")["stock"])


@app.post("/cart/add")
def add_to_cart() -> str:
    item = find_product(request.form.get("product", 0, int))
    session["cart"] = [*session.get("cart", []), item["id"]]
    return render_template("cart.html", added=item, count=len(session["cart"]))


@app.post("/checkout")
def checkout() -> str:
    cart = session.pop("cart", [])
    if not cart:
        abort(400, "the cart is empty")
    items = [find_product(product_id) for product_id in cart]
    ask_warehouse("/reserve", cart)
    customer = session.get("customer", "guest")
    order_id = store.place_order(database(), customer, items)
    write_invoice(order_id, customer, items)
    return render_template("receipt.html", order_id=order_id, items=items, total=sum(item["cents"] for item in items))


@app.post("/register")
def register() -> str:
    name, phone = request.form["name"], request.form["phone"]
    store.register(database(), name, phone)
    sys.audit("shop.user.register", name, phone)
    return render_template("account.html", message=f"Welcome, {name}.")


@app.post("/login")
def login() -> str:
    name = request.form["name"]
    phone = store.phone_of(database(), name)
    if phone is None:
        abort(403, "unknown customer")
    sys.audit("shop.user.login", name, phone)
    session["customer"] = name
    return render_template("account.html", message=f"Good to see you, {name}.")


@app.get("/healthz")
def healthz() -> str:
    return "ok\n"


def find_product(product_id: int) -> sqlite3.Row:
    return store.product(database(), product_id) or abort(404, "no such product")


def ask_warehouse(path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(app.config["WAREHOUSE"] + path, data, {"Content-Type": "application/json"})
    with opener.open(call, timeout=5) as answer:
        return json.load(answer)


def write_invoice(order_id: int, customer: str, items: list[sqlite3.Row]) -> None:
    order = {"customer": customer, "items": [(item["name"], item["cents"]) for item in items]}
    command = [sys.executable, "-I", str(HERE / "invoice.py"), f"--order={order_id}", f"--token={INVOICE_TOKEN}"]
    made = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True, check=True, timeout=30)
    (app.config["DATA"] / "invoices" / f"{order_id}.txt").write_text(made.stdout, encoding="utf-8")


@contextmanager
def data_directory() -> Iterator[Path]:
    """SHOP_DATA, which is kept, or a temporary directory, which is not."""
    with ExitStack() as stack:
        given = os.environ.get("SHOP_DATA")
        data = Path(given or stack.enter_context(tempfile.TemporaryDirectory(prefix="flask-shop-")))
        (data / "invoices").mkdir(parents=True, exist_ok=True)
        store.create(data / "shop.sqlite")
        yield data


@contextmanager
def warehouse() -> Iterator[str]:
    command = [sys.executable, str(HERE / "warehouse.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()  # which ends it
            process.wait()


@contextmanager
def serving(port: int) -> Iterator[str]:
    server = ThreadedWSGIServer("127.0.0.1", port, app)
    server.daemon_threads = False  # closing waits for the requests that are still being answered
    # 50 ms: how long stopping may take to be noticed.
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="shop")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def serve(rounds: int | None) -> int:
    with data_directory() as data, warehouse() as url:
        app.config.update(DATA=data, WAREHOUSE=url)
        with serving(int(os.environ.get("SHOP_PORT", "0"))) as shop:
            print(shop, flush=True)
            if rounds is None:
                threading.Event().wait()
            traffic = [sys.executable, str(HERE / "traffic.py"), shop, "--rounds", str(rounds)]
            return subprocess.run(traffic, check=False).returncode


def main() -> int:
    demo_rounds = os.environ.get("SHOP_DEMO_ROUNDS")
    parser = argparse.ArgumentParser(description="A small shop.")
    parser.add_argument("--demo", nargs="?", type=int, const=3, default=demo_rounds, metavar="ROUNDS")
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        return serve(options.demo)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
