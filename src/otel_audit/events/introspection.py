"""The program looking at itself, and debuggers looking at it."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import Attributes, pointer
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "introspection"

_OBJECT, _NAME = Arg("obj", Kind.TYPE), Arg("name", Kind.TEXT)
_OBJECTS = Arg("objs", Kind.SIZE)
_LAST_GENERATION = 2


def generation(value: Value) -> Attributes | None:
    """-1 is every generation, and says nothing."""
    if not isinstance(value, int):
        return None
    return {semconv.CPYTHON_GC_GENERATION: int(value)} if 0 <= value <= _LAST_GENERATION else {}


DEBUGGING = (
    Event(
        "sys.remote_exec",
        GROUP,
        (Arg("pid", Kind.INT), Arg("script", Kind.PATH, semconv.FILE_PATH)),
        "inject {FILE} into process {pid}",
        meaning="This process makes another one run a script: a debugger attaches, or code is injected.",
        since="3.14",
    ),
    Event(
        "cpython.remote_debugger_script",
        GROUP,
        (Arg("script_path", Kind.PATH, semconv.FILE_PATH),),
        "run injected {FILE}",
        meaning="Another process made this one run a script: a debugger attaches, or code is injected.",
        since="3.14",
    ),
    Event(
        "sys.settrace",
        GROUP,
        (),
        "set trace function",
        meaning="A tracer is set: debuggers and coverage do it, and all code of the thread slows.",
    ),
    Event(
        "sys.setprofile",
        GROUP,
        (),
        "set profile function",
        meaning="A profiler is set: every call of the thread slows.",
    ),
    Event(
        "sys.monitoring.register_callback",
        GROUP,
        (Arg("func", Kind.TYPE),),
        "set monitoring callback[ {func.type}]",
        meaning="A debugger, profiler or coverage tool registers for execution events (no function: it lets go).",
        since="3.12",
    ),
    Event(
        "builtins.breakpoint",
        GROUP,
        (Arg("breakpointhook", Kind.TYPE),),
        "reach a breakpoint",
        meaning="breakpoint() was left in the code: a service would hang here.",
    ),
    Event(
        "pdb.Pdb",
        GROUP,
        (),
        "start the debugger",
        meaning="The debugger is started in this process: a service would wait for someone to type.",
    ),
    Event(
        "sys._current_frames",
        GROUP,
        (),
        "read all stacks",
        meaning="The stacks of all threads are read, local variables within reach: profilers and debuggers do it.",
    ),
    Event(
        "sys._current_exceptions",
        GROUP,
        (),
        "read all exceptions",
        meaning="The exceptions that threads handle right now are read: a debugging tool is at work.",
        since="3.10",
    ),
)

LOOKING = (
    Event(
        "sys._getframe",
        GROUP,
        (Arg("frame", Kind.SKIP),),
        "take a frame",
        "hot",
        "A caller's frame is taken: logging, warnings and namedtuple do it all the time.",
    ),
    Event(
        "sys._getframemodulename",
        GROUP,
        (Arg("depth", Kind.INT),),
        "read a caller's module name[, {depth} up]",
        "hot",
        "A caller's module name is read: namedtuple, enum and typing do it, so it counts classes being made.",
        since="3.12",
    ),
    Event(
        "builtins.id",
        GROUP,
        (Arg("id", Kind.INT, decode=pointer("id")),),
        "take the identity {id}",
        "hot",
        "id() was called; the argument is the resulting address. Of use only to find who calls it too often.",
    ),
    Event(
        "object.__getattr__",
        GROUP,
        (_OBJECT, _NAME),
        "read {name}[ of a {obj.type}]",
        "hot",
        "An internal of a function, frame or traceback is read: frameworks do it at import, sandbox escapes too.",
    ),
    Event(
        "object.__setattr__",
        GROUP,
        (_OBJECT, _NAME, Arg("value", Kind.TYPE)),
        "set {name}[ of a {obj.type}][ to a {value.type}]",
        "medium",
        "A function's code or defaults, a class's bases or an object's class is replaced: monkey patching.",
    ),
    Event(
        "object.__delattr__",
        GROUP,
        (_OBJECT, _NAME),
        "delete {name}[ of a {obj.type}]",
        "medium",
        "A function's defaults are deleted: calls that relied on them fail from now on.",
    ),
    Event(
        "gc.get_objects",
        GROUP,
        (Arg("generation", Kind.INT, decode=generation),),
        "list all objects[ of generation {CPYTHON_GC_GENERATION}]",
        meaning="Every tracked object is listed: slow, and it reaches all secrets in memory.",
    ),
    Event(
        "gc.get_referents",
        GROUP,
        (_OBJECTS,),
        "list what[ {objs.size}] objects refer to",
        meaning="The objects that some objects refer to are listed: leak hunting, or a walk to what is hidden.",
    ),
    Event(
        "gc.get_referrers",
        GROUP,
        (_OBJECTS,),
        "search what refers to[ {objs.size}] objects",
        meaning="The objects that refer to some objects are searched: slow, as it looks at every object there is.",
    ),
)

EVENTS = DEBUGGING + LOOKING

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
