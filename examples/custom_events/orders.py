"""A small order desk that tells what it does: events of its own, before and after, beside those of the interpreter.

    otel-audit run --config-file audit.toml orders.py     # the records as lines of JSON, then a summary
    python orders.py                                      # the same program; nobody listens

What to look at: names are fixed and data are arguments; `order_id` and `amount` become attributes with names of their
own; the card is `[redacted:card]` in every record; `shop.order.place/result` says how each order ended; `audit.toml`
describes an event that a library raises without knowing of OpenTelemetry, and samples another.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import otel_audit
from otel_audit import Argument

ORDER = Argument("order_id", attribute="shop.order.id")

exported = otel_audit.event(
    "shop.export.written",
    Argument("file", attribute="file.path", capture="path"),
    Argument("orders", capture="size"),
    text="wrote {orders.size} orders to {file}",
    meaning="The day's orders left the shop.",
)


class Declined(Exception):
    """The bank said no."""


@otel_audit.audited(
    "shop.order.place",
    [ORDER, Argument("amount", attribute="shop.order.amount", capture="float")],
    redact={"card": "card"},
    text="place order {order_id} for {amount}",
    meaning="A customer orders something.",
)
def place(order_id: str, amount: float, card: str) -> None:
    """Take the money, then the goods."""
    if card.endswith("0"):
        raise Declined(order_id)
    take_from_stock(order_id)


@otel_audit.audited("shop.mail.send", [ORDER], redact={"to": "email"}, severity="debug")
async def send_mail(order_id: str, to: str) -> bool:
    """Say thank you; the after-event comes when the mail is out."""
    await asyncio.sleep(0)
    return True


def take_from_stock(order_id: str) -> None:
    """A library's: it raises a bare audit event, which audit.toml gives names to."""
    sys.audit("warehouse.stock.low", order_id, 2)


def export(orders: list[str], directory: Path) -> None:
    """Write them down."""
    path = directory / "orders.json"
    exported(path, orders)
    path.write_text(json.dumps(orders))


def main() -> None:
    """Three orders, one of them declined."""
    placed = []
    for order_id, amount, card in (
        ("o-1", 34.9, "4111111111111111"),
        ("o-2", 12.5, "4000000000000000"),
        ("o-3", 7, "5500005555555559"),
    ):
        try:
            place(order_id, amount, card=card)
        except Declined:
            print(f"{order_id} declined")
        else:
            asyncio.run(send_mail(order_id, to="ada@example.com"))
            placed.append(order_id)
    with tempfile.TemporaryDirectory() as directory:
        export(placed, Path(directory))
    print(f"{len(placed)} orders")


if __name__ == "__main__":
    main()
