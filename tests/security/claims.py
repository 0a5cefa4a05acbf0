"""Which claim of SECURITY.md a test proves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


def proves(*numbers: int) -> Callable[[Test], Test]:
    """Mark a test of tests/security with the claims it proves; `test_claims` reads the source and holds it to them."""

    def mark(test: Test) -> Test:
        test.__dict__["claims"] = numbers
        return test

    return mark
