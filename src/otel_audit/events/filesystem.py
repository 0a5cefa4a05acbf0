"""Files and directories: opened, listed, changed. Contents are never read.

Of two paths the one that appears or changes is `file.path`; the other keeps its own name.
"""

from __future__ import annotations

import os

from otel_audit import semconv
from otel_audit.events.decode import Attributes, arg_key, descriptor, number_text, octal_mode
from otel_audit.events.family import BULK, IN_TRACE, Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "filesystem"

_ACCESS = {0: ["read"], 1: ["write"], 2: ["read", "write"], 3: []}
"""The low two bits of open's flags (POSIX and Windows alike)."""

_OPEN_WORDS = (("O_APPEND", "append"), ("O_CREAT", "create"), ("O_TRUNC", "truncate"), ("O_EXCL", "exclusive"))
_OPEN_FLAGS = [(getattr(os, name, 0), word) for name, word in _OPEN_WORDS]
_LOCK_WORDS = ((1, "shared"), (2, "exclusive"), (4, "nonblocking"), (8, "unlock"))  # LOCK_* of flock(2)
_UNCHANGED = (-1, 0xFFFFFFFF)
"""An owner that stays: os.chown's -1, which arrives unsigned."""


def open_flags(value: Value) -> Attributes:
    """In words; also right where mode is None (os.open)."""
    if not isinstance(value, int):
        return {}
    words = _ACCESS[value & 3] + [word for flag, word in _OPEN_FLAGS if value & flag]
    return {arg_key("open_flags"): words}


def lock_operation(value: Value) -> Attributes:
    """flock's operation in words."""
    if not isinstance(value, int):
        return {}
    return {arg_key("operation"): " ".join(word for flag, word in _LOCK_WORDS if value & flag)}


def owner(value: Value) -> Attributes:
    """A user, by number or by name."""
    return _account(value, semconv.FILE_OWNER_ID, semconv.FILE_OWNER_NAME)


def owner_group(value: Value) -> Attributes:
    """A group, by number or by name."""
    return _account(value, semconv.FILE_GROUP_ID, semconv.FILE_GROUP_NAME)


def _account(value: Value, id_key: str, name_key: str) -> Attributes:
    if isinstance(value, str):
        return {name_key: value}
    if not isinstance(value, int) or value in _UNCHANGED:
        return {}
    return {id_key: number_text(value)}


def _path(name: str = "path") -> Arg:
    return Arg(name, Kind.PATH, semconv.FILE_PATH)


def _dir_fd(name: str = "dir_fd") -> Arg:
    return Arg(name, Kind.INT, decode=descriptor(name))


_FD = Arg("fd", Kind.INT)
_MODE = Arg("mode", Kind.INT, decode=octal_mode)
_SRC = Arg("src", Kind.PATH)
_ATTRIBUTE = Arg("attribute", Kind.TEXT)
_PATTERN = Arg("pattern", Kind.PATH)
_GLOB = (Arg("pathname", Kind.TEXT), Arg("recursive", Kind.BOOL))
_TOPDOWN, _ONERROR = Arg("topdown", Kind.BOOL), Arg("onerror", Kind.SKIP)
_FOLLOW = Arg("follow_symlinks", Kind.BOOL)

OPENED = (
    Event(
        "open",
        GROUP,
        (_path(), Arg("mode", Kind.TEXT), Arg("flags", Kind.INT, decode=open_flags)),
        "open[ {file.path}][ descriptor {python.audit.arg.fd}][ for {python.audit.arg.open_flags}]",
        "hot",
        "A file is opened, by open, os.open or an import: which request touches which file.",
    ),
    Event("tempfile.mkstemp", GROUP, (_path("fullpath"),), "create {file.path}", meaning="A temporary file is made."),
    Event("tempfile.mkdtemp", GROUP, (_path("fullpath"),), "create {file.path}", meaning="A temporary directory."),
    Event(
        "_winapi.CreateFile",
        GROUP,
        (
            _path("file_name"),
            Arg("desired_access", Kind.INT),
            Arg("share_mode", Kind.INT),
            Arg("creation_disposition", Kind.INT),
            Arg("flags_and_attributes", Kind.INT),
        ),
        "open {file.path}",
        "medium",
        "A file, pipe or device is opened through the Windows interface.",
    ),
)

