"""The registry, and what else only Windows has. Registry values are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events import windows_constants
from otel_audit.events.decode import Attributes, arg_key, flags, hex_text, named, pointer
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "windows"


def registry_key(value: Value) -> Attributes | None:
    """The root's name; any other key is an open handle."""
    if not isinstance(value, int):
        return None
    index = (value & 0xFFFFFFFF) - windows_constants.REGISTRY_ROOT_BASE
    roots = windows_constants.REGISTRY_ROOTS
    root = 0 <= index < len(roots) and (value >> 32) in (0, -1, 0xFFFFFFFF)
    return {arg_key("key"): roots[index] if root else hex_text(value)}


def computer(value: Value) -> Attributes | None:
    r"""Another computer, written `\\name`; none is this one."""
    if not isinstance(value, str):
        return None
    name = value.lstrip("\\")
    return {semconv.SERVER_ADDRESS: name} if name else {}


_KEY = Arg("key", Kind.INT, decode=registry_key)
_SUB_KEY = Arg("sub_key", Kind.TEXT)
_ACCESS = Arg("access", Kind.INT, decode=flags(arg_key("access"), windows_constants.REGISTRY_RIGHTS))
_INDEX = Arg("index", Kind.INT)
_FILE = Arg("file_name", Kind.PATH, semconv.FILE_PATH)
_TYPE = Arg("type", Kind.INT, decode=named(arg_key("type"), windows_constants.VALUE_TYPES))
_PATH = r"{key}[\{sub_key}]"
_FD = Arg("fd", Kind.INT)

READS = (
    Event(
        "winreg.ConnectRegistry",
        GROUP,
        (Arg("computer_name", Kind.TEXT, decode=computer), _KEY),
        "open the registry[ of {SERVER_ADDRESS}][: {key}]",
        meaning="The registry of this or another computer is opened: another one is lateral movement until explained.",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "winreg.OpenKey",
        GROUP,
        (_KEY, _SUB_KEY, _ACCESS),
        f"open key {_PATH}[ for {{access}}]",
        "medium",
        "A key is opened: mostly to read settings; rights to write are worth a look.",
        platforms="windows",
    ),
    Event(
        "winreg.OpenKey/result",
        GROUP,
        (_KEY,),
        "got key {key}",
        "medium",
        "The handle of an opened or created key, under which later events name it.",
        platforms="windows",
    ),
    Event(
        "winreg.QueryValue",
        GROUP,
        (_KEY, _SUB_KEY, Arg("value_name", Kind.TEXT)),
        f"read {_PATH}[ {{value_name}}]",
        "medium",
        "A registry value is read: settings mostly, stored credentials sometimes.",
        platforms="windows",
    ),
    Event(
        "winreg.EnumKey",
        GROUP,
        (_KEY, _INDEX),
        "list subkey[ {index}] of {key}",
        "medium",
        "The subkeys of a key are listed one by one: looking for what is installed.",
        platforms="windows",
    ),
    Event(
        "winreg.EnumValue",
        GROUP,
        (_KEY, _INDEX),
        "list value[ {index}] of {key}",
        "medium",
        "The values of a key are listed one by one, with what they hold.",
        platforms="windows",
    ),
    Event(
        "winreg.QueryInfoKey",
        GROUP,
        (_KEY,),
        "count what {key} holds",
        meaning="The subkeys and values of a key are counted, and its last change asked for.",
        platforms="windows",
    ),
    Event(
        "winreg.QueryReflectionKey",
        GROUP,
        (_KEY,),
        "ask for the reflection of {key}",
        meaning="Whether a key is mirrored between the 32-bit and the 64-bit registry is asked for.",
        platforms="windows",
    ),
    Event(
        "winreg.PyHKEY.Detach",
        GROUP,
        (_KEY,),
        "detach key {key}",
        meaning="A key's handle leaves Python's care: who forgets to close it leaks it.",
        platforms="windows",
    ),
    Event(
        "winreg.ExpandEnvironmentStrings",
        GROUP,
        (Arg("str", Kind.SIZE),),
        "expand variables[ in {str.size} characters]",
        meaning="Variables such as %PATH% in a text are replaced by their values; the text is not read.",
        platforms="windows",
    ),
)

