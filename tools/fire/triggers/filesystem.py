"""Files and directories."""

# Each call is here for the event it raises.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH107, PTH109, PTH123, PTH207, PTH208, PTH211

from __future__ import annotations

import fcntl
import glob
import os
import pathlib
import shutil
import tempfile
from contextlib import suppress

from tools.fire.triggers.registry import fires, write


@fires("open")
def open_() -> None:
    with open("orders.csv", "w", encoding="utf-8"):
        pass


@fires("os.chdir")
def chdir() -> None:
    os.mkdir("reports")
    os.chdir("reports")


@fires("os.chmod")
def chmod() -> None:
    os.chmod(write("deploy.sh"), 0o755)


@fires("os.chown")
def chown() -> None:
    os.chown(write("orders.csv"), os.getuid(), -1)


@fires("os.getxattr", "os.setxattr")
def getxattr() -> None:
    with suppress(OSError):  # not every file system has them, and the event comes first
        os.getxattr(write("orders.csv"), "user.origin")
    with suppress(OSError):
        os.setxattr("orders.csv", "user.origin", b"import")


@fires("os.listxattr", "os.removexattr")
def listxattr() -> None:
    with suppress(OSError):
        os.listxattr(write("orders.csv"))
    with suppress(OSError):
        os.removexattr("orders.csv", "user.origin")


@fires("os.link")
def link() -> None:
    os.link(write("orders.csv"), "orders.bak")


@fires("os.symlink")
def symlink() -> None:
    os.symlink("releases/42", "current")


@fires("os.listdir")
def listdir() -> None:
    os.mkdir("uploads")
    os.listdir("uploads")


@fires("os.scandir")
def scandir() -> None:
    os.mkdir("uploads")
    os.scandir("uploads").close()


@fires("os.mkdir")
def mkdir() -> None:
    os.mkdir("uploads", 0o750)


@fires("os.rmdir")
def rmdir() -> None:
    os.mkdir("uploads")
    os.rmdir("uploads")


@fires("os.remove")
def remove() -> None:
    os.remove(write("orders.csv"))


@fires("os.rename")
def rename() -> None:
    os.rename(write("orders.csv.part"), "orders.csv")


@fires("os.truncate")
def truncate() -> None:
    os.truncate(write("orders.csv"), 4096)


@fires("os.utime")
def utime() -> None:
    os.utime(write("orders.csv"), (1_763_700_000, 1_763_700_000))


@fires("os.lockf")
def lockf() -> None:
    with open(write("shop.lock"), "r+b") as file:
        os.lockf(file.fileno(), os.F_LOCK, 0)


@fires("fcntl.flock")
def flock() -> None:
    with open(write("shop.lock"), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@fires("fcntl.lockf")
def fcntl_lockf() -> None:
    with open(write("shop.lock"), "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 512, 0)


@fires("fcntl.fcntl")
def fcntl_() -> None:
    with open(write("shop.lock"), "r+b") as file:
        fcntl.fcntl(file, fcntl.F_SETFD, fcntl.FD_CLOEXEC)


@fires("fcntl.ioctl")
def ioctl() -> None:
    import termios

    read, wrote = os.pipe()
    fcntl.ioctl(read, termios.FIONREAD, b"\0\0\0\0")
    os.close(read)
    os.close(wrote)


@fires("os.walk")
def walk() -> None:
    list(os.walk("."))


@fires("os.fwalk")
def fwalk() -> None:
    list(os.fwalk("."))


@fires("glob.glob", "glob.glob/2")
def glob_() -> None:
    glob.glob("*.csv", root_dir="reports")


@fires("pathlib.Path.glob")
def path_glob() -> None:
    list(pathlib.Path("reports").glob("*.csv"))


@fires("pathlib.Path.rglob")
def path_rglob() -> None:
    list(pathlib.Path("reports").rglob("*.csv"))


@fires("pathlib.Path.walk", since=(3, 12))
def path_walk() -> None:
    list(pathlib.Path("reports").walk())  # type: ignore[attr-defined,unused-ignore]  # since 3.12


@fires("shutil.chown")
def shutil_chown() -> None:
    shutil.chown(write("orders.csv"), os.getuid(), os.getgid())


@fires("shutil.copyfile", "shutil.copymode")
def copyfile() -> None:
    shutil.copy(write("orders.csv"), "orders.bak")


@fires("shutil.copystat")
def copystat() -> None:
    shutil.copy2(write("orders.csv"), "orders.bak")


@fires("shutil.copytree")
def copytree() -> None:
    os.mkdir("templates")
    shutil.copytree("templates", "templates.bak")


@fires("shutil.make_archive")
def make_archive() -> None:
    write("reports/november.csv")
    shutil.make_archive("reports", "gztar", root_dir=".", base_dir="reports")


@fires("shutil.unpack_archive")
def unpack_archive() -> None:
    write("reports/november.csv")
    shutil.make_archive("reports", "zip", root_dir=".", base_dir="reports")
    shutil.unpack_archive("reports.zip", "restored")


@fires("shutil.move")
def move() -> None:
    os.mkdir("done")
    shutil.move(write("orders.csv"), "done/orders.csv")


@fires("shutil.rmtree")
def rmtree() -> None:
    write("cache/page.html")
    shutil.rmtree("cache")


@fires("tempfile.mkdtemp")
def mkdtemp() -> None:
    os.rmdir(tempfile.mkdtemp(prefix="report-", dir=os.getcwd()))


@fires("tempfile.mkstemp")
def mkstemp() -> None:
    descriptor, _ = tempfile.mkstemp(suffix=".csv", prefix="report-", dir=os.getcwd())
    os.close(descriptor)
