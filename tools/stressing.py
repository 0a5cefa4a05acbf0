"""What the programs share that drive a C extension: crowds of threads, a look for growth, the command line."""

from __future__ import annotations

import argparse
import gc
import random
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

THREADS = 4
MOST_BLOCKS = 200
"""Of 100,000 calls: what the interpreter itself comes and goes with."""


def crowd(seed: int, chaos: Callable[[], object], beside: Callable[[threading.Event], object] | None = None) -> None:
    """One round: threads in chaos, and one that does something else until they are done.

    Args:
        seed: of what is random.
        chaos: what each thread does.
        beside: what another one does; told when to stop.

    Raises:
        BaseException: the first that was raised in one of them.
    """
    random.seed(seed)
    stop = threading.Event()
    raised: list[BaseException] = []

    def watched(call: Callable[..., object], *arguments: object) -> None:
        try:
            call(*arguments)
        except BaseException as error:  # a thread's error ends nothing but the thread
            raised.append(error)

    other = threading.Thread(target=watched, args=(beside or threading.Event.is_set, stop))
    threads = [threading.Thread(target=watched, args=(chaos,)) for _ in range(THREADS)]
    for thread in (other, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    other.join()
    if raised:
        raise raised[0]


def growth(run: Callable[[int], object], watched: Sequence[Any] = (), times: int = 100_000) -> None:
    """Fail when many calls leave anything behind.

    Args:
        run: called with a number of calls to make; the values that are random were made before.
        watched: objects that must have as many references afterwards.
        times: calls.
    """
    run(times // 30)
    counts = [sys.getrefcount(each) for each in watched]
    gc.collect()
    blocks = sys.getallocatedblocks()
    run(times)
    gc.collect()
    grown = sys.getallocatedblocks() - blocks
    print(f"{times} calls: {grown} blocks more")
    assert grown < MOST_BLOCKS, "objects are left behind"
    assert counts == [sys.getrefcount(each) for each in watched], "a value was kept or dropped"


def main(text: str | None, module: Any, one_round: Callable[[int], object], grow: Callable[[], object]) -> None:
    """The command line: rounds of chaos, or the look for growth.

    Args:
        text: the program's docstring.
        module: the extension, whose file is named.
        one_round: called with a seed.
        grow: looks for growth.
    """
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--growth", action="store_true")
    arguments = parser.parse_args()
    if arguments.growth:
        grow()
        return
    for seed in range(arguments.rounds):
        one_round(seed)
    print(f"{module.__file__}: {arguments.rounds} rounds")
