"""Programs started, ended and limited. Environments are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events import constants, windows_constants
from otel_audit.events.arguments import text
from otel_audit.events.decode import Attributes, arg_key, executable, flags, named, number_text, pointer
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, AttributeValue, Event, Items, Kind, Value

GROUP = "process"


def candidates(value: Value) -> Attributes | None:
    """The paths that the child tries in turn; a single one is the executable, several are one name in many places."""
    if not isinstance(value, Items):
        return None
    paths = [path for path in value.values if isinstance(path, str)]
    if len(paths) == 1 == value.total:
        return executable(paths[0])
    attributes: dict[str, AttributeValue] = {arg_key("executable_list"): paths}
    names = {path.rpartition("/")[2] for path in paths}
    if len(names) == 1:
        attributes[semconv.PROCESS_EXECUTABLE_NAME] = names.pop()
    return attributes


def limits(value: Value) -> Attributes | None:
    """Soft and hard limit, or what a caller passed in their place."""
    if isinstance(value, (str, float)):
        return {arg_key("limits"): [text(value)]}
    items = value.values if isinstance(value, Items) else (value,) if isinstance(value, int) else None
    if items is None:
        return None
    numbers = [item for item in items if isinstance(item, int)]
    unlimited = constants.unlimited()
    return {arg_key("limits"): ["unlimited" if item == unlimited else number_text(item) for item in numbers]}


def _argv(name: str) -> Arg:
    return Arg(name, Kind.ARGV, semconv.PROCESS_COMMAND_ARGS)


def _program(name: str, kind: Kind = Kind.PATH) -> Arg:
    return Arg(name, kind, semconv.PROCESS_EXECUTABLE_PATH, decode=executable)


def _directory(name: str, kind: Kind = Kind.PATH) -> Arg:
    return Arg(name, kind, semconv.PROCESS_WORKING_DIRECTORY)


_ENV = Arg("env", Kind.SIZE)
_RESOURCE = Arg("resource", Kind.INT, decode=named(arg_key("resource"), constants.limits))
_LIMITS = Arg("limits", Kind.ADDRESS, decode=limits)  # the kind that copies a tuple of integers
_RUN = "run {COMMAND}"
_IN = "[ in {PROCESS_WORKING_DIRECTORY}]"

STARTED = (
    Event(
        "subprocess.Popen",
        GROUP,
        (_program("executable"), _argv("args"), _directory("cwd"), _ENV),
        _RUN + _IN,
        "medium",
        "The program starts another program: the usual way to run a command, and the usual way to abuse one.",
        blocking=True,
    ),
    Event(
        "_posixsubprocess.fork_exec",
        GROUP,
        (Arg("executable_list", Kind.ARGV, decode=candidates), _argv("args"), _ENV),
        _RUN,
        "medium",
        "A child is forked and executed; repeats subprocess.Popen, and is the only sign of a multiprocessing spawn.",
        since="3.14",
        platforms="posix",
        blocking=True,
    ),
    Event(
        "os.system",
        GROUP,
        (Arg("command", Kind.TEXT, semconv.PROCESS_COMMAND_LINE),),
        "run {PROCESS_COMMAND_LINE} in a shell",
        meaning="A shell runs a command string: where command injection happens.",
        blocking=True,
    ),
    Event(
        "os.exec",
        GROUP,
        (_program("path"), _argv("args"), _ENV),
        "replace this process by {COMMAND}",
        meaning="This process becomes another program; its telemetry ends here.",
    ),
    Event(
        "os.posix_spawn",
        GROUP,
        (_program("path"), _argv("argv"), _ENV),
        _RUN,
        meaning="The program starts another program without forking: subprocess does it where it can.",
        platforms="posix",
        blocking=True,
    ),
    Event(
        "os.spawn",
        GROUP,
        (
            Arg("mode", Kind.INT, decode=named(arg_key("mode"), windows_constants.SPAWN_MODES)),
            _program("path"),
            _argv("args"),
            _ENV,
        ),
        _RUN,
        meaning="The program starts another program; P_OVERLAY means that it replaces this one (Windows).",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "os.startfile",
        GROUP,
        (Arg("path", Kind.PATH, semconv.FILE_PATH), Arg("operation", Kind.TEXT)),
        "start {FILE}[ to {operation} it]",
        meaning="A file is opened with its associated application, a program is run; os.startfile/2 follows (Windows).",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "os.startfile/2",
        GROUP,
        (
            Arg("path", Kind.PATH, semconv.FILE_PATH),
            Arg("operation", Kind.TEXT),
            Arg("arguments", Kind.TEXT, semconv.PROCESS_COMMAND_LINE),
            _directory("cwd"),
            Arg("show_cmd", Kind.INT, decode=named(arg_key("show_cmd"), windows_constants.SHOW_COMMANDS)),
        ),
        "start {FILE}[ {PROCESS_COMMAND_LINE}]" + _IN,
        meaning="A file is opened with its associated application, a program is run with arguments (Windows).",
        since="3.10",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "pty.spawn",
        GROUP,
        (_argv("argv"),),
        "run {COMMAND} in a new terminal",
        meaning="A program gets its own terminal: rare in services, common in reverse shells.",
        platforms="posix",
        blocking=True,
    ),
    Event(
        "_winapi.CreateProcess",
        GROUP,
        (
            _program("application_name", Kind.TEXT),
            Arg("command_line", Kind.TEXT, semconv.PROCESS_COMMAND_LINE),
            _directory("current_directory", Kind.TEXT),
        ),
        _RUN + _IN,
        "medium",
        "A process is created; repeats subprocess.Popen, and is the only sign of a multiprocessing spawn (Windows).",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "os.fork",
        GROUP,
        (),
        "fork",
        meaning="The process duplicates itself; its threads do not come along, what they locked stays locked.",
        platforms="posix",
        blocking=True,
    ),
    Event(
        "os.forkpty",
        GROUP,
        (),
        "fork a terminal",
        meaning="The process duplicates itself, the child on a terminal of its own: rare in services.",
        platforms="posix",
        blocking=True,
    ),
)

CONTROLLED = (
    Event(
        "resource.setrlimit",
        GROUP,
        (_RESOURCE, _LIMITS),
        "set {resource}[ to {limits}]",
        meaning="A resource limit of this process changes: later failures may come from it.",
        platforms="posix",
    ),
    Event(
        "resource.prlimit",
        GROUP,
        (Arg("pid", Kind.INT), _RESOURCE, _LIMITS),
        "limit {resource} of process {pid}[ to {limits}]",
        meaning="A resource limit of a process is read, or changed where limits are given (pid 0 is this one).",
        platforms="linux",
    ),
    Event(
        "_winapi.OpenProcess",
        GROUP,
        (
            Arg("process_id", Kind.INT),
            Arg(
                "desired_access",
                Kind.INT,
                decode=flags(arg_key("desired_access"), windows_constants.PROCESS_RIGHTS),
            ),
        ),
        "open process {process_id}[ for {desired_access}]",
        meaning="A handle on another process is taken: to wait for it, or as the first step of tampering with it.",
        platforms="windows",
    ),
    Event(
        "_winapi.TerminateProcess",
        GROUP,
        (Arg("handle", Kind.INT, decode=pointer("handle")), Arg("exit_code", Kind.INT)),
        "terminate a process[ with exit code {exit_code}]",
        meaning="Another process is ended by force, without a chance to clean up (Windows).",
        platforms="windows",
    ),
)

EVENTS = STARTED + CONTROLLED

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
