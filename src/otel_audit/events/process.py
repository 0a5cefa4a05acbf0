"""Programs started, ended and limited."""

from __future__ import annotations

import os

from otel_audit import semconv
from otel_audit.events.decode import Attributes, arg_key, named, number_text
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Items, Kind, Value

try:
    import resource
except ImportError:  # Windows
    _LIMIT_NAMES: dict[int, str] = {}
    _UNLIMITED = -1
else:
    # Backwards, so that of two names for one number the first stays: NOFILE, not BSD's OFILE.
    _LIMIT_NAMES = {getattr(resource, name): name for name in reversed(dir(resource)) if name.startswith("RLIMIT_")}
    _UNLIMITED = resource.RLIM_INFINITY

GROUP = "process"

# Names of os.spawn's first argument; the constants of other systems are simply not there.
_SPAWN_MODES = {
    getattr(os, name): name
    for name in ("P_WAIT", "P_NOWAIT", "P_NOWAITO", "P_DETACH", "P_OVERLAY")
    if hasattr(os, name)
}


def candidates(value: Value) -> Attributes:
    """The paths that the child tries in turn; a single one is the executable."""
    if not isinstance(value, Items) or not value.values:
        return {}
    paths = [path for path in value.values if isinstance(path, str)]
    if len(paths) == 1 == value.total:
        return {semconv.PROCESS_EXECUTABLE_PATH: paths[0]}
    return {arg_key("executable_list"): paths}


def limits(value: Value) -> Attributes:
    """Soft and hard limit."""
    if not isinstance(value, Items):
        return {}
    numbers = [item for item in value.values if isinstance(item, int)]
    return {arg_key("limits"): ["unlimited" if item == _UNLIMITED else number_text(item) for item in numbers]}


def _argv(name: str) -> Arg:
    return Arg(name, Kind.ARGV, semconv.PROCESS_COMMAND_ARGS)


_ENV = Arg("env", Kind.SIZE)
_EXECUTABLE = Arg("path", Kind.PATH, semconv.PROCESS_EXECUTABLE_PATH)
_RESOURCE = Arg("resource", Kind.INT, decode=named(arg_key("resource"), _LIMIT_NAMES))
_LIMITS = Arg("limits", Kind.ADDRESS, decode=limits)  # the kind that copies a tuple of integers
_RUN = "run {process.command_args}"

