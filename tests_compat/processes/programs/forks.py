"""`forks.py HOW`: forks by hand."""

import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

from offer import offer  # type: ignore[import-not-found]

import otel_audit


def leave() -> NoReturn:
    """As servers end their children: past every exit handler, so what is recorded must be delivered before."""
    assert otel_audit.flush(30)
    os._exit(0)


def wait(child: int) -> None:
    _, status = os.waitpid(child, 0)
    assert status == 0, status


def thread() -> None:
    """A thread forks while another one raises events."""
    done = threading.Event()

    def steady() -> None:
        while not done.wait(0.001):
            offer("parent")

    def fork() -> None:
        for _ in range(3):
            child = os.fork()
            if child == 0:
                offer("child", 150)
                leave()
            wait(child)

    others = threading.Thread(target=steady)
    others.start()
    forking = threading.Thread(target=fork)
    forking.start()
    forking.join()
    done.set()
    others.join()


def nested() -> None:
    """Children of children, each ending as any program does."""
    child = os.fork()
    if child == 0:
        offer("child", 200)
        grandchild = os.fork()
        if grandchild == 0:
            offer("grandchild", 300)
            sys.exit()
        wait(grandchild)
        offer("child")
        sys.exit()
    wait(child)


def daemon() -> None:
    """The double fork of the textbook: a new session, every descriptor closed."""
    assert otel_audit.flush(30)  # the two processes that only start it end past every exit handler
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    os.umask(0)
    os.closerange(0, 4096)
    for _ in range(3):
        os.open(os.devnull, os.O_RDWR)
    offer("daemon", 500)
    Path(os.environ["COMPAT_BOOK"] + ".pid").write_text(str(os.getpid()))


def execute() -> None:
    """Becomes another program, which ends as any."""
    step = "import offer; offer.offer('after', 400)"
    os.execve(sys.executable, [sys.executable, "-c", step], dict(os.environ))


if __name__ == "__main__":
    offer("parent", 200)
    globals()[sys.argv[1]]()
    offer("parent")
