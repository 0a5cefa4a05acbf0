"""uWSGI, which forks in C: with its settings for that, with half of them, and with none."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests_compat import rows
from tests_compat.servers import account, harness, load
from tests_compat.servers.serving import GROUP, Command, Mode, loaded, serve, started, under

pytestmark = pytest.mark.skipif(shutil.which("uwsgi", path=harness.SCRIPTS) is None, reason="uWSGI is not installed")

GRACEFUL = ("--hook-master-start", "unix_signal:15 gracefully_kill_them_all")
"""Without it SIGTERM makes it reload, or with --die-on-term end workers inside a request, past every exit handler."""
HOOKS = ("--enable-threads", "--py-call-uwsgi-fork-hooks")

STILL = (("OTEL_METRIC_EXPORT_INTERVAL", "60000"), ("OTEL_PYTHON_AUDIT_FLUSH_INTERVAL", "10000"))
"""Without the hooks it forks without the interpreter's lock: a worker never starts if a thread of the master has it."""


def _uwsgi(*options: str, end: Sequence[str] = GRACEFUL) -> Command:
    def command(port: int) -> Sequence[str]:
        app = ("--http-socket", f"127.0.0.1:{port}", "--module", "wsgi_app:app", "--need-app", "--disable-logging")
        processes = ("--virtualenv", sys.prefix, "--master", "--processes", "2", *end)
        return [str(harness.SCRIPTS / "uwsgi"), *app, *processes, *options]

    return command


def _mode(mode: str, *options: str, note: str = "") -> Mode:
    return Mode("uWSGI", mode, _uwsgi(*options), note=note)


MODES = [
    _mode("fork hooks", *HOOKS),
    _mode("fork hooks, lazy-apps", *HOOKS, "--lazy-apps"),
    _mode("fork hooks, threads", *HOOKS, "--threads", "4"),
    _mode("fork hooks, lazy-apps, threads", *HOOKS, "--lazy-apps", "--threads", "4"),
]
HALF = _mode("py-call-osafterfork", "--enable-threads", "--py-call-osafterfork")._replace(variables=STILL)
ABRUPT = [
    Mode("uWSGI", "die-on-term, inside a request", _uwsgi(*HOOKS, "--die-on-term", end=())),
    Mode("uWSGI", "SIGINT, inside a request", _uwsgi(*HOOKS), end=signal.SIGINT),
]


@pytest.mark.parametrize("mode", [*MODES, HALF], ids=str)
def test_every_event_arrives_once(mode: Mode, receiver: Receiver, core: str, tmp_path: Path) -> None:
    serve(mode, receiver, core, tmp_path)


@pytest.mark.parametrize("options", [("--enable-threads",), ()], ids=["threads", "nothing"])
def test_a_fork_past_every_handler_is_noticed(
    options: tuple[str, ...], receiver: Receiver, core: str, tmp_path: Path
) -> None:
    """Counted anew from the first span on, and it stops: the SDK alone waits for threads that are not there."""
    mode = _mode(
        " ".join(options).removeprefix("--") or "no setting at all", *options, note="from each worker's first span on"
    )
    answers, said = loaded(mode._replace(variables=STILL), receiver, core, tmp_path)
    assert said.count("otel-audit: this process was forked past os.fork") == 2
    books = account.check(receiver, answers, handler=mode.handled)
    rows.add(GROUP, mode.subject, mode.mode, *books, mode.note, core=core)


@pytest.mark.parametrize("mode", ABRUPT, ids=str)
def test_an_abrupt_end_inside_a_request_loses_it(mode: Mode, receiver: Receiver, core: str, tmp_path: Path) -> None:
    with started(mode, tmp_path, under(receiver, core)) as server:
        answers = load.run(server.port, range(1, 41))
        receiver.wait_for(lambda found: account.balance(found, answers).lost == 0, timeout=harness.START_S)
        asking = threading.Thread(target=_ask_in_vain, args=(server.port,))
        asking.start()
        server.wait_until("stuck", (tmp_path / "stuck").exists)
        assert server.stop(mode.end) == 0
        asking.join()
    books = account.balance(receiver, [*answers, load.Answer(1000, "", "", 0, 1)])
    rows.add(GROUP, mode.subject, mode.mode, *books, core=core)
    assert books == (40 * 3 + 1, 40 * 3, 0, 1)


def _ask_in_vain(port: int) -> None:
    with pytest.raises(load.NO_ANSWER):
        load.get(port, "/stuck/1000")