EVENTS = (
    Event(
        "subprocess.Popen",
        GROUP,
        (
            Arg("executable", Kind.PATH, semconv.PROCESS_EXECUTABLE_PATH),
            _argv("args"),
            Arg("cwd", Kind.PATH, semconv.PROCESS_WORKING_DIRECTORY),
            _ENV,
        ),
        _RUN + "[ in {process.working_directory}]",
        "medium",
        "The program starts another program: the usual way to run a command, and the usual way to abuse one.",
    ),
    Event(
        "_posixsubprocess.fork_exec",
        GROUP,
        (Arg("executable_list", Kind.ARGV, decode=candidates), _argv("args"), _ENV),
        _RUN,
        "medium",
        "A child is forked and executed; repeats subprocess.Popen, and is the only sign of a multiprocessing spawn.",
    ),
    Event(
        "os.system",
        GROUP,
        (Arg("command", Kind.TEXT, semconv.PROCESS_COMMAND_LINE),),
        "run {process.command_line} in a shell",
        meaning="A shell runs a command string: where command injection happens.",
    ),
    Event(
        "os.exec",
        GROUP,
        (_EXECUTABLE, _argv("args"), _ENV),
        "replace this process by {process.command_args}",
        meaning="This process becomes another program; its telemetry ends here.",
    ),
    Event(
        "os.posix_spawn",
        GROUP,
        (_EXECUTABLE, _argv("argv"), _ENV),
        _RUN,
        meaning="The program starts another program without forking.",
    ),
    Event(
        "os.spawn",
        GROUP,
        (Arg("mode", Kind.INT, decode=named(arg_key("mode"), _SPAWN_MODES)), _EXECUTABLE, _argv("args"), _ENV),
        _RUN,
        meaning="The program starts another program (Windows).",
    ),
    Event(
        "os.startfile",
        GROUP,
        (Arg("path", Kind.PATH, semconv.FILE_PATH), Arg("operation", Kind.TEXT)),
        "start {file.path}",
        meaning="A file is opened with its associated application (Windows); os.startfile/2 follows with more.",
    ),
    Event(
        "os.startfile/2",
        GROUP,
        (
            Arg("path", Kind.PATH, semconv.FILE_PATH),
            Arg("operation", Kind.TEXT),
            Arg("arguments", Kind.TEXT, semconv.PROCESS_COMMAND_LINE),
            Arg("cwd", Kind.PATH, semconv.PROCESS_WORKING_DIRECTORY),
            Arg("show_cmd", Kind.INT),
        ),
        "start {file.path}[ {process.command_line}]",
        meaning="A file is opened with its associated application, with arguments (Windows).",
    ),
    Event(
        "pty.spawn",
        GROUP,
        (_argv("argv"),),
        "run {process.command_args} in a new terminal",
        meaning="A program gets its own terminal: rare in services, common in reverse shells.",
    ),
    Event("os.fork", GROUP, (), "fork", meaning="The process duplicates itself; threads do not come along."),
    Event("os.forkpty", GROUP, (), "fork a terminal", meaning="The process duplicates itself, with a terminal."),
    Event(
        "resource.setrlimit",
        GROUP,
        (_RESOURCE, _LIMITS),
        "set {python.audit.arg.resource}[ to {python.audit.arg.limits}]",
        meaning="A resource limit of this process changes: later failures may come from it.",
    ),
    Event(
        "resource.prlimit",
        GROUP,
        (Arg("pid", Kind.INT), _RESOURCE, _LIMITS),
        "limit {python.audit.arg.resource} of process {python.audit.arg.pid}[ to {python.audit.arg.limits}]",
        meaning="A resource limit of a process is read or changed (Linux).",
    ),
    Event(
        "_winapi.CreateProcess",
        GROUP,
        (
            Arg("application_name", Kind.TEXT, semconv.PROCESS_EXECUTABLE_PATH),
            Arg("command_line", Kind.TEXT, semconv.PROCESS_COMMAND_LINE),
            Arg("current_directory", Kind.TEXT, semconv.PROCESS_WORKING_DIRECTORY),
        ),
        "run {process.command_line}",
        "medium",
        "A process is created (Windows); repeats subprocess.Popen, and is the only sign of a multiprocessing spawn.",
    ),
    Event(
        "_winapi.OpenProcess",
        GROUP,
        (Arg("process_id", Kind.INT), Arg("desired_access", Kind.INT)),
        "open process {python.audit.arg.pid}",
        meaning="A handle on another process is taken (Windows): the first step of tampering with it.",
    ),
    Event(
        "_winapi.TerminateProcess",
        GROUP,
        (Arg("handle", Kind.INT), Arg("exit_code", Kind.INT)),
        "terminate a process",
        meaning="Another process is ended by force (Windows).",
    ),
)

_EXECUTIONS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn", "os.startfile/2")
_HANDLES = ("_winapi.OpenProcess", "_winapi.TerminateProcess")

# Left out of `default`: what repeats an event that is in it.
FAMILY = Family(
    EVENTS,
    dict.fromkeys(
        (*_EXECUTIONS, *_HANDLES, "os.fork", "os.forkpty", "resource.setrlimit", "resource.prlimit"),
        KEEP_ALL,
    ),
    frozenset((*_EXECUTIONS, *_HANDLES, "os.startfile", "_winapi.CreateProcess", "_posixsubprocess.fork_exec")),
)
