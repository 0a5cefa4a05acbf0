"""The interpreter itself: what it was asked to run, and what hooks into it."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "interpreter"

_FILE = Arg("filename", Kind.PATH, semconv.FILE_PATH)

EVENTS = (
    Event("sys.addaudithook", GROUP, (), "add an audit hook", meaning="Someone else starts to watch, or to veto."),
    Event("setopencodehook", GROUP, (), "set the open-code hook", meaning="Someone else decides how code is read."),
    Event(
        "cpython.run_command",
        GROUP,
        (Arg("command", Kind.SIZE),),
        "run a command string[ of {python.audit.arg.command.size} characters]",
        meaning="The interpreter runs `python -c`; the command may hold secrets and is not read.",
    ),
    Event("cpython.run_file", GROUP, (_FILE,), "run {file.path}", meaning="The interpreter runs a script."),
    Event(
        "cpython.run_module",
        GROUP,
        (Arg("modulename", Kind.TEXT),),
        "run module {python.audit.arg.modulename}",
        meaning="The interpreter runs `python -m`.",
    ),
    Event("cpython.run_stdin", GROUP, (), "run standard input", meaning="The interpreter runs what is piped in."),
    Event("cpython.run_startup", GROUP, (_FILE,), "run start-up file {file.path}", meaning="PYTHONSTARTUP is run."),
    Event(
        "cpython.run_interactivehook",
        GROUP,
        (Arg("hook", Kind.TYPE),),
        meaning="An interactive session begins.",
    ),
    Event(
        "cpython.PyConfig_Set",
        GROUP,
        (Arg("name", Kind.TEXT), Arg("value", Kind.TYPE)),
        "set interpreter option {python.audit.arg.name}",
        meaning="An option of the running interpreter changes.",
    ),
    Event("cpython.PyInterpreterState_New", GROUP, (), meaning="A subinterpreter is made."),
    Event("cpython.PyInterpreterState_Clear", GROUP, (), meaning="An interpreter ends: the last event most hooks see."),
    Event("cpython._PySys_ClearAuditHooks", GROUP, (), meaning="The process ends: the very last event."),
    Event(
        "sys.set_asyncgen_hook_finalizer",
        GROUP,
        (),
        frequency="medium",
        meaning="An event loop starts or stops (six times per asyncio.run).",
    ),
    Event(
        "sys.set_asyncgen_hook_firstiter",
        GROUP,
        (),
        frequency="medium",
        meaning="An event loop starts or stops (six times per asyncio.run).",
    ),
)

_HOOKS = ("sys.addaudithook", "setopencodehook", "cpython.PyConfig_Set")
_STARTS = ("cpython.run_command", "cpython.run_file", "cpython.run_module", "cpython.run_stdin")

FAMILY = Family(
    EVENTS,
    dict.fromkeys((*_HOOKS, *_STARTS, "cpython.PyInterpreterState_New"), KEEP_ALL),
    frozenset(_HOOKS),
)
