"""Under `otel-audit run` a program cannot tell that it was not started by `python`. Each case is run both ways."""

from __future__ import annotations

import os
import py_compile
import signal
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

from tests.cli.command import QUIET, RUN, TIMEOUT, call, environment, script

LOOK = """
import sys
names = {name: value for name, value in globals().items() if name not in ("sys", "__builtins__")}
for name, value in sorted(names.items()):
    print(name, type(value).__name__ if name == "__loader__" else str(value).partition(" object at ")[0])
    print(getattr(value, "origin", None))
print(sys.argv, sys.path[0], sys.modules["__main__"].__dict__ is globals(), len(sys.path))
print(__builtins__ is __import__("builtins"), sys.stdin.read())
"""


@pytest.fixture(params=["c", "python"])
def core(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def place(tmp_path: Path) -> Path:
    script(tmp_path, LOOK)
    script(tmp_path, LOOK, "look.py")
    package = tmp_path / "package"
    package.mkdir()
    script(package, LOOK, "__main__.py")
    script(package, "", "__init__.py")
    zipapp.create_archive(package, tmp_path / "app.pyz")
    py_compile.compile(str(tmp_path / "app.py"), str(tmp_path / "compiled.pyc"))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.py").symlink_to(tmp_path / "app.py")
    return tmp_path


def both(
    *target: str, cwd: Path, stdin: str = "", core: str = "c", **variables: str
) -> tuple[subprocess.CompletedProcess[str], subprocess.CompletedProcess[str]]:
    """The same program, by `python` and by the command."""
    plain = call(sys.executable, *target, cwd=cwd, stdin=stdin, variables=variables)
    return plain, call(*RUN, *QUIET, "--core", core, *target, cwd=cwd, stdin=stdin, variables=variables)


def assert_alike(plain: subprocess.CompletedProcess[str], observed: subprocess.CompletedProcess[str]) -> None:
    assert observed.stdout == plain.stdout
    assert observed.stderr == plain.stderr
    assert observed.returncode == plain.returncode


@pytest.mark.parametrize(
    "target",
    [
        ("app.py", "--core", "x", "-m"),
        ("./elsewhere/../app.py",),
        ("elsewhere/link.py",),
        ("compiled.pyc",),
        ("-m", "look", "--help"),
        ("-m", "package", "-c"),
        ("-m", "package.__main__"),
        ("package", "a"),
        ("app.pyz", "a"),
        ("-c", LOOK, "-m", "x"),
    ],
    ids=lambda target: " ".join(target)[:24].strip(),
)
def test_finds_what_python_would_give_it(place: Path, target: tuple[str, ...], core: str) -> None:
    assert_alike(*both(*target, cwd=place, stdin="from a pipe", core=core))


def test_is_read_from_standard_input(place: Path) -> None:
    assert_alike(*both("-", "a", cwd=place, stdin="import sys; print(sys.argv, __name__, __file__, sys.path[0])"))


def test_options_glued_to_their_value_are_targets(place: Path) -> None:
    assert_alike(*both("-cimport sys; print(sys.argv)", "x", cwd=place))
    assert_alike(*both("-mlook", cwd=place))


def test_safe_path_is_respected(place: Path) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("PYTHONSAFEPATH is new in 3.11")
    assert_alike(*both("app.py", cwd=place, PYTHONSAFEPATH="1"))


def test_console_script_runs_it_too(place: Path) -> None:
    command = Path(sys.executable).with_name("otel-audit")
    plain = call(sys.executable, "app.py", "a", cwd=place)
    assert_alike(plain, call(str(command), "run", *QUIET, "app.py", "a", cwd=place))


@pytest.mark.parametrize(
    "ending",
    [
        "",
        "sys.exit()",
        "sys.exit(0)",
        "sys.exit(7)",
        "sys.exit('a reason')",
        "sys.exit((1, 2))",
        "os._exit(5)",
        "raise SystemExit(3)",
    ],
)
def test_exit_code_is_its_own(tmp_path: Path, ending: str, core: str) -> None:
    path = script(tmp_path, f"import os, sys\nprint('out', flush=True)\n{ending}")
    assert_alike(*both(path, cwd=tmp_path, core=core))


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    1 / 0\nf()",
        "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('x') from error",
        "this is no Python",
        "raise KeyboardInterrupt",
        "import sys\nsys.excepthook = lambda kind, value, trace: print(kind, trace.tb_frame.f_code.co_filename)\n1 / 0",
        "import sys, atexit\natexit.register(lambda: print(sys.last_traceback.tb_next))\n1 / 0",
        "import threading\nt = threading.Thread(target=lambda: print('late'))\nt.start()\n1 / 0",
    ],
)
def test_traceback_shows_its_frames_only(tmp_path: Path, source: str, core: str) -> None:
    plain, observed = both(script(tmp_path, source), cwd=tmp_path, core=core)
    assert plain.returncode != 0
    assert_alike(plain, observed)


def test_traceback_of_a_module_is_that_of_python(tmp_path: Path) -> None:
    script(tmp_path, "def f():\n    1 / 0\nf()", "broken.py")
    assert_alike(*both("-m", "broken", cwd=tmp_path))


@pytest.mark.parametrize("target", [("nofile.py",), ("-m", "nomodule"), ("empty",), ("-m", "empty")], ids=" ".join)
def test_what_is_not_there_is_refused_as_by_python(tmp_path: Path, target: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()
    plain, observed = both(*target, cwd=tmp_path)
    assert plain.returncode in (1, 2)
    assert_alike(plain, observed)


def test_its_classes_can_be_pickled(tmp_path: Path) -> None:
    source = (
        "import pickle, sys\nclass Order:\n    pass\n"
        "print(type(pickle.loads(pickle.dumps(Order()))) is Order, Order.__module__)"
    )
    plain, observed = both(script(tmp_path, source), cwd=tmp_path)
    assert plain.stdout == "True __main__\n"
    assert_alike(plain, observed)


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_multiprocessing_works(tmp_path: Path, method: str) -> None:
    source = f"""
import multiprocessing
class Order:
    def __init__(self, number): self.number = number
def double(order): return Order(order.number * 2)
if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        print([order.number for order in pool.map(double, [Order(1), Order(2)])])
"""
    script(tmp_path, source, "work.py")
    for target in (("work.py",), ("-m", "work")):
        plain, observed = both(*target, cwd=tmp_path)
        assert plain.stdout == "[2, 4]\n"
        assert_alike(plain, observed)


WAIT = """
import sys, threading
try:
    print("ready", flush=True); threading.Event().wait()
finally:
    print("cleaned up", flush=True)
"""


def signalled(number: int, *command: str) -> tuple[str, str, int]:
    process = subprocess.Popen(
        command,
        env=environment({}),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT)
    # How deep in the wait the signal came is chance: the traceback's first frame and its last line are not.
    lines = err.splitlines()
    return out, "\n".join(lines[:2] + lines[-1:]), process.returncode


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_do_what_they_do(tmp_path: Path, number: int, core: str) -> None:
    path = script(tmp_path, WAIT)
    plain = signalled(number, sys.executable, path)
    assert plain[2] == -number
    assert signalled(number, *RUN, *QUIET, "--core", core, path) == plain


def test_environment_is_its_own(tmp_path: Path) -> None:
    path = script(tmp_path, "import os; print(sorted(n for n in os.environ if n.startswith('OTEL_')))")
    assert call(*RUN, *QUIET, path).stdout == "[]\n"
    assert os.environ.get("OTEL_TRACES_EXPORTER") is None
