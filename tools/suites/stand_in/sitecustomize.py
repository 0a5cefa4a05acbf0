"""A control of the suites: an audit hook that does nothing and a thread that sleeps, as any tool may bring them."""

import sys
import threading


def _nothing(event: str, arguments: tuple[object, ...]) -> None:
    pass


sys.addaudithook(_nothing)
threading.Thread(target=threading.Event().wait, name="stand-in", daemon=True).start()
