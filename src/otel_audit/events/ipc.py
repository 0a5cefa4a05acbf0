"""Signals, and the named objects processes meet at."""

from __future__ import annotations

import signal

from otel_audit import semconv
from otel_audit.events.decode import arg_key, named
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "ipc"

_SIGNALS = {int(number): number.name for number in signal.Signals}
_NAME = Arg("name", Kind.TEXT)
_ACCESS = Arg("desired_access", Kind.INT)


def _signal(name: str) -> Arg:
    return Arg(name, Kind.INT, decode=named(arg_key(name), _SIGNALS))


EVENTS = (
    Event(
        "os.kill",
        GROUP,
        (Arg("pid", Kind.INT), _signal("sig")),
        "send {python.audit.arg.sig} to process {python.audit.arg.pid}",
        meaning="A signal goes to a process (0 only asks whether it lives).",
    ),
    Event(
        "os.killpg",
        GROUP,
        (Arg("pgid", Kind.INT, semconv.PROCESS_GROUP_LEADER_PID), _signal("sig")),
        "send {python.audit.arg.sig} to process group {process.group_leader.pid}",
        meaning="A signal goes to a whole process group.",
    ),
    Event(
        "signal.pthread_kill",
        GROUP,
        (Arg("thread_id", Kind.INT), _signal("signalnum")),
        "send {python.audit.arg.signalnum} to a thread",
        meaning="A signal goes to one thread of this process.",
    ),
    Event(
        "_winapi.CreateNamedPipe",
        GROUP,
        (_NAME, Arg("open_mode", Kind.INT), Arg("pipe_mode", Kind.INT)),
        "create pipe {python.audit.arg.name}",
        meaning="A named pipe is made: other processes may connect to it (Windows).",
    ),
    Event("_winapi.CreatePipe", GROUP, (), "create a pipe", meaning="A pipe is made, for a child mostly (Windows)."),
    Event(
        "_winapi.CreateEventW",
        GROUP,
        (Arg("manual_reset", Kind.INT), Arg("initial_state", Kind.INT), _NAME),
        meaning="A Windows event object is made.",
    ),
    Event(
        "_winapi.CreateMutexW",
        GROUP,
        (Arg("initial_owner", Kind.INT), _NAME),
        meaning="A Windows mutex is made.",
    ),
    Event("_winapi.OpenEventW", GROUP, (_ACCESS, _NAME), meaning="A Windows event object of another is opened."),
    Event("_winapi.OpenMutexW", GROUP, (_ACCESS, _NAME), meaning="A Windows mutex of another is opened."),
)

_SIGNALLING = ("os.kill", "os.killpg")

# Left out of `default`: the pipe that every subprocess.Popen makes.
FAMILY = Family(
    EVENTS,
    dict.fromkeys(
        (
            *_SIGNALLING,
            "signal.pthread_kill",
            "_winapi.CreateNamedPipe",
            "_winapi.CreateEventW",
            "_winapi.CreateMutexW",
            "_winapi.OpenEventW",
            "_winapi.OpenMutexW",
        ),
        KEEP_ALL,
    ),
    frozenset(_SIGNALLING),
)
