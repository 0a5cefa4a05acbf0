"""Files and directories: opened, listed, changed. Contents are never read.

Of two paths the one that appears or changes is `file.path`; the other keeps its own name.
"""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events import windows_constants
from otel_audit.events.decode import Masks, arg_key, flags, named, octal_mode
from otel_audit.events.family import BULK, IN_TRACE, Family
from otel_audit.events.files import (
    FILE_FLAGS,
    XATTR_FLAGS,
    dir_fd,
    open_flags,
    owner,
    owner_group,
    path,
    times,
    times_ns,
)
from otel_audit.events.filesystem_reads import CONTROLLED, LISTED
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "filesystem"

_MODE = Arg("mode", Kind.INT, decode=octal_mode)
_SRC = Arg("src", Kind.PATH)
_ATTRIBUTE = Arg("attribute", Kind.TEXT)
_CHOWN = (
    "set owner of {FILE}[ to user {FILE_OWNER_NAME}][ to user {FILE_OWNER_ID}]"
    "[ to group {FILE_GROUP_NAME}][ to group {FILE_GROUP_ID}]"
)
_TARGET = semconv.FILE_SYMBOLIC_LINK_TARGET_PATH
_TIMES = Arg("times", Kind.ADDRESS, decode=times)  # the kind that copies a tuple of numbers
_TIMES_NS = Arg("ns", Kind.ADDRESS, decode=times_ns)


def _words(name: str, masks: Masks) -> Arg:
    return Arg(name, Kind.INT, decode=flags(arg_key(name), masks))


OPENED = (
    Event(
        "open",
        GROUP,
        (path(), Arg("mode", Kind.TEXT), Arg("flags", Kind.INT, decode=open_flags)),
        "open {FILE}[ for {open_flags}]",
        "hot",
        "A file is opened, by open, os.open or an import: which request touches which file.",
        blocking=True,
    ),
    Event(
        "tempfile.mkstemp",
        GROUP,
        (path("fullpath"),),
        "create {FILE}",
        meaning="A temporary file is made, readable by its owner only: spools and uploads end here.",
        blocking=True,
    ),
    Event(
        "tempfile.mkdtemp",
        GROUP,
        (path("fullpath"),),
        "create {FILE}",
        meaning="A temporary directory is made: what is unpacked or built there, and whether it goes away.",
        blocking=True,
    ),
    Event(
        "_winapi.CreateFile",
        GROUP,
        (
            path("file_name"),
            _words("desired_access", windows_constants.FILE_RIGHTS),
            _words("share_mode", windows_constants.SHARE_MODES),
            Arg(
                "creation_disposition",
                Kind.INT,
                decode=named(arg_key("creation_disposition"), windows_constants.CREATION),
            ),
            _words("flags_and_attributes", windows_constants.FLAGS_AND_ATTRIBUTES),
        ),
        "open {FILE}[ for {desired_access}]",
        "medium",
        "A file, pipe or device is opened through the Windows interface: raw devices and pipes stand out (Windows).",
        platforms="windows",
        blocking=True,
    ),
)

