"""Forks while an exporter's thread imports; `netrc.py`, first on the path, says when it begins, and takes its time."""

import multiprocessing
import os
import sys
import time
from pathlib import Path

BEGUN = Path(os.environ["BEGUN"])


def work() -> None:
    sys.audit("child.work", "child")


def main() -> None:
    end = time.monotonic() + 20
    while not BEGUN.exists() and time.monotonic() < end:
        time.sleep(0.005)
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    print(child.exitcode)


if __name__ == "__main__":
    main()
