"""Raises a numbered event every two milliseconds, then ends the way it is told: program.py WAY SECONDS COUNT_FILE.

The file holds how many were raised, also when there is no time to say so.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import Any, NoReturn

PACE_S = 0.002
WIDTH = 20


def handled(number: int, frame: Any) -> NoReturn:
    """The application's own handler."""
    sys.exit(0)


def raise_events(seconds: float, target: str) -> None:
    """Numbered from 0, the last number on file."""
    file = os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        sys.audit("exits.event", number)
        number += 1
        os.pwrite(file, f"{number:{WIDTH}}".encode(), 0)
        time.sleep(PACE_S)


def in_thread(call: Any) -> None:
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def fail() -> NoReturn:
    raise RuntimeError("intended")


def by_signal(number: int) -> None:
    """A signal from outside, which arrives while the main thread waits."""
    threading.Timer(0.01, os.kill, (os.getpid(), number)).start()
    threading.Event().wait(60.0)


def keep_raising() -> None:
    """Daemon threads that outlive the main one."""
    number = 0
    while True:
        sys.audit("exits.daemon", number, "x" * (number % 100))
        number += 1


def end(way: str) -> None:
    """The way named."""
    if way == "exception":
        fail()
    elif way == "sys.exit":
        sys.exit(0)
    elif way == "sys.exit in a thread":
        in_thread(lambda: sys.exit(0))
    elif way == "exception in a thread":
        in_thread(fail)
    elif way.startswith("SIGTERM"):
        by_signal(signal.SIGTERM)
    elif way.startswith("SIGINT"):
        by_signal(signal.SIGINT)
    elif way == "os._exit":
        os._exit(0)
    elif way == "SIGKILL":
        os.kill(os.getpid(), signal.SIGKILL)
    elif way == "os.abort":
        os.abort()
    elif way == "daemon threads":
        for _ in range(3):
            threading.Thread(target=keep_raising, daemon=True).start()
        time.sleep(0.05)


def main() -> None:
    way, seconds, target = sys.argv[1:]
    if way == "SIGTERM, own handler":
        signal.signal(signal.SIGTERM, handled)
    raise_events(float(seconds), target)
    end(way)


if __name__ == "__main__":
    main()
