"""Accounts: exact, whoever reads them, and whenever."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

from otel_audit.destination import Account


class Interrupted(deque[tuple[str, int]]):
    """Has a signal handler run whenever something is taken out: what it does interrupts who takes."""

    def __init__(self, handler: Any) -> None:
        super().__init__()
        self.handler = handler

    def popleft(self) -> tuple[str, int]:
        """Before, and after."""
        self.handler()
        taken = super().popleft()
        self.handler()
        return taken


def test_a_handler_may_read_and_add_while_its_own_thread_reads() -> None:
    account, left = Account("logs"), 100

    def handler() -> None:
        nonlocal left
        if left:
            left -= 1
            account.add("delivered")
            account.totals()

    account._new = Interrupted(handler)
    account.add("late", 5)
    reader = threading.Thread(target=account.totals, daemon=True)
    reader.start()
    reader.join(20)
    assert not reader.is_alive()
    assert account.totals() == {"late": 5, "delivered": 100}


def test_what_reading_interrupts_is_not_lost() -> None:
    account = Account("logs")
    seen: list[dict[str, int]] = []

    def handler() -> None:
        interrupted.handler = bool
        seen.append(account.totals())

    account._new = interrupted = Interrupted(handler)
    for number in (1, 2, 4):
        account.add("delivered", number)
    assert account.totals() == {"delivered": 7}
    assert seen == [{"delivered": 7}]


def test_settling_waits_for_nobody() -> None:
    account, over = Account("logs"), threading.Event()
    account.add("delivered")
    reading = threading.Event()

    def read() -> None:
        with account._summing:
            reading.set()
            over.wait(20)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert reading.wait(20)
    account.settle()
    assert len(account._new) == 1
    over.set()
    reader.join(20)
    account.settle()
    assert not account._new
    assert account.totals() == {"delivered": 1}
