"""Each child forks the next one the way multiprocessing does; the last one says what all of them inherited."""

import multiprocessing
import multiprocessing.util
import sys

GENERATIONS = 4


def live(generation: int) -> None:
    sys.audit("children.work", generation)
    if generation < GENERATIONS:
        child = multiprocessing.get_context("fork").Process(target=live, args=(generation + 1,))
        child.start()
        child.join()
        assert child.exitcode == 0
    else:
        registered = dict(getattr(multiprocessing.util, "_afterfork_registry"))  # noqa: B009 - of no public name
        print(len([key for key in registered if "otel_audit" in key[2].__module__]))


if __name__ == "__main__":
    live(0)
