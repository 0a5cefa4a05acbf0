"""A control of the suites: an audit hook that does nothing and a thread that sleeps, as any tool may bring them."""

import sys

from otel_audit.interpreter import is_main


def _nothing(event: str, arguments: tuple[object, ...]) -> None:
    pass


if is_main():  # in another, the import alone of threading may keep it from ending
    import threading

    sys.addaudithook(_nothing)
    threading.Thread(target=threading.Event().wait, name="stand-in", daemon=True).start()