WRITES = (
    Event(
        "winreg.CreateKey",
        GROUP,
        (_KEY, _SUB_KEY, _ACCESS),
        f"create key {_PATH}",
        meaning="A key is made, or opened if it exists: programs are installed this way, and stay this way.",
        platforms="windows",
    ),
    Event(
        "winreg.DeleteKey",
        GROUP,
        (_KEY, _SUB_KEY, _ACCESS),
        f"delete key {_PATH}",
        meaning="A key is deleted: settings vanish, of this program or of another.",
        platforms="windows",
    ),
    Event(
        "winreg.DeleteTree",
        GROUP,
        (_KEY, _SUB_KEY),
        f"delete tree {_PATH}",
        meaning="A key is deleted with all below it: one call can remove a program's whole configuration.",
        since="3.15",
        platforms="windows",
    ),
    Event(
        "winreg.DeleteValue",
        GROUP,
        (_KEY, Arg("value", Kind.TEXT)),  # the value's name
        "delete value[ {value}] of {key}",
        meaning="A registry value is deleted: a setting or a policy goes back to its default.",
        platforms="windows",
    ),
    Event(
        "winreg.SetValue",
        GROUP,
        (_KEY, _SUB_KEY, _TYPE, Arg("value", Kind.SIZE)),
        f"set {_PATH}[ ({{type}})]",
        meaning="A registry value is set: programs stay installed this way, and so do intruders.",
        platforms="windows",
    ),
    Event(
        "winreg.LoadKey",
        GROUP,
        (_KEY, _SUB_KEY, _FILE),
        f"load {_PATH}[ from {{FILE}}]",
        meaning="A hive file becomes part of the registry: another user's settings, maybe to read offline secrets.",
        platforms="windows",
    ),
    Event(
        "winreg.SaveKey",
        GROUP,
        (_KEY, _FILE),
        "save {key}[ to {FILE}]",
        meaning="A key is saved to a file: HKLM\\SAM and HKLM\\SECURITY hold password hashes.",
        platforms="windows",
    ),
    Event(
        "winreg.DisableReflectionKey",
        GROUP,
        (_KEY,),
        "stop the reflection of {key}",
        meaning="A key is no longer mirrored between the 32-bit and the 64-bit registry.",
        platforms="windows",
    ),
    Event(
        "winreg.EnableReflectionKey",
        GROUP,
        (_KEY,),
        "start the reflection of {key}",
        meaning="A key is mirrored between the 32-bit and the 64-bit registry again.",
        platforms="windows",
    ),
)

OTHERS = (
    Event(
        "_wmi.exec_query",
        GROUP,
        (Arg("query", Kind.TEXT),),
        "query {query}",
        meaning="Windows is asked about itself: platform does it once, reconnaissance more often.",
        since="3.12",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "msvcrt.get_osfhandle",
        GROUP,
        (_FD,),
        "take the handle of descriptor {fd}",
        meaning="The Windows handle behind a descriptor is taken: for locks, consoles and children mostly.",
        platforms="windows",
    ),
    Event(
        "msvcrt.open_osfhandle",
        GROUP,
        (
            Arg("handle", Kind.INT, decode=pointer("handle")),
            Arg("flags", Kind.INT, decode=flags(arg_key("flags"), windows_constants.HANDLE_FLAGS)),
        ),
        "make a descriptor of handle {handle}[ for {flags}]",
        meaning="A Windows handle becomes a descriptor: pipes of children mostly, inherited handles sometimes.",
        platforms="windows",
    ),
    Event(
        "msvcrt.locking",
        GROUP,
        (
            _FD,
            Arg("mode", Kind.INT, decode=named(arg_key("mode"), windows_constants.LOCK_MODES)),
            Arg("nbytes", Kind.INT),
        ),
        "lock[ {nbytes}] bytes of descriptor {fd}[ by {mode}]",
        meaning="A range of a file is locked or freed: a place where processes wait for each other.",
        platforms="windows",
    ),
)

EVENTS = READS + WRITES + OTHERS

_WRITES = (
    "winreg.CreateKey",
    "winreg.DeleteKey",
    "winreg.DeleteTree",
    "winreg.DeleteValue",
    "winreg.SetValue",
    "winreg.LoadKey",
    "winreg.SaveKey",
)

FAMILY = Family(
    EVENTS,
    dict.fromkeys((*_WRITES, "winreg.ConnectRegistry"), KEEP_ALL),
    frozenset((*_WRITES, "winreg.ConnectRegistry", "_wmi.exec_query")),
)
