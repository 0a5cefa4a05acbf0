"""Signals, and the named objects processes meet at."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events import constants, windows_constants
from otel_audit.events.decode import Masks, arg_key, flags, named
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "ipc"

_NAME = Arg("name", Kind.TEXT)


def _signal(name: str) -> Arg:
    return Arg(name, Kind.INT, decode=named(arg_key(name), constants.signals))


def _words(name: str, masks: Masks) -> Arg:
    return Arg(name, Kind.INT, decode=flags(arg_key(name), masks))


EVENTS = (
    Event(
        "os.kill",
        GROUP,
        (Arg("pid", Kind.INT), _signal("sig")),
        "send signal {sig} to process {pid}",
        meaning="A signal goes to a process: SIGKILL ends it, 0 only asks whether it lives, pid -1 means all.",
    ),
    Event(
        "os.killpg",
        GROUP,
        (Arg("pgid", Kind.INT, semconv.PROCESS_GROUP_LEADER_PID), _signal("sig")),
        "send signal {sig} to process group {PROCESS_GROUP_LEADER_PID}",
        meaning="A signal goes to a whole process group: a supervisor ends its children, or 0 counts them.",
        platforms="posix",
    ),
    Event(
        "signal.pthread_kill",
        GROUP,
        (Arg("thread_id", Kind.INT), _signal("signalnum")),
        "send signal {signalnum} to thread {thread_id}",
        meaning="A signal goes to one thread of this process, mostly to interrupt what it waits for.",
        platforms="posix",
    ),
    Event(
        "_winapi.CreateNamedPipe",
        GROUP,
        (
            _NAME,
            _words("open_mode", windows_constants.PIPE_OPEN_MODES),
            _words("pipe_mode", windows_constants.PIPE_MODES),
        ),
        "create pipe {name}[ for {open_mode}]",
        meaning="A named pipe is made: other processes may connect to it, remote ones too unless rejected (Windows).",
        platforms="windows",
    ),
    Event(
        "_winapi.CreatePipe",
        GROUP,
        (),
        "create a pipe",
        meaning="An unnamed pipe is made, for a child's output mostly; repeats what subprocess.Popen says (Windows).",
        platforms="windows",
    ),
    Event(
        "_winapi.CreateEventW",
        GROUP,
        (Arg("manual_reset", Kind.BOOL), Arg("initial_state", Kind.BOOL), _NAME),
        "create event[ {name}]",
        meaning="An event object is made; a name lets other processes of the session signal it (Windows).",
        since="3.13",
        platforms="windows",
    ),
    Event(
        "_winapi.CreateMutexW",
        GROUP,
        (Arg("initial_owner", Kind.BOOL), _NAME),
        "create mutex[ {name}]",
        meaning="A mutex is made; programs name one to run once, malware to know its own (Windows).",
        since="3.13",
        platforms="windows",
    ),
    Event(
        "_winapi.OpenEventW",
        GROUP,
        (_words("desired_access", windows_constants.EVENT_RIGHTS), _NAME),
        "open event {name}",
        meaning="An event object of another process is opened, to wait for it or to signal it (Windows).",
        since="3.13",
        platforms="windows",
    ),
    Event(
        "_winapi.OpenMutexW",
        GROUP,
        (_words("desired_access", windows_constants.MUTEX_RIGHTS), _NAME),
        "open mutex {name}",
        meaning="A mutex of another process is opened: a place where processes wait for each other (Windows).",
        since="3.13",
        platforms="windows",
    ),
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
