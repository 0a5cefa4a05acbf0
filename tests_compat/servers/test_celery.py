"""Celery's prefork pool: processes that billiard forks and, at the end, asks to go."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests.receiver.records import Span
from tests_compat import rows
from tests_compat.servers import account, harness
from tests_compat.servers.load import Answer
from tests_compat.servers.serving import GROUP, Command, Mode, serve, started, under

CLIENT = """
import json, sys
from celery_app import work
found = [work.delay(number) for number in json.load(sys.stdin)]
print(json.dumps([result.get(timeout=120, interval=0.05) for result in found]))
"""


def _worker(*options: str) -> Command:
    def command(_: int) -> Sequence[str]:
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
        celery = [str(harness.SCRIPTS / "celery"), "--app", "celery_app", "worker", "--concurrency", "2"]
        return [*celery, "--pool", "prefork", *quiet, *options]

    return command


def _ask(server: harness.Server, numbers: Iterable[int]) -> list[Answer]:
    """Have the tasks done by a client without instrumentation."""
    asked, folder = list(numbers), server.output.parent
    done = subprocess.run(
        [sys.executable, "-c", CLIENT],
        env=harness.environment(folder, {}),
        cwd=folder,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return [Answer(number, one["trace"], one["span"], one["pid"], one["raised"]) for number, one in zip(asked, said)]


def _is_task(span: Span) -> bool:
    return span.kind == "CONSUMER"


PREFORK = Mode(
    "Celery", "prefork", _worker(), note="tasks in place of requests", ready="ready.", ask=_ask, handled=_is_task
)
MODES = [
    PREFORK,
    PREFORK._replace(mode="prefork, max-tasks-per-child", command=_worker("--max-tasks-per-child", "10"), processes=4),
]
NO_FLUSH = {"OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "60000"}
"""What arrives was delivered at the end."""


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_every_event_arrives_once(mode: Mode, receiver: Receiver, core: str, tmp_path: Path) -> None:
    serve(mode, receiver, core, tmp_path)


HANG = "import celery_app; celery_app.hang.delay(1000)"


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in a task"])
def test_a_cold_shutdown_delivers(receiver: Receiver, core: str, tmp_path: Path, busy: bool) -> None:
    """Also of the process whose task is cancelled: it is asked to go, as the others are."""
    with started(PREFORK, tmp_path, {**under(receiver, core), **NO_FLUSH}) as server:
        answers = _ask(server, range(1, 41))
        if busy:
            client = [sys.executable, "-c", HANG]
            subprocess.run(client, env=harness.environment(tmp_path, {}), cwd=tmp_path, timeout=60, check=True)
            server.wait_until("hang", (tmp_path / "hanging").exists)
            answers.append(Answer(1000, "", "", 0, 1))
        assert server.stop(signal.SIGQUIT) == 0
    books = account.balance(receiver, answers)
    mode = "prefork, cold shutdown in a task" if busy else "prefork, cold shutdown"
    rows.add(GROUP, "Celery", mode, *books, PREFORK.note, core=core)
    assert books == (books.offered, books.offered, 0, 0)
