"""gevent and eventlet, patched before the bridge is armed and after: own traces for greenlets, a real thread for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests_compat.servers import account, harness
from tests_compat.servers.serving import Command, Mode, serve, under

LIBRARIES = ("gevent", "eventlet")
QUIET = "-Wignore"
"""eventlet says that it is deprecated, gevent that ssl was imported before; both are known to who uses them."""


def _patched(library: str, order: str) -> Command:
    def command(port: int) -> Sequence[str]:
        return [sys.executable, QUIET, str(harness.APPS / "patched.py"), library, order, str(port)]

    return command


LATE = (("OTEL_METRIC_EXPORT_INTERVAL", "60000"),)
"""urllib3 keeps `select.poll` from its first request, and eventlet takes that away: no export may come before it."""
MODES = [
    Mode(
        library,
        f"patched {order} arming",
        _patched(library, order),
        LATE if (library, order) == ("eventlet", "after") else (),
        processes=1,
        instrument=False,
    )
    for library in LIBRARIES
    for order in ("before", "after")
]


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_every_event_arrives_once(mode: Mode, receiver: Receiver, core: str, tmp_path: Path) -> None:
    serve(mode, receiver, core, tmp_path)
    named = {log.attributes.get("thread.name") for log in receiver.logs if log.event_name == account.LOG}
    late_eventlet = (mode.subject, mode.mode) == ("eventlet", "patched after arming")
    assert named == {"MainThread" if late_eventlet else None}, "greenlets have no thread's name"


def test_what_eventlet_breaks_is_counted(receiver: Receiver, core: str, tmp_path: Path) -> None:
    """Patched when something was exported already: the exporter's polling may be gone, and its records with it."""
    program = """
import json, sys
from patched import arm, patch
arm()
import otel_audit
sys.audit("compat.request", 1, 0)
assert otel_audit.flush(30)
patch("eventlet")
for part in range(100):
    sys.audit("compat.request", 2, part)
otel_audit.flush(30)
print(json.dumps(dict(otel_audit.health().destinations["logs"])))
"""
    variables = harness.environment(tmp_path, under(receiver, core))
    command = [sys.executable, QUIET, "-c", program]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    arrived = sum(log.event_name == account.LOG for log in receiver.logs)
    lost = {"export_failed": 101 - arrived} if arrived < 101 else {}
    assert json.loads(done.stdout) == {"kept": 101, "delivered": arrived, **lost}, done.stderr[-4000:]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_thread_of_ours_runs_beside_a_greenlet_that_never_yields(library: str, order: str) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(harness.APPS)!r})
from patched import patch
if {order == "before"}: patch({library!r})
from otel_audit import threads
if {order == "after"}: patch({library!r})
seen = []
thread = threads.Thread(lambda: seen.append(threads.get_ident()))
thread.start()
for _ in range(200_000_000):
    if seen: break
assert seen and seen[0] != threads.get_ident(), seen
assert thread.join(30.0) and not thread.is_alive()
assert threads.is_patched()
"""
    subprocess.run([sys.executable, QUIET, "-c", program], check=True, timeout=120)
