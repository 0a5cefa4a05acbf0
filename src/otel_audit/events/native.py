"""Native code and raw memory, through ctypes. Buffers are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events import constants, windows_constants
from otel_audit.events.decode import Attributes, arg_key, descriptor, hex_text, named, pointer
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "native"


def library(value: Value) -> Attributes | None:
    """A library by name or by path; only a path says which file."""
    if not isinstance(value, str):
        return None
    if "/" in value or "\\" in value:
        return {arg_key("name"): value, semconv.FILE_PATH: value}
    return {arg_key("name"): value}


def _pointer(name: str) -> Arg:
    return Arg(name, Kind.INT, decode=pointer(name))


_SYMBOL = Arg("name", Kind.TEXT)
_OBJECT = Arg("obj", Kind.TYPE)
_SIZE = Arg("size", Kind.INT)
_UP_TO_NUL = Arg("size", Kind.INT, decode=descriptor("size"))  # -1 where none is given, as for descriptors
_EXCEPTION = Arg("code", Kind.INT, decode=named(arg_key("code"), windows_constants.EXCEPTIONS, hex_text))

LOADED = (
    Event(
        "ctypes.dlopen",
        GROUP,
        (Arg("name", Kind.PATH, decode=library),),
        "load native library[ {name}]",
        meaning="A native library is loaded (no name: the program itself): from here Python's rules do not hold.",
        blocking=True,
    ),
    Event(
        "ctypes.dlsym",
        GROUP,
        (Arg("library", Kind.TYPE), _SYMBOL),
        "look up native symbol {name}",
        "medium",
        "A native function is looked up: which one tells what the library is used for.",
    ),
    Event(
        "ctypes.dlsym/handle",
        GROUP,
        (_pointer("handle"), _SYMBOL),
        "look up native symbol {name}",
        meaning="A native function is looked up by a raw library handle, past ctypes' own objects.",
        platforms="posix",
    ),
    Event(
        "ctypes.call_function",
        GROUP,
        (_pointer("func_pointer"), Arg("arguments", Kind.SIZE)),
        "call a native function[ with {arguments.size} arguments]",
        "medium",
        "A native function is called; from Python 3.14 every foreign call, before only private ones.",
    ),
    Event(
        "os.add_dll_directory",
        GROUP,
        (Arg("path", Kind.PATH, semconv.FILE_PATH),),
        "search native libraries in {FILE}",
        meaning="A directory joins the search path of native libraries: who can write there can load code (Windows).",
        platforms="windows",
    ),
)

ADDRESSED = (
    Event(
        "ctypes.addressof",
        GROUP,
        (_OBJECT,),
        "take the address[ of a {obj.type}]",
        "medium",
        "The address of a ctypes object is taken: the first step of raw memory access.",
    ),
    Event(
        "ctypes.PyObj_FromPtr",
        GROUP,
        (_OBJECT,),
        "make an object from a pointer[: a {obj.type}]",
        meaning="A raw pointer becomes a Python object: a wrong one crashes the process.",
    ),
    Event(
        "ctypes.cdata",
        GROUP,
        (_pointer("address"),),
        "map a ctypes object onto memory[ at {address}]",
        meaning="A ctypes object is laid over an arbitrary address: any memory can be read and written through it.",
    ),
    Event(
        "ctypes.cdata/buffer",
        GROUP,
        (_pointer("pointer"), _SIZE, Arg("offset", Kind.INT)),
        "map a ctypes object onto a buffer[ of {size} bytes]",
        meaning="A ctypes object shares the memory of another object: writes go around that object's own rules.",
    ),
    Event(
        "ctypes.create_string_buffer",
        GROUP,
        (Arg("init", Kind.SIZE), _SIZE),
        "create a buffer[ of {size} bytes]",
        meaning="A mutable byte buffer is made for native code: its size, never what it starts with.",
    ),
    Event(
        "ctypes.create_unicode_buffer",
        GROUP,
        (Arg("init", Kind.SIZE), _SIZE),
        "create a text buffer[ of {size} characters]",
        meaning="A mutable text buffer is made for native code: its size, never what it starts with.",
    ),
    Event(
        "ctypes.string_at",
        GROUP,
        (_pointer("ptr"), _UP_TO_NUL),
        "read[ {size}] bytes of memory[ at {ptr}]",
        "medium",
        "Bytes are read from an arbitrary address (no size: up to NUL): a wrong one crashes the process.",
    ),
    Event(
        "ctypes.wstring_at",
        GROUP,
        (_pointer("ptr"), _UP_TO_NUL),
        "read[ {size}] characters of memory[ at {ptr}]",
        meaning="Wide characters are read from an arbitrary address (no size: up to NUL).",
    ),
    Event(
        "ctypes.memoryview_at",
        GROUP,
        (_pointer("ptr"), _SIZE, Arg("readonly", Kind.BOOL)),
        "view[ {size}] bytes of memory[ at {ptr}]",
        meaning="A memory view is laid over an arbitrary address: writable unless readonly says otherwise.",
        since="3.14",
    ),
)

FAILED = (
    Event(
        "ctypes.get_errno",
        GROUP,
        (),
        "read errno",
        meaning="The error number of the last native call is read: many mean that native calls fail.",
    ),
    Event(
        "ctypes.set_errno",
        GROUP,
        (Arg("errno", Kind.INT, decode=named(arg_key("errno"), constants.errors)),),
        "set errno[ to {errno}]",
        meaning="ctypes' own copy of the error number is set, mostly to 0 before a native call.",
    ),
    Event(
        "ctypes.get_last_error",
        GROUP,
        (),
        "read last error",
        meaning="The error code of the last native call is read: many mean that native calls fail (Windows).",
        platforms="windows",
    ),
    Event(
        "ctypes.set_last_error",
        GROUP,
        (Arg("error", Kind.INT),),
        "set last error[ to {error}]",
        meaning="ctypes' own copy of the last error is set, mostly to 0 before a native call (Windows).",
        platforms="windows",
    ),
    Event(
        "ctypes.seh_exception",
        GROUP,
        (_EXCEPTION,),
        "native exception {code}",
        meaning="Native code raised an exception, such as an access violation: memory may be damaged (Windows).",
        until="3.11",
        platforms="windows",
    ),
    Event(
        "ctypes.set_exception",
        GROUP,
        (_EXCEPTION,),
        "native exception {code}",
        meaning="Native code raised an exception, such as an access violation: memory may be damaged (Windows).",
        since="3.12",
        platforms="windows",
    ),
)

EVENTS = LOADED + ADDRESSED + FAILED

_LOADS = ("ctypes.dlopen", "os.add_dll_directory")

FAMILY = Family(
    EVENTS,
    dict.fromkeys((*_LOADS, "ctypes.seh_exception", "ctypes.set_exception"), KEEP_ALL),
    frozenset((*_LOADS, "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.PyObj_FromPtr")),
)
