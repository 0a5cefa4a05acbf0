"""A test suite whose tests raise events."""

import pytest
from offer import offer  # type: ignore[import-not-found]


@pytest.mark.parametrize("number", range(8))
def test_step(number: int) -> None:
    offer("test", 25 * number)


def test_that_fails() -> None:
    offer("test", 100)
    raise AssertionError("on purpose")
