"""Code made at run time. What it says is never read, only where it was written."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "dynamic_code"

_CODE_TEXT = "{code.function.name}[ of {code.file.path}][:{code.line.number}]"

EVENTS = (
    Event(
        "compile",
        GROUP,
        (Arg("source", Kind.SIZE), Arg("filename", Kind.TEXT, semconv.CODE_FILE_PATH)),
        "compile {code.file.path}[, {python.audit.arg.source.size} bytes]",
        "hot",
        "Source becomes code: every import without a cache, and every eval and exec of a string.",
    ),
    Event(
        "exec",
        GROUP,
        (Arg("code_object", Kind.CODE),),
        f"execute {_CODE_TEXT}",
        "hot",
        "A code object runs by exec, eval or import: `<string>` is text that became a program.",
    ),
    Event(
        "code.__new__",
        GROUP,
        (
            Arg("code", Kind.SIZE),
            Arg("filename", Kind.TEXT, semconv.CODE_FILE_PATH),
            Arg("name", Kind.TEXT, semconv.CODE_FUNCTION_NAME),
            Arg("argcount", Kind.INT),
            Arg("posonlyargcount", Kind.INT),
            Arg("kwonlyargcount", Kind.INT),
            Arg("nlocals", Kind.INT),
            Arg("stacksize", Kind.INT),
            Arg("flags", Kind.INT),
        ),
        "build code {code.function.name}[ of {code.file.path}]",
        "medium",
        "A code object is built by hand, from bytecode: compilers do not need it, exploits and some libraries do.",
    ),
    Event(
        "function.__new__",
        GROUP,
        (Arg("code", Kind.CODE),),
        f"build function {_CODE_TEXT}",
        "medium",
        "A function is built from a code object, not by def or lambda.",
    ),
)

FAMILY = Family(EVENTS, security=frozenset(("code.__new__",)))
