"""One run of a server under the bridge: start, load, orderly end, books, row."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.receiver import Receiver
from tests.receiver.records import Span
from tests_compat import rows
from tests_compat.servers import account, harness, load

REQUESTS = 200
"""Enough for several turns of the drain."""
GROUP = "servers"

Command = Callable[[int], Sequence[str]]
"""Command line of a server on a port."""
Ask = Callable[[harness.Server, Iterable[int]], list[load.Answer]]
"""Has a running server do the work of these numbers, once each."""


def over_http(server: harness.Server, numbers: Iterable[int]) -> list[load.Answer]:
    """A request for each."""
    return load.run(server.port, numbers)


class Mode(NamedTuple):
    """How a server is run.

    Args:
        subject: its name in the table.
        mode: how, in words.
        command: line of the server, without what instruments it.
        variables: environment, as sorted pairs.
        processes: that must take part, at least.
        note: for the table.
        end: signal that asks it to end.
        code: exit code of an orderly end.
        instrument: whether `opentelemetry-instrument` starts it; otherwise it arms itself.
        ready: what it prints when it is; empty: it answers.
        ask: how it is given work.
        handled: which spans handled work.
    """

    subject: str
    mode: str
    command: Command
    variables: tuple[tuple[str, str], ...] = ()
    processes: int = 2
    note: str = ""
    end: int = signal.SIGTERM
    code: int = 0
    instrument: bool = True
    ready: str = ""
    ask: Ask = over_http
    handled: Callable[[Span], bool] = account.is_server

    def __str__(self) -> str:
        return f"{self.subject}-{self.mode}".replace(" ", "_")


def instrumented(command: Sequence[str]) -> list[str]:
    """A command line under `opentelemetry-instrument`."""
    return [str(harness.SCRIPTS / "opentelemetry-instrument"), *command]


@contextmanager
def started(mode: Mode, folder: Path, variables: Mapping[str, str]) -> Iterator[harness.Server]:
    """The server, ready; killed at the end if it is still there.

    Args:
        mode: of it.
        folder: of the run.
        variables: on top of the mode's.
    """
    port = harness.free_port()
    command, processes = mode.command(port), min(2, mode.processes)
    command = instrumented(command) if mode.instrument else command
    together = {**dict(mode.variables), **variables}
    with harness.running(command, folder, together, port, ready=mode.ready, processes=processes) as server:
        yield server


def serve(mode: Mode, receiver: Receiver, core: str, folder: Path) -> None:
    """Run it, demand everything at the receiver, write the row."""
    answers, said = loaded(mode, receiver, core, folder)
    print(said[-6000:])  # pytest shows it where something is missing
    assert "otel-audit:" not in said
    books = account.check(receiver, answers, handler=mode.handled)
    account.check_processes(receiver, answers, mode.processes)
    rows.add(GROUP, mode.subject, mode.mode, *books, mode.note, core=core)


def loaded(mode: Mode, receiver: Receiver, core: str, folder: Path) -> tuple[list[load.Answer], str]:
    """Answers to all work, and what the server printed until its end."""
    with started(mode, folder, under(receiver, core)) as server:
        answers = mode.ask(server, range(1, REQUESTS + 1))
        assert server.stop(mode.end) == mode.code, server.said[-6000:]
        return answers, server.said


def under(receiver: Receiver, core: str) -> dict[str, str]:
    """Variables of a server under the bridge."""
    return {**receiver.env("http/protobuf"), "OTEL_PYTHON_AUDIT_CORE": core}