CHANGED = (
    Event(
        "os.mkdir",
        GROUP,
        (path(), _MODE, dir_fd()),
        "create directory {FILE}",
        "medium",
        "A directory is made: in a request, where uploads and caches grow.",
        blocking=True,
    ),
    Event(
        "os.remove",
        GROUP,
        (path(), dir_fd()),
        "remove {FILE}",
        "medium",
        "A file is removed or unlinked: which request deletes what.",
        blocking=True,
    ),
    Event(
        "os.rmdir",
        GROUP,
        (path(), dir_fd()),
        "remove directory {FILE}",
        meaning="An empty directory is removed; of a whole tree each one tells.",
        blocking=True,
    ),
    Event(
        "os.rename",
        GROUP,
        (_SRC, path("dst"), dir_fd("src_dir_fd"), dir_fd("dst_dir_fd")),
        "rename {src} to {FILE}",
        "medium",
        "A file gets another name, by os.replace too; an existing one there is replaced.",
        blocking=True,
    ),
    Event(
        "os.link",
        GROUP,
        (_SRC, path("dst"), dir_fd("src_dir_fd"), dir_fd("dst_dir_fd")),
        "link {src} as {FILE}",
        meaning="A file gets a second name: its content stays reachable after the first is removed.",
        blocking=True,
    ),
    Event(
        "os.symlink",
        GROUP,
        (Arg("src", Kind.PATH, _TARGET), path("dst"), dir_fd()),
        "link {FILE} to {FILE_SYMBOLIC_LINK_TARGET_PATH}",
        meaning="A symbolic link is made: the usual trick to make a program write elsewhere.",
        blocking=True,
    ),
    Event(
        "os.chmod",
        GROUP,
        (path(), _MODE, dir_fd()),
        "set mode of {FILE} to {FILE_MODE}",
        "medium",
        "Permissions change: a file that becomes executable or writable for all stands out.",
        blocking=True,
    ),
    Event(
        "os.chown",
        GROUP,
        (path(), Arg("uid", Kind.INT, decode=owner), Arg("gid", Kind.INT, decode=owner_group), dir_fd()),
        _CHOWN,
        meaning="A file changes hands: to root or from root stands out.",
        platforms="posix",
        blocking=True,
    ),
    Event(
        "os.chflags",
        GROUP,
        (path(), _words("flags", FILE_FLAGS)),
        "set flags of {FILE}[ to {flags}]",
        meaning="File flags change: immutable ones come off before tampering, hidden ones go on after it (macOS, BSD).",
        platforms="macos",
        blocking=True,
    ),
    Event(
        "os.truncate",
        GROUP,
        (path("fd"), Arg("length", Kind.INT)),
        "truncate {FILE}[ to {length} bytes]",
        meaning="A file is cut or extended, by descriptor or by path: logs being emptied stand out.",
        blocking=True,
    ),
    Event(
        "os.utime",
        GROUP,
        (path(), _TIMES, _TIMES_NS, dir_fd()),
        "set times of {FILE}[ to {FILE_MODIFIED}]",
        meaning="A file's times are set: copying and unpacking do it, hiding traces too (times in the past).",
        blocking=True,
    ),
    Event(
        "os.setxattr",
        GROUP,
        (path(), _ATTRIBUTE, Arg("value", Kind.SIZE), _words("flags", XATTR_FLAGS)),
        "set {attribute} of {FILE}",
        meaning="An extended attribute is set: capabilities and access lists live there; its value is not read.",
        platforms="linux",
        blocking=True,
    ),
    Event(
        "os.removexattr",
        GROUP,
        (path(), _ATTRIBUTE),
        "remove {attribute} of {FILE}",
        meaning="An extended attribute is removed: a capability, an access list or a quarantine mark goes.",
        platforms="linux",
        blocking=True,
    ),
    Event(
        "os.chdir",
        GROUP,
        (path(),),
        "change directory to {FILE}",
        meaning="The working directory changes for every thread: relative paths now mean something else.",
        blocking=True,
    ),
    Event(
        "_winapi.CopyFile2",
        GROUP,
        (Arg("existing_file_name", Kind.PATH), path("new_file_name"), _words("flags", windows_constants.COPY_FLAGS)),
        "copy {existing_file_name} to {FILE}",
        meaning="A file is copied by the system, for shutil.copy2: what leaves its directory, and where to (Windows).",
        since="3.12",
        platforms="windows",
        blocking=True,
    ),
    Event(
        "_winapi.CreateJunction",
        GROUP,
        (Arg("src_path", Kind.PATH, _TARGET), path("dst_path")),
        "link {FILE} to {FILE_SYMBOLIC_LINK_TARGET_PATH}",
        meaning="A directory junction is made: writes below it land elsewhere (Windows).",
        platforms="windows",
        blocking=True,
    ),
)

COPIED = (
    Event(
        "shutil.copyfile",
        GROUP,
        (_SRC, path("dst")),
        "copy {src} to {FILE}",
        "medium",
        "A file is copied by its content alone: what leaves its directory, and where to.",
        blocking=True,
    ),
    Event(
        "shutil.copymode",
        GROUP,
        (_SRC, path("dst")),
        "copy mode of {src} to {FILE}",
        meaning="Permissions are copied onto another file: executable or world-writable ones too.",
        blocking=True,
    ),
    Event(
        "shutil.copystat",
        GROUP,
        (_SRC, path("dst")),
        "copy times and mode of {src} to {FILE}",
        meaning="Times, permissions and attributes are copied onto another file: it looks as old as the first.",
        blocking=True,
    ),
    Event(
        "shutil.copytree",
        GROUP,
        (_SRC, path("dst")),
        "copy tree {src} to {FILE}",
        meaning="A directory tree is copied; its files follow one by one, so it costs what the tree is large.",
        blocking=True,
    ),
    Event(
        "shutil.move",
        GROUP,
        (_SRC, path("dst")),
        "move {src} to {FILE}",
        meaning="A file or tree is moved; across file systems it is copied and removed, which is slow.",
        blocking=True,
    ),
    Event(
        "shutil.rmtree",
        GROUP,
        (path(), dir_fd()),
        "remove tree {FILE}",
        meaning="A directory tree is removed: the call that empties disks.",
        blocking=True,
    ),
    Event(
        "shutil.chown",
        GROUP,
        (path(), Arg("user", Kind.TEXT, decode=owner), Arg("group", Kind.TEXT, decode=owner_group)),
        _CHOWN,
        meaning="A file changes hands, by user or group name; os.chown follows with the numbers.",
        platforms="posix",
        blocking=True,
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
        "archive[ {root_dir}] as {base_name}[ ({format})]",
        meaning="A tree is packed into one file: backups and releases do it, data on its way out too.",
        blocking=True,
    ),
    Event(
        "shutil.unpack_archive",
        GROUP,
        (path("filename"), Arg("extract_dir", Kind.PATH), Arg("format", Kind.TEXT)),
        "unpack {FILE}[ to {extract_dir}]",
        meaning="An archive is unpacked: its names may point outside the target.",
        blocking=True,
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
