"""Celery's prefork pool: processes that billiard forks and, at the end, asks to go."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests.receiver.records import Span
from tests_compat import rows
from tests_compat.servers import account, harness
from tests_compat.servers.load import Answer
from tests_compat.servers.serving import GROUP, instrumented

TASKS = 60
CLIENT = """
import json, sys
from celery_app import work
found = [work.delay(number) for number in range(1, int(sys.argv[1]) + 1)]
print(json.dumps([result.get(timeout=120, interval=0.05) for result in found]))
"""


def _worker(*options: str) -> Sequence[str]:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
    command = [str(harness.SCRIPTS / "celery"), "--app", "celery_app", "worker", "--concurrency", "2"]
    return instrumented([*command, "--pool", "prefork", *quiet, *options])


def _ask(folder: Path, variables: dict[str, str]) -> list[Answer]:
    """Have the tasks done by a client without instrumentation."""
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, str(TASKS)],
        env=harness.environment(folder, variables),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return [
        Answer(number, one["trace"], one["span"], one["pid"], one["raised"]) for number, one in enumerate(said, start=1)
    ]


def _queue(folder: Path) -> dict[str, str]:
    for name in ("queue", "control", "results"):
        (folder / "tasks" / name).mkdir(parents=True)
    return {"COMPAT_QUEUE": str(folder / "tasks")}


def _is_task(span: Span) -> bool:
    return span.kind == "CONSUMER"


@pytest.mark.parametrize("options", [(), ("--max-tasks-per-child", "10")], ids=["prefork", "recycling"])
def test_every_event_arrives_once(options: tuple[str, ...], receiver: Receiver, core: str, tmp_path: Path) -> None:
    queue = _queue(tmp_path)
    variables = {**receiver.env("http/protobuf"), **queue, "OTEL_PYTHON_AUDIT_CORE": core}
    with harness.running(_worker(*options), tmp_path, variables, ready="ready.") as server:
        answers = _ask(tmp_path, queue)
        assert server.stop() == 0, server.said[-6000:]
        assert "otel-audit:" not in server.said, server.said[-4000:]
    books = account.check(receiver, answers, handler=_is_task)
    account.check_processes(receiver, answers, 2 if not options else 4)
    mode = "prefork, max-tasks-per-child" if options else "prefork"
    rows.add(GROUP, "Celery", mode, *books, None, "tasks in place of requests", core=core)
