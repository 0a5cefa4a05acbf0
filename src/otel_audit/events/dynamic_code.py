"""Code made at run time. What it says is never read, only where it was written."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import arg_key, flags
from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "dynamic_code"

_CODE_TEXT = "{CODE_FUNCTION_NAME}[ of {CODE_FILE_PATH}][:{CODE_LINE_NUMBER}]"

# CO_* of Include/cpython/code.h; the bits of `from __future__ import` moved by four between 3.8 and 3.9.
_CODE_FLAGS = (
    (0x0001, "optimized"),
    (0x0002, "newlocals"),
    (0x0004, "varargs"),
    (0x0008, "varkeywords"),
    (0x0010, "nested"),
    (0x0020, "generator"),
    (0x0040, "nofree"),
    (0x0080, "coroutine"),
    (0x0100, "iterable_coroutine"),
    (0x0200, "async_generator"),
    (0x0100_0000, "future_annotations"),
    (0x0400_0000, "has_docstring"),
    (0x0800_0000, "method"),
)

EVENTS = (
    Event(
        "compile",
        GROUP,
        (Arg("source", Kind.SIZE), Arg("filename", Kind.TEXT, semconv.CODE_FILE_PATH)),
        "compile[ {CODE_FILE_PATH}][, {source.size} bytes][ from {source.type}]",
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
            Arg("flags", Kind.INT, decode=flags(arg_key("flags"), _CODE_FLAGS)),
        ),
        "build code {CODE_FUNCTION_NAME}[ of {CODE_FILE_PATH}]",
        "medium",
        "A code object is built by hand, from bytecode: compilers do not need it, exploits and some libraries do.",
    ),
    Event(
        "function.__new__",
        GROUP,
        (Arg("code", Kind.CODE),),
        f"build function {_CODE_TEXT}",
        "medium",
        "A function is built from a code object, not by def or lambda: decorators, serializers and exploits do it.",
    ),
)

FAMILY = Family(EVENTS, security=frozenset(("code.__new__",)))
