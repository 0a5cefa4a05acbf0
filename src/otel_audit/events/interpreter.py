"""The interpreter itself: what it was asked to run, and what hooks into it."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "interpreter"

_FILE = Arg("filename", Kind.PATH, semconv.FILE_PATH)

EVENTS = (
    Event(
        "sys.addaudithook",
        GROUP,
        (),
        "add an audit hook",
        meaning="Someone else starts to watch the process, or to veto what it does; a hook cannot be removed.",
    ),
    Event(
        "setopencodehook",
        GROUP,
        (),
        "set the open-code hook",
        meaning="Native code decides from now on how Python files are read: a way to swap the code that runs.",
    ),
    Event(
        "cpython.run_command",
        GROUP,
        (Arg("command", Kind.SIZE),),
        "run a command string[ of {command.size} characters]",
        meaning="The interpreter runs `python -c`: nothing on disk to inspect later; the command itself is not read.",
    ),
    Event(
        "cpython.run_file",
        GROUP,
        (_FILE,),
        "run {FILE}",
        meaning="The interpreter runs a script: which program this process is.",
    ),
    Event(
        "cpython.run_module",
        GROUP,
        (Arg("modulename", Kind.TEXT),),
        "run module {modulename}",
        meaning="The interpreter runs `python -m`: which program this process is.",
    ),
    Event(
        "cpython.run_stdin",
        GROUP,
        (),
        "run standard input",
        meaning="The interpreter runs what is piped in or typed: nothing on disk to inspect later.",
    ),
    Event(
        "cpython.run_startup",
        GROUP,
        (_FILE,),
        "run start-up file {FILE}",
        meaning="PYTHONSTARTUP is run before an interactive session: a place to hide code.",
    ),
    Event(
        "cpython.run_interactivehook",
        GROUP,
        (Arg("hook", Kind.TYPE),),
        "begin an interactive session",
        meaning="An interactive session begins: someone sits at this interpreter.",
    ),
    Event(
        "cpython.PyConfig_Set",
        GROUP,
        (Arg("name", Kind.TEXT), Arg("value", Kind.TYPE)),
        "set interpreter option {name}",
        meaning="An option of the running interpreter changes, by native code; its value is not read.",
        since="3.14",
    ),
    Event(
        "cpython.PyInterpreterState_New",
        GROUP,
        (),
        "make a subinterpreter",
        meaning="A subinterpreter is made: code in it has its own modules, and Python-level hooks do not see it.",
    ),
    Event(
        "cpython.PyInterpreterState_Clear",
        GROUP,
        (),
        "end an interpreter",
        meaning="An interpreter ends: the last event that Python-level hooks see.",
    ),
    Event(
        "cpython._PySys_ClearAuditHooks",
        GROUP,
        (),
        "end the process",
        meaning="The process ends: the very last event. Without it the process was killed.",
    ),
    Event(
        "sys.set_asyncgen_hook_finalizer",
        GROUP,
        (),
        "set the asynchronous generators' finalizer",
        "medium",
        "An event loop starts or stops (six times per asyncio.run): many mean a loop per request.",
    ),
    Event(
        "sys.set_asyncgen_hook_firstiter",
        GROUP,
        (),
        "set the asynchronous generators' first-iteration hook",
        "medium",
        "An event loop starts or stops (six times per asyncio.run): many mean a loop per request.",
    ),
)

_HOOKS = ("sys.addaudithook", "setopencodehook", "cpython.PyConfig_Set")
_STARTS = ("cpython.run_command", "cpython.run_file", "cpython.run_module", "cpython.run_stdin")

FAMILY = Family(
    EVENTS,
    dict.fromkeys((*_HOOKS, *_STARTS, "cpython.PyInterpreterState_New"), KEEP_ALL),
    frozenset(_HOOKS),
)
