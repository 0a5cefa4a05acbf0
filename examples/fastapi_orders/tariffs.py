"""Price lists, one file per country; read each time, so that a new list needs no restart."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "rates"
COUNTRIES = frozenset(("at", "de", "fr"))


def load(country: str) -> dict[str, int]:
    """Cents per 500 g, by service. Countries without a list of their own have the common one."""
    name = country.lower() if country.lower() in COUNTRIES else "other"
    prices: dict[str, int] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return prices