CHANGED = (
    Event(
        "os.mkdir", GROUP, (_path(), _MODE, _dir_fd()), "create directory {file.path}", "medium", "A directory is made."
    ),
    Event("os.remove", GROUP, (_path(), _dir_fd()), "remove {file.path}", "medium", "A file is removed or unlinked."),
    Event("os.rmdir", GROUP, (_path(), _dir_fd()), "remove directory {file.path}", meaning="A directory is removed."),
    Event(
        "os.rename",
        GROUP,
        (_SRC, _path("dst"), _dir_fd("src_dir_fd"), _dir_fd("dst_dir_fd")),
        "rename {python.audit.arg.src} to {file.path}",
        "medium",
        "A file gets another name, by os.replace too; an existing one there is replaced.",
    ),
    Event(
        "os.link",
        GROUP,
        (_SRC, _path("dst"), _dir_fd("src_dir_fd"), _dir_fd("dst_dir_fd")),
        "link {python.audit.arg.src} as {file.path}",
        meaning="A file gets a second name.",
    ),
    Event(
        "os.symlink",
        GROUP,
        (Arg("src", Kind.PATH, semconv.FILE_SYMBOLIC_LINK_TARGET_PATH), _path("dst"), _dir_fd()),
        "link {file.path} to {file.symbolic_link.target_path}",
        meaning="A symbolic link is made: the usual trick to make a program write elsewhere.",
    ),
    Event(
        "os.chmod",
        GROUP,
        (_path(), _MODE, _dir_fd()),
        "set mode of {file.path} to {file.mode}",
        "medium",
        "Permissions change: a file that becomes executable or writable for all stands out.",
    ),
    Event(
        "os.chown",
        GROUP,
        (_path(), Arg("uid", Kind.INT, decode=owner), Arg("gid", Kind.INT, decode=owner_group), _dir_fd()),
        "set owner of {file.path}[ to user {file.owner.id}][ to group {file.group.id}]",
        meaning="A file changes hands.",
    ),
    Event(
        "os.chflags",
        GROUP,
        (_path(), Arg("flags", Kind.INT)),
        "set flags of {file.path}",
        meaning="File flags change, such as immutable or hidden (macOS, BSD).",
    ),
    Event(
        "os.truncate",
        GROUP,
        (_path("fd"), Arg("length", Kind.INT)),
        "truncate {file.path}[ to {python.audit.arg.length} bytes]",
        meaning="A file is cut or extended, by descriptor or by path.",
    ),
    Event(
        "os.utime",
        GROUP,
        (_path(), Arg("times", Kind.SKIP), Arg("ns", Kind.SKIP), _dir_fd()),
        "set times of {file.path}",
        meaning="A file's times are set: copying does it, hiding traces too.",
    ),
    Event(
        "os.setxattr",
        GROUP,
        (_path(), _ATTRIBUTE, Arg("value", Kind.SIZE), Arg("flags", Kind.INT)),
        "set {python.audit.arg.attribute} of {file.path}",
        meaning="An extended attribute is set: capabilities and access lists live there (Linux).",
    ),
    Event(
        "os.removexattr",
        GROUP,
        (_path(), _ATTRIBUTE),
        "remove {python.audit.arg.attribute} of {file.path}",
        meaning="An extended attribute is removed (Linux).",
    ),
    Event(
        "os.chdir",
        GROUP,
        (_path(),),
        "change directory to {file.path}",
        meaning="The working directory changes for every thread: relative paths now mean something else.",
    ),
    Event(
        "_winapi.CopyFile2",
        GROUP,
        (Arg("existing_file_name", Kind.PATH), _path("new_file_name"), Arg("flags", Kind.INT)),
        "copy {python.audit.arg.existing_file_name} to {file.path}",
        meaning="A file is copied by Windows, for shutil.copy2.",
    ),
    Event(
        "_winapi.CreateJunction",
        GROUP,
        (Arg("src_path", Kind.PATH, semconv.FILE_SYMBOLIC_LINK_TARGET_PATH), _path("dst_path")),
        "link {file.path} to {file.symbolic_link.target_path}",
        meaning="A directory junction is made (Windows).",
    ),
)

