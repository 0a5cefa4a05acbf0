"""Rows of the filesystem family that change nothing: listing, searching, locking, controlling descriptors."""

from __future__ import annotations

from otel_audit.events import constants
from otel_audit.events.decode import arg_key, hex_text, named
from otel_audit.events.files import LOCKF_COMMANDS, SEEK_ORIGINS, dir_fd, here, lock_operation, path
from otel_audit.model import Arg, Event, Kind

GROUP = "filesystem"

_HERE = Arg("path", Kind.PATH, decode=here)
_ATTRIBUTE = Arg("attribute", Kind.TEXT)
_PATTERN = Arg("pattern", Kind.PATH)
_GLOB = (Arg("pathname", Kind.TEXT), Arg("recursive", Kind.BOOL))
_TOPDOWN, _ONERROR = Arg("topdown", Kind.BOOL), Arg("onerror", Kind.SKIP)
_FOLLOW = Arg("follow_symlinks", Kind.BOOL)
_FD, _LENGTH = Arg("fd", Kind.INT), Arg("len", Kind.INT)

LISTED = (
    Event(
        "os.listdir",
        GROUP,
        (_HERE,),
        "list {FILE}",
        "medium",
        "A directory is listed: each import path once, and whatever looks around.",
        blocking=True,
    ),
    Event(
        "os.scandir",
        GROUP,
        (_HERE,),
        "list {FILE}",
        "medium",
        "A directory is listed with file types: walks, globs and shutil do it, one per directory.",
        blocking=True,
    ),
    Event(
        "os.walk",
        GROUP,
        (path("top"), _TOPDOWN, _ONERROR, Arg("followlinks", Kind.BOOL)),
        "walk {FILE}",
        "medium",
        "A tree is walked: a walk of / or of a home directory is a search.",
        since="3.9",
        blocking=True,
    ),
    Event(
        "os.fwalk",
        GROUP,
        (path("top"), _TOPDOWN, _ONERROR, _FOLLOW, dir_fd()),
        "walk {FILE}",
        meaning="A tree is walked by descriptors, safe from renames on the way: a walk of / is a search.",
        since="3.9",
        platforms="posix",
        blocking=True,
    ),
    Event(
        "pathlib.Path.walk",
        GROUP,
        (path("self"), Arg("on_error", Kind.SKIP), _FOLLOW),
        "walk {FILE}",
        meaning="A tree is walked by pathlib: a walk of / or of a home directory is a search.",
        since="3.12",
        blocking=True,
    ),
    Event(
        "pathlib.Path.glob",
        GROUP,
        (path("self"), _PATTERN),
        "match {pattern}[ in {FILE}]",
        meaning="Names in a directory are matched: what the program looks for, by pattern.",
        since="3.9",
        blocking=True,
    ),
    Event(
        "pathlib.Path.rglob",
        GROUP,
        (path("self"), _PATTERN),
        "match {pattern}[ below {FILE}]",
        meaning="Names in a whole tree are matched: slow on a large one, a search for `*.pem` or `.env` on any.",
        since="3.9",
        blocking=True,
    ),
    Event(
        "glob.glob",
        GROUP,
        _GLOB,
        "match {pathname}",
        "medium",
        "Names are matched by glob: a recursive one walks the whole tree; `*.pem` or `.env` is a search.",
        blocking=True,
    ),
    Event(
        "glob.glob/2",
        GROUP,
        (*_GLOB, Arg("root_dir", Kind.PATH), dir_fd()),
        "match {pathname}[ in {root_dir}]",
        "medium",
        "Names are matched by glob; repeats glob.glob with the directory it starts from.",
        since="3.10",
        blocking=True,
    ),
    Event(
        "os.getxattr",
        GROUP,
        (path(), _ATTRIBUTE),
        "read {attribute} of {FILE}",
        meaning="An extended attribute is read: capabilities, access lists or labels of a file.",
        platforms="linux",
        blocking=True,
    ),
    Event(
        "os.listxattr",
        GROUP,
        (_HERE,),
        "list attributes of {FILE}",
        meaning="Extended attributes are listed: copying files with their metadata does it, once per file.",
        platforms="linux",
        blocking=True,
    ),
    Event(
        "os.listdrives",
        GROUP,
        (),
        "list drives",
        meaning="Drives are listed: backup tools do it, and whatever looks for more data (Windows).",
        since="3.12",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "os.listmounts",
        GROUP,
        (Arg("volume", Kind.TEXT),),
        "list mounts[ of {volume}]",
        meaning="The mount points of a volume are listed: looking for where its data can be reached (Windows).",
        since="3.12",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "os.listvolumes",
        GROUP,
        (),
        "list volumes",
        meaning="Volumes are listed, unmounted ones too: looking for more data (Windows).",
        since="3.12",
        platforms="windows",
        blocking=True,
    ),
)

CONTROLLED = (
    Event(
        "fcntl.fcntl",
        GROUP,
        (_FD, Arg("cmd", Kind.INT, decode=named(arg_key("cmd"), constants.fcntl_commands)), Arg("arg", Kind.SIZE)),
        "control descriptor {fd}[: {cmd}]",
        "medium",
        "A descriptor's flags, locks or owner are read or set: F_SETFD decides what children inherit.",
        platforms="posix",
    ),
    Event(
        "fcntl.ioctl",
        GROUP,
        (
            _FD,
            Arg("request", Kind.INT, decode=named(arg_key("request"), constants.ioctl_requests, hex_text)),
            Arg("arg", Kind.SIZE),
        ),
        "control device on descriptor {fd}[: {request}]",
        "medium",
        "A device is controlled: terminals mostly, network devices sometimes (TIOCSTI types into a terminal).",
        platforms="posix",
    ),
    Event(
        "fcntl.flock",
        GROUP,
        (_FD, Arg("operation", Kind.INT, decode=lock_operation)),
        "lock descriptor {fd}[: {operation}]",
        "medium",
        "A file lock is taken or freed: a place where processes wait for each other.",
        platforms="posix",
    ),
    Event(
        "fcntl.lockf",
        GROUP,
        (
            _FD,
            Arg("cmd", Kind.INT, decode=lock_operation),
            _LENGTH,
            Arg("start", Kind.INT),
            Arg("whence", Kind.INT, decode=named(arg_key("whence"), SEEK_ORIGINS)),
        ),
        "lock a range of descriptor {fd}[: {operation}]",
        "medium",
        "A range lock is taken or freed: a place where processes wait for each other.",
        platforms="posix",
    ),
    Event(
        "os.lockf",
        GROUP,
        (_FD, Arg("cmd", Kind.INT, decode=named(arg_key("cmd"), LOCKF_COMMANDS)), _LENGTH),
        "lock a range of descriptor {fd}[: {cmd}]",
        meaning="A range lock is taken, tested or freed: a place where processes wait for each other.",
        platforms="posix",
    ),
)
