"""`multiprocesses.py METHOD KIND...`: processes and pools of one start method."""

import multiprocessing
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from offer import offer  # type: ignore[import-not-found]

TASKS = 6


def task(kind: str) -> str:
    offer(kind, 100)
    return kind


def process(context: Any) -> None:
    children = [context.Process(target=task, args=("process",)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0


def thread(context: Any) -> None:
    """Started by a thread, while others run."""
    busy = threading.Event()
    idle = threading.Thread(target=busy.wait)
    idle.start()
    starting = threading.Thread(target=process, args=(context,))
    starting.start()
    starting.join()
    busy.set()
    idle.join()


def pool(context: Any) -> None:
    workers = context.Pool(2)
    assert workers.map(task, ["pool"] * TASKS, chunksize=1) == ["pool"] * TASKS
    workers.close()
    workers.join()


def terminated(context: Any) -> None:
    """How a `with` statement ends a pool: SIGTERM for the workers."""
    with context.Pool(2) as workers:
        workers.map(task, ["terminated"] * TASKS, chunksize=1)


def recycled(context: Any) -> None:
    workers = context.Pool(1, maxtasksperchild=2)
    workers.map(task, ["recycled"] * TASKS, chunksize=1)
    workers.close()
    workers.join()


def executor(context: Any) -> None:
    with ProcessPoolExecutor(2, context) as workers:
        assert list(workers.map(task, ["executor"] * TASKS)) == ["executor"] * TASKS


if __name__ == "__main__":
    offer("parent", 150)
    for name in sys.argv[2:]:
        globals()[name](multiprocessing.get_context(sys.argv[1]))
    offer("parent", 50)
