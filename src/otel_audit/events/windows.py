"""The registry, and what else only Windows has. Registry values are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import Attributes, arg_key, named
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "windows"

# winreg.h: predefined keys, which are handles 0x80000000 and up, sign-extended on 64-bit systems.
_ROOTS = (
    "HKEY_CLASSES_ROOT",
    "HKEY_CURRENT_USER",
    "HKEY_LOCAL_MACHINE",
    "HKEY_USERS",
    "HKEY_PERFORMANCE_DATA",
    "HKEY_CURRENT_CONFIG",
    "HKEY_DYN_DATA",
)
_ROOT_BASE = 0x80000000

# winnt.h
_VALUE_TYPES = (
    "REG_NONE",
    "REG_SZ",
    "REG_EXPAND_SZ",
    "REG_BINARY",
    "REG_DWORD",
    "REG_DWORD_BIG_ENDIAN",
    "REG_LINK",
    "REG_MULTI_SZ",
    "REG_RESOURCE_LIST",
    "REG_FULL_RESOURCE_DESCRIPTOR",
    "REG_RESOURCE_REQUIREMENTS_LIST",
    "REG_QWORD",
)

# sys/locking.h
_LOCK_MODES = ("LK_UNLCK", "LK_LOCK", "LK_NBLCK", "LK_RLCK", "LK_NBRLCK")


def registry_key(value: Value) -> Attributes:
    """The root's name; any other key is an open handle."""
    if not isinstance(value, int):
        return {}
    index = (value & 0xFFFFFFFF) - _ROOT_BASE
    root = 0 <= index < len(_ROOTS) and (value >> 32) in (0, -1, 0xFFFFFFFF)
    return {arg_key("key"): _ROOTS[index] if root else f"{value & 0xFFFFFFFFFFFFFFFF:#x}"}


_KEY = Arg("key", Kind.INT, decode=registry_key)
_SUB_KEY = Arg("sub_key", Kind.TEXT)
_ACCESS = Arg("access", Kind.INT)
_INDEX = Arg("index", Kind.INT)
_FILE = Arg("file_name", Kind.PATH, semconv.FILE_PATH)
_TYPE = Arg("type", Kind.INT, decode=named(arg_key("type"), dict(enumerate(_VALUE_TYPES))))
_KEY_TEXT = r"{python.audit.arg.key}[\{python.audit.arg.sub_key}]"
_FD = Arg("fd", Kind.INT)

READS = (
    Event(
        "winreg.ConnectRegistry",
        GROUP,
        (Arg("computer_name", Kind.TEXT), _KEY),
        "open the registry[ of {python.audit.arg.computer_name}]",
        meaning="The registry of this or another computer is opened.",
    ),
    Event("winreg.OpenKey", GROUP, (_KEY, _SUB_KEY, _ACCESS), f"open key {_KEY_TEXT}", "medium", "A key is opened."),
    Event("winreg.OpenKey/result", GROUP, (_KEY,), frequency="medium", meaning="The handle of an opened key."),
    Event(
        "winreg.QueryValue",
        GROUP,
        (_KEY, _SUB_KEY, Arg("value_name", Kind.TEXT)),
        f"read {_KEY_TEXT}[ {{python.audit.arg.value_name}}]",
        "medium",
        "A registry value is read.",
    ),
    Event("winreg.EnumKey", GROUP, (_KEY, _INDEX), frequency="medium", meaning="Subkeys are listed."),
    Event("winreg.EnumValue", GROUP, (_KEY, _INDEX), frequency="medium", meaning="Values are listed."),
    Event("winreg.QueryInfoKey", GROUP, (_KEY,), meaning="What a key holds is counted."),
    Event("winreg.QueryReflectionKey", GROUP, (_KEY,), meaning="A key's 32/64-bit reflection is asked for."),
    Event("winreg.PyHKEY.Detach", GROUP, (_KEY,), meaning="A key's handle leaves Python's care."),
    Event("winreg.ExpandEnvironmentStrings", GROUP, (Arg("str", Kind.SIZE),), meaning="Variables are expanded."),
)

WRITES = (
    Event("winreg.CreateKey", GROUP, (_KEY, _SUB_KEY, _ACCESS), f"create key {_KEY_TEXT}", meaning="A key is made."),
    Event("winreg.DeleteKey", GROUP, (_KEY, _SUB_KEY, _ACCESS), f"delete key {_KEY_TEXT}", meaning="A key is deleted."),
    Event(
        "winreg.DeleteTree",
        GROUP,
        (_KEY, _SUB_KEY),
        f"delete tree {_KEY_TEXT}",
        meaning="A key is deleted with all below it (from Python 3.15).",
    ),
    Event(
        "winreg.DeleteValue",
        GROUP,
        (_KEY, Arg("value", Kind.TEXT)),  # the value's name
        "delete value[ {python.audit.arg.value}] of {python.audit.arg.key}",
        meaning="A registry value is deleted.",
    ),
    Event(
        "winreg.SetValue",
        GROUP,
        (_KEY, _SUB_KEY, _TYPE, Arg("value", Kind.SIZE)),
        f"set {_KEY_TEXT}",
        meaning="A registry value is set: programs stay installed this way, and so do intruders.",
    ),
    Event("winreg.LoadKey", GROUP, (_KEY, _SUB_KEY, _FILE), f"load {_KEY_TEXT}", meaning="A hive file is loaded."),
    Event("winreg.SaveKey", GROUP, (_KEY, _FILE), "save a key[ to {file.path}]", meaning="A key is saved to a file."),
    Event("winreg.DisableReflectionKey", GROUP, (_KEY,), meaning="A key's 32/64-bit reflection is switched off."),
    Event("winreg.EnableReflectionKey", GROUP, (_KEY,), meaning="A key's 32/64-bit reflection is switched on."),
)

OTHERS = (
    Event(
        "_wmi.exec_query",
        GROUP,
        (Arg("query", Kind.TEXT),),
        "query {python.audit.arg.query}",
        meaning="Windows is asked about itself (platform does it once).",
    ),
    Event("msvcrt.get_osfhandle", GROUP, (_FD,), meaning="A descriptor's Windows handle is taken."),
    Event(
        "msvcrt.open_osfhandle",
        GROUP,
        (Arg("handle", Kind.INT), Arg("flags", Kind.INT)),
        meaning="A Windows handle becomes a descriptor.",
    ),
    Event(
        "msvcrt.locking",
        GROUP,
        (
            _FD,
            Arg("mode", Kind.INT, decode=named(arg_key("mode"), dict(enumerate(_LOCK_MODES)))),
            Arg("nbytes", Kind.INT),
        ),
        meaning="A range of a file is locked or freed.",
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
