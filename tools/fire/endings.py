"""What comes when the bridge has closed and only counts: seen at the core, by its counters.

The C core's statics outlive the interpreter, so a second interpreter in the same process can read them: `lives.c`. The
Python core's are read by an audit hook that was added after the core's and so runs after it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tools.fire.processes import CannotProve, variables

CLEAR = "cpython.PyInterpreterState_Clear"
LAST = "cpython._PySys_ClearAuditHooks"
TIMEOUT_S = 60
WITNESS = {
    "c": "counted; read by the next interpreter in the same process",
    "python": "counted; read by a hook behind the core's",
}

_ARM = "import otel_audit; assert otel_audit.install().state == 'armed'"
_READ = """
from otel_audit.capture import _core as core
for id_, counts in core.counters():
    print(core.event_name(id_), counts[0])
"""
_PROGRAM = """
import os, sys
import otel_audit
from otel_audit.capture import _pystate
from otel_audit.runtime import bridge
assert otel_audit.install().state == "armed"

def witness(event, arguments, name={name!r}, write=os.write, threads=_pystate.STATE.threads,
            id_=[event.name for event in bridge().plan.events].index({name!r})):
    if event == name:  # builtins are gone by now: nothing but what is bound above
        seen = 0
        for thread in threads.values():
            if id_ in thread.counts:
                for count in thread.counts[id_][:7]:
                    seen += count
        write(1, b"%s %d\\n" % (name.encode(), seen))

sys.addaudithook(witness)
"""


def counted(core: str, directory: Path) -> dict[str, int]:
    """How often a core saw each event, those at the very end included.

    Raises:
        CannotProve: no compiler, or no shared libpython.
    """
    if core == "c":
        home = {"PYTHONHOME": sys.base_prefix, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [str(_compiled(directory)), _ARM, _READ]
    else:
        home, command = {}, [sys.executable, "-c", _PROGRAM.format(name=CLEAR)]
    done = subprocess.run(
        command,
        env={**variables(core), **home},
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode or done.stderr:
        raise RuntimeError(f"exit code {done.returncode}\n{done.stderr}")
    return {name: int(count) for name, count in (line.split(" ") for line in done.stdout.splitlines())}


def _compiled(directory: Path) -> Path:
    compiler = shutil.which("cc")
    library = sysconfig.get_config_var("LDVERSION")
    place = sysconfig.get_config_var("LIBDIR")
    if compiler is None:
        raise CannotProve("no C compiler")
    if not list(Path(place).glob(f"libpython{library}.so*")):
        raise CannotProve("no shared libpython")
    program, source = directory / "lives", Path(__file__).with_name("lives.c")
    include = sysconfig.get_path("include", vars={"installed_base": sys.base_prefix, "base": sys.base_prefix})
    subprocess.run(
        [compiler, source, "-o", program, f"-I{include}", f"-L{place}", f"-Wl,-rpath,{place}", f"-lpython{library}"],
        check=True,
        timeout=TIMEOUT_S,
    )
    return program