COPIED = (
    Event(
        "shutil.copyfile",
        GROUP,
        (_SRC, _path("dst")),
        "copy {python.audit.arg.src} to {file.path}",
        "medium",
        "A file is copied.",
    ),
    Event(
        "shutil.copymode",
        GROUP,
        (_SRC, _path("dst")),
        "copy mode of {python.audit.arg.src} to {file.path}",
        meaning="Permissions are copied.",
    ),
    Event(
        "shutil.copystat",
        GROUP,
        (_SRC, _path("dst")),
        "copy times and mode of {python.audit.arg.src} to {file.path}",
        meaning="Times, permissions and attributes are copied.",
    ),
    Event(
        "shutil.copytree",
        GROUP,
        (_SRC, _path("dst")),
        "copy tree {python.audit.arg.src} to {file.path}",
        meaning="A directory tree is copied; its files follow one by one.",
    ),
    Event(
        "shutil.move",
        GROUP,
        (_SRC, _path("dst")),
        "move {python.audit.arg.src} to {file.path}",
        meaning="A file or tree is moved, by copying across file systems.",
    ),
    Event(
        "shutil.rmtree",
        GROUP,
        (_path(), _dir_fd()),
        "remove tree {file.path}",
        meaning="A directory tree is removed: the call that empties disks.",
    ),
    Event(
        "shutil.chown",
        GROUP,
        (_path(), Arg("user", Kind.TEXT, decode=owner), Arg("group", Kind.TEXT, decode=owner_group)),
        "set owner of {file.path}[ to {file.owner.name}][ to group {file.group.name}]",
        meaning="A file changes hands by name; os.chown follows.",
    ),
    Event(
        "shutil.make_archive",
        GROUP,
        (
            Arg("base_name", Kind.PATH),
            Arg("format", Kind.TEXT),
            Arg("root_dir", Kind.PATH),
            Arg("base_dir", Kind.PATH),
        ),
        "archive[ {python.audit.arg.root_dir}] as {python.audit.arg.base_name}[ ({python.audit.arg.format})]",
        meaning="A tree is packed: data gathered in one file.",
    ),
    Event(
        "shutil.unpack_archive",
        GROUP,
        (_path("filename"), Arg("extract_dir", Kind.PATH), Arg("format", Kind.TEXT)),
        "unpack {file.path}[ to {python.audit.arg.extract_dir}]",
        meaning="An archive is unpacked: its names may point outside the target.",
    ),
)

