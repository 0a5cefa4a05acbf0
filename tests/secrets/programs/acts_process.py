"""Programs started with secrets among their arguments and in their environment."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence

from tests.secrets import commands
from tests.secrets.forms import HERE
from tests.secrets.planting import Garden

TRUE = shutil.which("true") or "/bin/true"
NOWHERE = "/nonexistent/tool"
MANY = 60
TEXT_MAX, ITEM_MAX = 1024, 256
"""Where the hook cuts."""


def run(plant: Garden) -> None:
    """Every option form, as arguments and as a shell's line."""
    for known in commands.KNOWN:
        words = (known.program, *known.before, *known.option)
        started(_filled(words, plant(f"argv {shlex.join(words)}")))
        sys.audit("os.system", _line(words, plant(f"line {shlex.join(words)}")).encode())
    for option in commands.OPTIONS:
        spawned(_filled(("tool", option, HERE, "x"), plant(f"argv {option} X")))
        spawned(_filled(("sudo", "tool", f"{option}={HERE}"), plant(f"argv {option}=X")))
        sys.audit("os.system", f"tool {option} '{plant(f'line {option} X')}' && ls".encode())
        sys.audit("os.system", f'sh -c "tool {option}={plant(f"nested {option}=X")}"'.encode())
    for key in commands.ENVIRONMENT_KEYS:
        started(["env", f"{key}={plant(f'argv {key}=')}", "true"])
        sys.audit("os.system", f"{key}={plant(f'line {key}=')} app".encode())
    shells(plant)
    others(plant)
    environments(plant)
    cut(plant)


def _filled(words: Sequence[str], secret: str) -> list[str]:
    return [word.replace(HERE, secret) for word in words]


def _line(words: Sequence[str], secret: str) -> str:
    return shlex.join(_filled(words, secret))


def started(arguments: list[str], **options: object) -> None:
    """A real process, which does nothing."""
    subprocess.run(arguments, executable=TRUE, check=False, **options)  # type: ignore[call-overload]


def spawned(arguments: list[str]) -> None:
    os.waitpid(os.posix_spawn(TRUE, arguments, {}), 0)


def shells(plant: Garden) -> None:
    """Real shells."""
    subprocess.run(f"true --password={plant('shell=True')}; true --token '{plant('shell=True, second')}'", shell=True)
    os.system(f"API_TOKEN={plant('os.system KEY=')} true --api-key {plant('os.system')} > /dev/null")
    subprocess.run(["sh", "-c", f"exec true mysql -p{plant('sh -c')}"], check=True)


def others(plant: Garden) -> None:
    """The other ways to start a program; what cannot be done harmlessly, or not here, is raised as CPython would."""
    for call in (os.execv, os.execvp):
        try:
            call(NOWHERE, ["mysql", "-p" + plant(call.__name__)])
        except OSError:
            pass
    try:
        os.execve(NOWHERE, ["tool", "--token", plant("os.execve")], {"DB_PASSWORD": plant.hidden("os.execve env")})
    except OSError:
        pass
    sys.audit("pty.spawn", ["mysql", "-p" + plant("pty.spawn")])
    sys.audit("os.spawn", 0, "mysql", ("mysql", "-p" + plant("os.spawn")), {"A": plant.hidden("os.spawn env")})
    listed = [os.fsencode(TRUE)], [b"mysql", b"-p" + plant("fork_exec").encode()]
    sys.audit("_posixsubprocess.fork_exec", *listed, [b"A=" + plant.hidden("fork_exec env").encode()])
    sys.audit("_winapi.CreateProcess", None, f'tool.exe --password "{plant("CreateProcess")}"', None)
    sys.audit("subprocess.Popen", None, f"mysql.exe -p{plant('Popen on Windows')}", None, None)
    sys.audit("os.startfile/2", "a.txt", "open", f"/x --password={plant('os.startfile/2')}", None, 1)


def environments(plant: Garden) -> None:
    """Values of variables are never captured."""
    started(["true"], env={"DB_PASSWORD": plant.hidden("Popen env"), "HARMLESS": plant.hidden("Popen env, harmless")})
    os.waitpid(os.posix_spawn(TRUE, ["true"], {"A": plant.hidden("posix_spawn env")}), 0)
    os.environ["A_SECRET"] = plant.hidden("os.environ")
    os.putenv("ANOTHER", plant.hidden("os.putenv"))
    del os.environ["A_SECRET"]
    os.unsetenv("ANOTHER")


def cut(plant: Garden) -> None:
    """Where the hook cuts a text or an item, within a secret, and behind the last item it takes."""
    for bound in range(TEXT_MAX - 24, TEXT_MAX + 6, 3):
        line = _padded("tool --password=", bound) + plant(f"line cut at {bound}", length=64)
        sys.audit("os.system", line.encode())
        url = _padded("https://h/?token=", bound) + plant(f"URL cut at {bound}", length=64)
        sys.audit("urllib.Request", url, None, {}, "GET")
    for bound in range(ITEM_MAX - 24, ITEM_MAX + 6, 3):
        secret = plant(f"item cut at {bound}", length=64)
        started(["curl", "-H", _padded("Authorization: Bearer ", bound) + secret])
        started(["sh", "-c", _padded("mysql -p", bound) + secret])
    started(["tool", *["x"] * MANY, "--password", plant("argv item 62"), "--token", plant("argv item 64"), "--token",
             plant("argv item 66")])  # fmt: skip


def _padded(before_secret: str, bound: int) -> str:
    """So much harmless text before it that the secret begins near the bound."""
    return f"{'x' * (bound - len(before_secret) - 1)} {before_secret}"
