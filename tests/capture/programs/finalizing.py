"""Events until the very end: from __del__ at finalization, from daemon threads that outlive main."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from tests.capture.programs import driver


class Last:
    """Raises an event when its module is torn down."""

    def __init__(self, audit: Any, write: Any) -> None:
        self.audit, self.write = audit, write

    def __del__(self) -> None:
        self.audit("app.del", "at the end")
        self.write(1, b"deleted\n")


def main(name: str, how: str) -> None:
    core = driver.start(name, driver.row("app.e"), driver.row("app.del"), others=driver.unknown(), ring_size=65536)
    span = driver.open_span(core)
    driver.CONTEXT.set({driver.SPAN: span})
    driver.LAST = Last(sys.audit, os.write)  # type: ignore[attr-defined]
    if how == "threads":
        started = threading.Barrier(4)
        for _ in range(3):
            threading.Thread(target=work, args=(started,), daemon=True).start()
        started.wait()
    if how == "closed":
        core.close()


def work(started: threading.Barrier) -> None:
    started.wait()
    number = 0
    while True:
        number += 1
        sys.audit("app.e", number, "x" * (number % 300), [number])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
