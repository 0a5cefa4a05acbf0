"""Forks children the way multiprocessing does; each raises one event and ends normally."""

import multiprocessing
import sys


def work(number: int) -> int:
    sys.audit("children.work", number)
    return number


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=work, args=(number,)) for number in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    work(99)
