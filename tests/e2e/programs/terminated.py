"""Raises events until a signal ends it. Arguments say what stands in the way of the delivery, or handles the signal."""

import os
import signal
import sys
import threading
from typing import Any

import otel_audit
from otel_audit import runtime

mode = sys.argv[1]


def handle(number: int, frame: Any) -> None:
    print("handled", flush=True)
    sys.exit(7)


if mode == "handler-before":
    signal.signal(signal.SIGTERM, handle)
elif mode == "ignored":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

if mode == "thread":
    thread = threading.Thread(target=otel_audit.install)
    thread.start()
    thread.join()
else:
    otel_audit.install()

if mode == "handler-after":
    signal.signal(signal.SIGTERM, handle)

otel_audit.flush()  # the next turn of the background thread is a whole interval away
for number in range(3):
    sys.audit("app.work", number)
print(*(note for note in otel_audit.health().notes if "exit_signals" in note), "ready", flush=True)

if mode == "fork" and os.fork() == 0:
    sys.audit("app.work", 99)
    os.kill(os.getpid(), signal.SIGTERM)
if mode == "fork":
    print("child", os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
    signal.raise_signal(signal.SIGTERM)
if mode == "lock":
    bridge = runtime.bridge()
    assert bridge is not None
    lock = threading.Lock()
    bridge.sinks[0].refresh = lock.acquire  # delivery needs it
    with lock:  # and the main thread has it
        signal.raise_signal(signal.SIGTERM)
if mode == "twice":
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGTERM))
    signal.raise_signal(signal.SIGTERM)
if mode == "ignored":
    signal.raise_signal(signal.SIGTERM)
    sys.exit(5)
threading.Event().wait()
