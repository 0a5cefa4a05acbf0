"""Becomes another program that the kernel ends when its parent ends: `python guarded.py PARENT PROGRAM ARGUMENTS...`.

For the parents that get no chance to clean up (SIGKILL). A process of its own does this, because a function that runs
between fork and exec is unsafe, and warned of, in a parent with threads. Linux only.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):  # it ended before the line above
        sys.exit(1)
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
