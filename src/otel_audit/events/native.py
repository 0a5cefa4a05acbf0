"""Native code and raw memory, through ctypes. Buffers are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import Attributes, arg_key
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "native"


def library(value: Value) -> Attributes:
    """A library by name or by path; only a path says which file."""
    if not isinstance(value, str):
        return {}
    if "/" in value or "\\" in value:
        return {arg_key("name"): value, semconv.FILE_PATH: value}
    return {arg_key("name"): value}


_SYMBOL = Arg("name", Kind.TEXT)
_OBJECT = Arg("obj", Kind.TYPE)
_POINTER = Arg("ptr", Kind.INT)
_SIZE = Arg("size", Kind.INT)

EVENTS = (
    Event(
        "ctypes.dlopen",
        GROUP,
        (Arg("name", Kind.PATH, decode=library),),
        "load native library[ {python.audit.arg.name}]",
        meaning="A native library is loaded (no name: the program itself): from here Python's rules do not hold.",
    ),
    Event(
        "ctypes.dlsym",
        GROUP,
        (Arg("library", Kind.TYPE), _SYMBOL),
        "look up native symbol {python.audit.arg.name}",
        "medium",
        "A native function is looked up: which one tells what the library is used for.",
    ),
    Event(
        "ctypes.dlsym/handle",
        GROUP,
        (Arg("handle", Kind.INT), _SYMBOL),
        "look up native symbol {python.audit.arg.name}",
        meaning="A native function is looked up by a raw library handle.",
    ),
    Event(
        "ctypes.call_function",
        GROUP,
        (Arg("func_pointer", Kind.INT), Arg("arguments", Kind.SIZE)),
        "call a native function[ with {python.audit.arg.arguments.size} arguments]",
        "medium",
        "A native function is called; from Python 3.14 every foreign call, before only private ones.",
    ),
    Event(
        "ctypes.addressof",
        GROUP,
        (_OBJECT,),
        "take the address[ of a {python.audit.arg.obj.type}]",
        "medium",
        "The address of a ctypes object is taken.",
    ),
    Event(
        "ctypes.PyObj_FromPtr",
        GROUP,
        (_OBJECT,),
        "make an object from a pointer",
        meaning="A raw pointer becomes a Python object: a wrong one crashes the process.",
    ),
    Event(
        "ctypes.cdata",
        GROUP,
        (Arg("address", Kind.INT),),
        "map a ctypes object onto memory",
        meaning="A ctypes object is laid over an arbitrary address.",
    ),
    Event(
        "ctypes.cdata/buffer",
        GROUP,
        (Arg("pointer", Kind.INT), _SIZE, Arg("offset", Kind.INT)),
        "map a ctypes object onto a buffer[ of {python.audit.arg.size} bytes]",
        meaning="A ctypes object shares the memory of another object.",
    ),
    Event(
        "ctypes.create_string_buffer",
        GROUP,
        (Arg("init", Kind.SIZE), _SIZE),
        "create a buffer[ of {python.audit.arg.size} bytes]",
        meaning="A mutable byte buffer is made for native code.",
    ),
    Event(
        "ctypes.create_unicode_buffer",
        GROUP,
        (Arg("init", Kind.SIZE), _SIZE),
        "create a text buffer[ of {python.audit.arg.size} characters]",
        meaning="A mutable text buffer is made for native code.",
    ),
    Event(
        "ctypes.string_at",
        GROUP,
        (_POINTER, _SIZE),
        "read[ {python.audit.arg.size}] bytes of memory",
        "medium",
        "Bytes are read from an arbitrary address (size -1: up to NUL).",
    ),
    Event(
        "ctypes.wstring_at",
        GROUP,
        (_POINTER, _SIZE),
        "read[ {python.audit.arg.size}] characters of memory",
        meaning="Wide characters are read from an arbitrary address (size -1: up to NUL).",
    ),
    Event(
        "ctypes.memoryview_at",
        GROUP,
        (_POINTER, _SIZE, Arg("readonly", Kind.INT)),
        "view[ {python.audit.arg.size}] bytes of memory",
        meaning="A memory view is laid over an arbitrary address, maybe writable.",
    ),
    Event("ctypes.get_errno", GROUP, (), "read errno", meaning="ctypes' private copy of errno is read."),
    Event("ctypes.set_errno", GROUP, (Arg("errno", Kind.INT),), "set errno", meaning="ctypes' errno copy is set."),
    Event("ctypes.get_last_error", GROUP, (), "read last error", meaning="ctypes' last Windows error is read."),
    Event(
        "ctypes.set_last_error",
        GROUP,
        (Arg("error", Kind.INT),),
        "set last error",
        meaning="ctypes' last Windows error is set.",
    ),
    Event(
        "ctypes.seh_exception",
        GROUP,
        (Arg("code", Kind.INT),),
        "native exception {python.audit.arg.code}",
        meaning="Native code raised a Windows exception, such as an access violation (up to Python 3.11).",
    ),
    Event(
        "ctypes.set_exception",
        GROUP,
        (Arg("code", Kind.INT),),
        "native exception {python.audit.arg.code}",
        meaning="Native code raised a Windows exception, such as an access violation (from Python 3.12).",
    ),
    Event(
        "os.add_dll_directory",
        GROUP,
        (Arg("path", Kind.PATH, semconv.FILE_PATH),),
        "search native libraries in {file.path}",
        meaning="A directory joins the search path of native libraries (Windows).",
    ),
)

_LOADS = ("ctypes.dlopen", "os.add_dll_directory")

FAMILY = Family(
    EVENTS,
    dict.fromkeys((*_LOADS, "ctypes.seh_exception", "ctypes.set_exception"), KEEP_ALL),
    frozenset((*_LOADS, "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.PyObj_FromPtr")),
)
