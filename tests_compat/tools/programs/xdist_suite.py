"""A suite for pytest-xdist: each test raises events with numbers of its own."""

from __future__ import annotations

import sys

import pytest

TESTS, EACH = 20, 10


@pytest.mark.parametrize("number", range(TESTS))
def test_work(number: int) -> None:
    for step in range(EACH):
        sys.audit("tools.work", number * EACH + step)
