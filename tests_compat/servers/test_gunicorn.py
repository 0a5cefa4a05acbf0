"""gunicorn, every worker that threads or greenlets make, armed in the master and carried through its forks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.receiver import Receiver
from tests_compat import rows
from tests_compat.servers import account, harness, load
from tests_compat.servers.serving import GROUP, Command, Mode, serve, started, under


def _gunicorn(*options: str) -> Command:
    def command(port: int) -> Sequence[str]:
        bind = ("--bind", f"127.0.0.1:{port}", "--workers", "2")
        return [str(harness.SCRIPTS / "gunicorn"), "wsgi_app:app", *bind, *options]

    return command


def _mode(mode: str, *options: str, **more: Any) -> Mode:
    return Mode("gunicorn", mode, _gunicorn(*options), **more)


GTHREAD = ("--worker-class", "gthread", "--threads", "4")
GEVENT = ("--worker-class", "gevent")
PATCH_FIRST = (("OTEL_PYTHON_AUTO_INSTRUMENTATION_EXPERIMENTAL_GEVENT_PATCH", "patch_all"),)
RECYCLING = ("--max-requests", "20", "--max-requests-jitter", "5")
MODES = [
    _mode("sync"),
    _mode("sync, --preload", "--preload"),
    _mode("gthread", *GTHREAD),
    _mode("gthread, --preload, max_requests", *GTHREAD, "--preload", *RECYCLING, processes=4),
    _mode("gevent", *GEVENT, note="patched after arming"),
    _mode("gevent, --preload", *GEVENT, "--preload", note="patched after arming"),
    _mode("gevent, patched first", *GEVENT, variables=PATCH_FIRST, note="patched before arming, by OpenTelemetry"),
]
RECYCLED = _mode("sync, max_requests", *RECYCLING, processes=4, note="workers recycled every 20 requests")


@pytest.mark.parametrize("mode", [*MODES, RECYCLED], ids=str)
def test_every_event_arrives_once(mode: Mode, receiver: Receiver, core: str, tmp_path: Path) -> None:
    serve(mode, receiver, core, tmp_path)


def test_a_worker_that_takes_too_long_delivers_what_it_had(receiver: Receiver, core: str, tmp_path: Path) -> None:
    mode = _mode("sync, worker timeout", "--timeout", "2", note="the worker is aborted in a request")
    with started(mode, tmp_path, under(receiver, core)) as server:
        answers = load.run(server.port, range(1, 21))
        with pytest.raises(load.NO_ANSWER):
            load.get(server.port, "/hang/1000")
        server.wait_until("abort", lambda: "WORKER TIMEOUT" in server.said)
        answers += load.run(server.port, range(21, 41))
        assert server.stop() == 0
    hung = load.Answer(1000, "", "", 0, 1)
    books = account.balance(receiver, [*answers, hung])
    rows.add(GROUP, mode.subject, mode.mode, *books, mode.note, core=core)
    assert books == (40 * 3 + 1, 40 * 3 + 1, 0, 0)


def test_a_worker_stuck_in_c_loses_what_it_does_there(receiver: Receiver, core: str, tmp_path: Path) -> None:
    """Nothing in Python runs while C code holds the interpreter, the handler of SIGABRT included."""
    mode = _mode("sync, worker timeout in C code", "--timeout", "2", note="the worker is killed in a request")
    with started(mode, tmp_path, under(receiver, core)) as server:
        answers = load.run(server.port, range(1, 21))
        receiver.wait_for(lambda found: account.balance(found, answers).lost == 0, timeout=harness.START_S)
        with pytest.raises(load.NO_ANSWER):
            load.get(server.port, "/stuck/1000")
        server.wait_until("kill", lambda: "SIGKILL" in server.said)
        answers += load.run(server.port, range(21, 41))
        assert server.stop() == 0
    books = account.balance(receiver, [*answers, load.Answer(1000, "", "", 0, 1)])
    rows.add(GROUP, mode.subject, mode.mode, *books, mode.note, core=core)
    assert books == (40 * 3 + 1, 40 * 3, 0, 1)
