"""Law: no event is lost silently, whatever the load."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import run

SEEDS = range(3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("reader", ["reading", "late"])
def test_the_books_balance_under_threads(core: str, seed: int, reader: str) -> None:
    found: dict[str, Any] = run("laws/programs/load.py", core, str(seed), reader).result
    assert found.pop("seen") > 500
    lost = found.pop("ring lost")
    assert lost > 0 or reader == "reading"  # a small ring that nobody reads runs over
    assert found.pop("causes met") == ["span_over", "span_late", "span_abandoned"]
    assert found == {"per event": [], "causes": 0, "ring kept": 0, "ring": 0, "spans": 0, "left": [0, 0]}
