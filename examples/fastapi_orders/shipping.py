"""What shipping an order costs."""

from __future__ import annotations

from typing import Any

import tariffs


async def quote(order: dict[str, Any]) -> dict[str, Any]:
    """The cheapest service for an order, and its price in cents."""
    service, cents = cheapest(order["country"], order["grams"])
    return {"service": service, "cents": cents}


def cheapest(country: str, grams: int) -> tuple[str, int]:
    started = -(-grams // 500)  # parcels are charged per 500 g begun
    service, cents = min(tariffs.load(country).items(), key=lambda item: item[1])
    return service, started * cents
