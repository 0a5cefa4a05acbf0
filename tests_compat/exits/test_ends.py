"""Each way a process may end leaves its row: whole where it ends in order, and what is missing where it does not."""

from __future__ import annotations

import pytest

from tests_compat.rows import add
from tools.exits.measure import WAYS, Way, measure

SECONDS = 4.0
"""Longer than the intervals at their defaults together: what is lost is the last of it."""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way.name))
def test_an_end(way: Way, core: str) -> None:
    ended = measure(way, core, SECONDS)
    assert ended.code == way.code, ended.said
    assert (ended.doubled, ended.gap) == (0, False)
    assert ended.lost == 0 or not way.whole
    note = f"the last {ended.lost_s:.1f} s" if ended.lost else ""
    add("ends", "a program", way.name, ended.offered, ended.delivered, 0, ended.lost, note, core=core)
