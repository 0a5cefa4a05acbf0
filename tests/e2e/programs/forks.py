"""A parent and two children that os.fork made, each raises its own number of the same event and delivers.

After each delivery it waits for a line of input, or its end.
"""

import os
import sys

import otel_audit


def work(number: int) -> None:
    for each in range(number):
        sys.audit("app.e", each)
    otel_audit.flush(30.0)


work(3)
print("parent delivered", flush=True)
sys.stdin.readline()
for number in (10, 20):
    child = os.fork()
    if child == 0:
        work(number)
        print("child delivered", flush=True)
        sys.stdin.readline()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
