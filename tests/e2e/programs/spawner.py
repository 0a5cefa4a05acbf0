"""Starts children in every way there is, each inside a span of its own; the way is the child's argument."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from typing import Any

from opentelemetry import trace

CHILD = "import sys; sys.audit('child.work', sys.argv[1])"
OWN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""Of nobody here."""


def command(way: str) -> list[str]:
    return [sys.executable, "-c", CHILD, way]


def audit(way: str) -> None:
    sys.audit("child.work", way)


def run(way: str) -> None:
    subprocess.run(command(way), check=True)


def run_with_copy(way: str) -> None:
    subprocess.run(command(way), check=True, env=os.environ.copy())


def run_positional(way: str) -> None:
    none = None
    child = subprocess.Popen(command(way), -1, none, none, none, none, none, True, False, none, dict(os.environ))
    assert child.wait() == 0


def run_bytes(way: str) -> None:
    subprocess.run(command(way), check=True, env=dict(os.environb))


def own_parent(way: str) -> None:
    subprocess.run(command(way), check=True, env={**os.environ, "TRACEPARENT": OWN})


def replaced(way: str) -> None:
    subprocess.run(command(way), check=True, env={})


def isolated(way: str) -> None:
    subprocess.run([sys.executable, "-I", "-c", CHILD, way], check=True)


def asynchronous(way: str) -> None:
    async def start() -> None:
        child = await asyncio.create_subprocess_exec(*command(way))
        assert await child.wait() == 0

    asyncio.run(start())


def uvloops(way: str) -> None:
    import uvloop

    async def start() -> None:
        child = await asyncio.create_subprocess_exec(*command(way))
        assert await child.wait() == 0

    loop = uvloop.new_event_loop()
    loop.run_until_complete(start())
    loop.close()


def shell(way: str) -> None:
    subprocess.run(f"exec '{sys.executable}' -c \"{CHILD}\" {way}", shell=True, check=True)


def system(way: str) -> None:
    assert os.system(f"'{sys.executable}' -c \"{CHILD}\" {way}") == 0


def run_with_preexec(way: str) -> None:
    subprocess.run(command(way), check=True, preexec_fn=os.getpid)


def posix_spawn(way: str) -> None:
    _, status = os.waitpid(os.posix_spawn(sys.executable, command(way), os.environ), 0)
    assert status == 0


def spawnv(way: str) -> None:
    assert os.spawnv(os.P_WAIT, sys.executable, command(way)) == 0


def fork_and_execvp(way: str) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of threads beside a fork, from 3.12 on
    child = os.fork()
    if child == 0:
        os.execvp(sys.executable, command(way))
    _, status = os.waitpid(child, 0)
    assert status == 0


def process_of(method: str) -> Callable[[str], None]:
    def start(way: str) -> None:
        context: Any = multiprocessing.get_context(method)
        child = context.Process(target=audit, args=(way,))
        child.start()
        child.join()
        assert child.exitcode == 0

    return start


def pool(way: str) -> None:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        executor.submit(audit, way).result()


def grandchild(way: str) -> None:
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}, sys.argv[1]], check=True)"
    subprocess.run([sys.executable, "-c", inner, way], check=True)


WAYS: dict[str, Callable[[str], None]] = {
    "run": run,
    "copy": run_with_copy,
    "positional": run_positional,
    "bytes": run_bytes,
    "own": own_parent,
    "replaced": replaced,
    "isolated": isolated,
    "asyncio": asynchronous,
    "shell": shell,
    "system": system,
    "preexec": run_with_preexec,
    "posix_spawn": posix_spawn,
    "spawnv": spawnv,
    "execvp": fork_and_execvp,
    "spawn": process_of("spawn"),
    "forkserver": process_of("forkserver"),
    "fork": process_of("fork"),
    "pool": pool,
    "grandchild": grandchild,
    **({"uvloop": uvloops} if find_spec("uvloop") else {}),
}


def main() -> None:
    tracer = trace.get_tracer("spawner")
    for way in sys.argv[1:] or WAYS:
        with tracer.start_as_current_span(way):
            WAYS[way](way)


if __name__ == "__main__":
    main()