LISTED = (
    Event("os.listdir", GROUP, (_path(),), "list[ {file.path}]", "medium", "A directory is listed."),
    Event("os.scandir", GROUP, (_path(),), "list[ {file.path}]", "medium", "A directory is listed, with file types."),
    Event(
        "os.walk",
        GROUP,
        (_path("top"), _TOPDOWN, _ONERROR, Arg("followlinks", Kind.BOOL)),
        "walk {file.path}",
        "medium",
        "A tree is walked: a walk of / is a search.",
    ),
    Event(
        "os.fwalk",
        GROUP,
        (_path("top"), _TOPDOWN, _ONERROR, _FOLLOW, _dir_fd()),
        "walk {file.path}",
        meaning="A tree is walked by descriptors.",
    ),
    Event(
        "pathlib.Path.walk",
        GROUP,
        (_path("self"), Arg("on_error", Kind.SKIP), _FOLLOW),
        "walk {file.path}",
        meaning="A tree is walked by pathlib.",
    ),
    Event(
        "pathlib.Path.glob",
        GROUP,
        (_path("self"), _PATTERN),
        "match {python.audit.arg.pattern}[ in {file.path}]",
        meaning="Names are matched in a directory.",
    ),
    Event(
        "pathlib.Path.rglob",
        GROUP,
        (_path("self"), _PATTERN),
        "match {python.audit.arg.pattern}[ below {file.path}]",
        meaning="Names are matched in a tree.",
    ),
    Event("glob.glob", GROUP, _GLOB, "match {python.audit.arg.pathname}", "medium", "Names are matched by glob."),
    Event(
        "glob.glob/2",
        GROUP,
        (*_GLOB, Arg("root_dir", Kind.PATH), _dir_fd()),
        "match {python.audit.arg.pathname}[ in {python.audit.arg.root_dir}]",
        "medium",
        "Names are matched by glob; repeats glob.glob with its root.",
    ),
    Event(
        "os.getxattr",
        GROUP,
        (_path(), _ATTRIBUTE),
        "read {python.audit.arg.attribute} of {file.path}",
        meaning="An extended attribute is read (Linux).",
    ),
    Event("os.listxattr", GROUP, (_path(),), "list attributes[ of {file.path}]", meaning="Attributes are listed."),
    Event("os.listdrives", GROUP, (), "list drives", meaning="Drives are listed (Windows)."),
    Event("os.listmounts", GROUP, (Arg("volume", Kind.TEXT),), "list mounts", meaning="Mount points (Windows)."),
    Event("os.listvolumes", GROUP, (), "list volumes", meaning="Volumes are listed (Windows)."),
)

CONTROLLED = (
    Event(
        "fcntl.fcntl",
        GROUP,
        (_FD, Arg("cmd", Kind.INT), Arg("arg", Kind.SIZE)),
        "control descriptor {python.audit.arg.fd}",
        "medium",
        "A descriptor's flags are read or set.",
    ),
    Event(
        "fcntl.ioctl",
        GROUP,
        (_FD, Arg("request", Kind.INT), Arg("arg", Kind.SIZE)),
        "control device on descriptor {python.audit.arg.fd}",
        "medium",
        "A device is controlled: terminals mostly, network devices sometimes.",
    ),
    Event(
        "fcntl.flock",
        GROUP,
        (_FD, Arg("operation", Kind.INT, decode=lock_operation)),
        "lock descriptor {python.audit.arg.fd}[ {python.audit.arg.operation}]",
        "medium",
        "A file lock is taken or freed: a place where processes wait for each other.",
    ),
    Event(
        "fcntl.lockf",
        GROUP,
        (_FD, Arg("cmd", Kind.INT), Arg("len", Kind.INT), Arg("start", Kind.INT), Arg("whence", Kind.INT)),
        "lock a range of descriptor {python.audit.arg.fd}",
        "medium",
        "A range lock is taken or freed: a place where processes wait for each other.",
    ),
    Event(
        "os.lockf",
        GROUP,
        (_FD, Arg("cmd", Kind.INT), Arg("len", Kind.INT)),
        "lock a range of descriptor {python.audit.arg.fd}",
        meaning="A range lock is taken, tested or freed.",
    ),
)

EVENTS = OPENED + CHANGED + COPIED + LISTED + CONTROLLED

_OWNERSHIP = ("os.chflags", "os.setxattr", "os.removexattr", "shutil.unpack_archive")
_ONE_BY_ONE = ("os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link", "os.symlink", "os.chmod", "os.chown")
_TREES = ("shutil.copytree", "shutil.move", "shutil.rmtree", "shutil.make_archive", "os.truncate", "os.chdir")

# Left out of `default`: reads, locks, and what repeats an event that is in it (shutil.chown, mkdtemp, copymode).
FAMILY = Family(
    EVENTS,
    {
        "open": IN_TRACE,
        **dict.fromkeys((*_ONE_BY_ONE, "shutil.copyfile", "_winapi.CopyFile2", "tempfile.mkstemp"), BULK),
        **dict.fromkeys((*_TREES, *_OWNERSHIP, "_winapi.CreateJunction"), KEEP_ALL),
    },
    frozenset((*_OWNERSHIP, "os.chmod", "os.chown", "shutil.chown")),
)
