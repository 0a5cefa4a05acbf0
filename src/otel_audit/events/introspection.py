"""The program looking at itself, and debuggers looking at it."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "introspection"

_OBJECT, _NAME = Arg("obj", Kind.TYPE), Arg("name", Kind.TEXT)
_OBJECTS = Arg("objs", Kind.SIZE)

EVENTS = (
    Event(
        "sys.remote_exec",
        GROUP,
        (Arg("pid", Kind.INT), Arg("script", Kind.PATH, semconv.FILE_PATH)),
        "inject {file.path} into process {python.audit.arg.pid}",
        meaning="This process makes another one run a script.",
    ),
    Event(
        "cpython.remote_debugger_script",
        GROUP,
        (Arg("script_path", Kind.PATH, semconv.FILE_PATH),),
        "run injected {file.path}",
        meaning="Another process made this one run a script.",
    ),
    Event("sys.settrace", GROUP, (), "set trace function", meaning="A tracer is set: all code of the thread slows."),
    Event("sys.setprofile", GROUP, (), "set profile function", meaning="A profiler is set: every call slows."),
    Event(
        "sys.monitoring.register_callback",
        GROUP,
        (Arg("func", Kind.TYPE),),
        "set monitoring callback",
        meaning="A tool registers for execution events (no function: it lets go).",
    ),
    Event(
        "builtins.breakpoint",
        GROUP,
        (Arg("breakpointhook", Kind.TYPE),),
        "reach a breakpoint",
        meaning="breakpoint() was left in the code: a service would hang here.",
    ),
    Event("pdb.Pdb", GROUP, (), "start the debugger", meaning="The debugger is started in this process."),
    Event("sys._current_frames", GROUP, (), "read all stacks", meaning="The stacks of all threads are read."),
    Event("sys._current_exceptions", GROUP, (), "read all exceptions", meaning="Exceptions of all threads are read."),
    Event(
        "sys._getframe",
        GROUP,
        (Arg("frame", Kind.SKIP),),
        frequency="hot",
        meaning="A caller's frame is taken: logging, warnings and namedtuple do it all the time.",
    ),
    Event(
        "sys._getframemodulename",
        GROUP,
        (Arg("depth", Kind.INT),),
        frequency="hot",
        meaning="A caller's module name is read: namedtuple, enum and typing do it.",
    ),
    Event(
        "builtins.id",
        GROUP,
        (Arg("id", Kind.INT),),
        frequency="hot",
        meaning="id() was called; the argument is the resulting address.",
    ),
    Event(
        "object.__getattr__",
        GROUP,
        (_OBJECT, _NAME),
        "read {python.audit.arg.name}[ of a {python.audit.arg.obj.type}]",
        "hot",
        "An internal of a function, frame or traceback is read.",
    ),
    Event(
        "object.__setattr__",
        GROUP,
        (_OBJECT, _NAME, Arg("value", Kind.TYPE)),
        "set {python.audit.arg.name}[ of a {python.audit.arg.obj.type}]",
        "medium",
        "A function's code or defaults, a class's bases or an object's class is replaced.",
    ),
    Event(
        "object.__delattr__",
        GROUP,
        (_OBJECT, _NAME),
        "delete {python.audit.arg.name}[ of a {python.audit.arg.obj.type}]",
        "medium",
        "A function's defaults are deleted.",
    ),
    Event(
        "gc.get_objects",
        GROUP,
        (Arg("generation", Kind.INT),),
        meaning="Every tracked object is listed: slow, and it reaches all secrets in memory.",
    ),
    Event(
        "gc.get_referents",
        GROUP,
        (_OBJECTS,),
        meaning="The objects that some objects refer to are listed.",
    ),
    Event(
        "gc.get_referrers",
        GROUP,
        (_OBJECTS,),
        meaning="The objects that refer to some objects are searched: slow.",
    ),
)

_WATCHERS = (
    "sys.remote_exec",
    "cpython.remote_debugger_script",
    "sys.settrace",
    "sys.setprofile",
    "sys.monitoring.register_callback",
    "builtins.breakpoint",
    "pdb.Pdb",
)

FAMILY = Family(EVENTS, dict.fromkeys(_WATCHERS, KEEP_ALL), frozenset(_WATCHERS))
