"""Operations of real programs, each with the audit events that CPython raises for it: what is timed, in batches.

No two of a batch are equal: their events would merge.
"""

from __future__ import annotations

import py_compile
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

EVENTS = ("open", "socket.connect", "subprocess.Popen", "import")
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing leaves no port waiting, of which there are too few for a benchmark."""


class Operation(NamedTuple):
    """One column.

    Args:
        number: of a batch.
        batches: of a process.
        prepare: what the operations of a batch are called with; not timed.
        call: the operation.
        after: told what `prepare` made; not timed.
    """

    number: int
    batches: int
    prepare: Callable[[int], Sequence[Any]]
    call: Callable[..., object]
    after: Callable[[Sequence[Any]], object] = bool


def nanoseconds(operation: Operation) -> float:
    """Of one operation, in one batch."""
    given, call, clock = operation.prepare(operation.number), operation.call, time.perf_counter_ns
    start = clock()
    for one in given:
        call(one)
    elapsed = clock() - start
    operation.after(given)
    return elapsed / operation.number


def opening(folder: Path) -> Operation:
    """Open a file for reading, and close it."""
    paths = [str(folder / f"data-{number}.json") for number in range(48)]
    for path in paths:
        Path(path).write_text("{}")
    return Operation(len(paths), 100, lambda number: paths[:number], lambda path: open(path).close())  # noqa: PTH123


def connecting(stack: ExitStack) -> Operation:
    """Connect a TCP socket on loopback."""
    servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(24)]
    addresses = [server.getsockname() for server in servers]

    def sockets(number: int) -> list[tuple[socket.socket, object]]:
        made = [socket.socket() for _ in range(number)]
        for one in made:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        return list(zip(made, addresses))

    def close(made: Sequence[Any]) -> None:
        for (one, _), server in zip(made, servers):
            accepted, _ = server.accept()
            one.close()
            accepted.close()

    return Operation(len(servers), 60, sockets, lambda one: one[0].connect(one[1]), close)


def spawning() -> Operation:
    """Start a program that does nothing, and wait for it."""
    program = shutil.which("true")
    assert program is not None
    commands = [[program, "first"], [program, "second"]]
    return Operation(len(commands), 40, lambda number: commands[:number], lambda one: subprocess.Popen(one).wait())


def importing(folder: Path) -> Operation:
    """Import a module of one line that was compiled before."""
    names = [f"bench_imported_{number}" for number in range(8)]
    for name in names:
        source = folder / f"{name}.py"
        source.write_text("answer = 42\n")
        py_compile.compile(str(source), doraise=True)
    sys.path.insert(0, str(folder))

    def forget(number: int) -> list[str]:
        for name in names:
            sys.modules.pop(name, None)
        return names[:number]

    return Operation(len(names), 60, forget, __import__)


def operations(folder: Path, stack: ExitStack) -> dict[str, Operation]:
    """By the event that names them; what they need is closed with the stack."""
    made = opening(folder), connecting(stack), spawning(), importing(folder)
    return dict(zip(EVENTS, made))
