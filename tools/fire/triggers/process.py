"""Programs started and limited, signals, the environment."""

from __future__ import annotations

import os
import pty
import resource
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from tools.fire.triggers.registry import fires


@fires("subprocess.Popen")
def popen() -> None:
    # A credential, so that the sample shows what becomes of one.
    subprocess.run(["true", "dump", "--host=db", "--password=hunter2hunter2"], cwd=Path.cwd(), check=False)


@fires("_posixsubprocess.fork_exec", since=(3, 14))
def fork_exec() -> None:
    subprocess.run(["true", "--version"], close_fds=True, check=False)


@fires("os.system")
def system() -> None:
    os.system("true --backup orders")


@fires("os.exec")
def exec_() -> None:
    with suppress(OSError):  # or there would be nobody left to tell
        os.execve("/opt/shop/worker", ["worker", "--queue", "mail"], {"LANG": "C"})


@fires("os.posix_spawn")
def posix_spawn() -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true", "--once"], {"LANG": "C"}), 0)


@fires("pty.spawn")
def pty_spawn() -> None:
    with suppress(OSError):  # where there are no terminals the event came before
        pty.spawn(["true", "-i"])


@fires("os.fork")
def fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


@fires("os.forkpty")
def forkpty() -> None:
    try:
        child, terminal = os.forkpty()
    except OSError:
        return
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    os.close(terminal)


@fires("resource.setrlimit")
def setrlimit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@fires("resource.prlimit")
def prlimit() -> None:
    resource.prlimit(0, resource.RLIMIT_CORE, (0, 0))


@fires("os.kill")
def kill() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    os.kill(os.getpid(), signal.SIGUSR1)


@fires("os.killpg")
def killpg() -> None:
    os.killpg(os.getpgrp(), 0)


@fires("signal.pthread_kill")
def pthread_kill() -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)


@fires("os.putenv")
def putenv() -> None:
    os.environ["API_KEY"] = "sesame-opens-all-doors"


@fires("os.unsetenv")
def unsetenv() -> None:
    os.environ["SHOP_MODE"] = "test"
    del os.environ["SHOP_MODE"]


@fires("_thread.start_new_thread", since=(3, 12))
def start_new_thread() -> None:
    import _thread

    done = threading.Event()
    _thread.start_new_thread(done.set, ())
    done.wait(5)


@fires("_thread.start_joinable_thread", since=(3, 13))
def start_joinable_thread() -> None:
    thread = threading.Thread(target=int, daemon=True)
    thread.start()
    thread.join()


@fires("time.sleep", since=(3, 13))
def sleep() -> None:
    import time

    time.sleep(0.05)
