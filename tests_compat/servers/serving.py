"""One run of a server under the bridge: start, load, orderly end, books, row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.receiver import Receiver
from tests_compat import rows
from tests_compat.servers import account, harness, load

REQUESTS = 200
"""Enough for CPU time, which the system tells in hundredths of a second, and for several turns of the drain."""
GROUP = "servers"

Command = Callable[[int], Sequence[str]]
"""Command line of a server on a port."""


class Mode(NamedTuple):
    """How a server is run.

    Args:
        subject: its name in the table.
        mode: how, in words.
        command: line of the server, without what instruments it.
        variables: environment, as sorted pairs.
        processes: that must take part, at least.
        baseline: whether to run it without the bridge too, for the overhead.
        note: for the table.
        code: exit code of an orderly end.
        instrument: whether `opentelemetry-instrument` starts it; otherwise it arms itself.
    """

    subject: str
    mode: str
    command: Command
    variables: tuple[tuple[str, str], ...] = ()
    processes: int = 2
    baseline: bool = False
    note: str = ""
    code: int = 0
    instrument: bool = True

    def __str__(self) -> str:
        return f"{self.subject}-{self.mode}".replace(" ", "_")


def instrumented(command: Sequence[str]) -> list[str]:
    """A command line under `opentelemetry-instrument`."""
    return [str(harness.SCRIPTS / "opentelemetry-instrument"), *command]


def serve(mode: Mode, receiver: Receiver, core: str, folder: Path) -> None:
    """Run it, demand everything at the receiver, write the row."""
    variables = {**receiver.env("http/protobuf"), **dict(mode.variables), "OTEL_PYTHON_AUDIT_CORE": core}
    answers, cpu_s, said = loaded(mode, folder, variables)
    print(said[-6000:])  # pytest shows it where something is missing
    assert "otel-audit:" not in said
    books = account.check(receiver, answers)
    account.check_processes(receiver, answers, mode.processes)
    overhead = round(cpu_s / without(mode), 2) if mode.baseline else None
    rows.add(GROUP, mode.subject, mode.mode, *books, overhead, mode.note, core=core)


def loaded(mode: Mode, folder: Path, variables: dict[str, str]) -> tuple[list[load.Answer], float, str]:
    """Answers of all requests, CPU seconds of handling them, what the server printed until its end."""
    port = harness.free_port()
    command, processes = mode.command(port), min(2, mode.processes)
    command = instrumented(command) if mode.instrument else command
    with harness.running(command, folder, variables, port, processes=processes) as server:
        before = server.cpu_s()
        answers = load.run(port, range(1, REQUESTS + 1))
        cpu_s = server.cpu_s() - before
        assert server.stop() == mode.code, server.said[-6000:]
        return answers, cpu_s, server.said


@cache
def without(mode: Mode) -> float:
    """CPU seconds of the same with everything but the bridge."""
    with Receiver() as receiver, TemporaryDirectory() as folder:
        variables = {**receiver.env("http/protobuf"), **dict(mode.variables), "OTEL_PYTHON_AUDIT_ENABLED": "false"}
        return max(0.01, loaded(mode, Path(folder), variables)[1])
