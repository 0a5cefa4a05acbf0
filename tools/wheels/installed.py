"""A wheel, installed into a virtual environment that holds nothing else, and used."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tools.wheels.collector import Collector
from tools.wheels.commands import ROOT, Failed, run

OLDEST = ROOT / "tools" / "oldest.txt"
_COMPILED = tuple(
    f"otel_audit/{name}.cpython" for name in ("capture/_core", "otlp/_encode", "_wire", "_steps", "redaction/_calm")
)
_PROGRAM = """
import json, subprocess, sys
import otel_audit
from opentelemetry import trace

with trace.get_tracer("wheels").start_as_current_span("the request"):
    subprocess.run([sys.executable, "-c", "pass"], check=True)
flushed = otel_audit.flush(20)
status = otel_audit.health().status
print(json.dumps([status.state, status.core, flushed, otel_audit.__file__]))
"""
_EXPECTED = {
    "/v1/traces": (b"the request", b"python.audit.subprocess.Popen"),
    "/v1/logs": (b"python.audit.subprocess.Popen",),
    "/v1/metrics": (b"python.audit.events", b"python.audit.bridge.status"),
}


class Trial(NamedTuple):
    """What is installed where.

    Args:
        version: of the interpreter.
        python: the interpreter.
        wheel: the file.
        core: which one has to run.
        oldest: with the oldest dependencies that are promised, by uv; otherwise with the newest, by pip.
    """

    version: str
    python: Path
    wheel: Path
    core: str
    oldest: bool = False

    def __str__(self) -> str:
        return f"CPython {self.version}, {self.core} core, {'oldest' if self.oldest else 'newest'} dependencies"


def build(sdist: Path, python: Path, folder: Path, *, compiler: bool = True) -> Path:
    """Build a wheel of the sdist as an installer would.

    Args:
        sdist: the file.
        python: for which interpreter.
        folder: where to put it.
        compiler: False for a machine that has none.
    """
    env = {"OTEL_PYTHON_AUDIT_REQUIRE_C": "1"} if compiler else {"CC": "false"}
    run(*_uv("build", "--wheel", "--python", python, "--out-dir", folder, sdist), env=env)
    (made,) = folder.glob("*.whl")
    _check(made, compiler=compiler)
    return made


def _check(wheel: Path, *, compiler: bool) -> None:
    with zipfile.ZipFile(wheel) as archive:
        built = [name for name in archive.namelist() if name.startswith(_COMPILED)]
    pure = wheel.name.endswith("-py3-none-any.whl")
    if len(built) != len(_COMPILED) * compiler or pure == compiler:
        raise Failed(f"{wheel.name}: holds {built or 'nothing in C'}, {'with' if compiler else 'without'} a compiler")


def trial(given: Trial, folder: Path) -> Iterator[str]:
    """Install and use it; yield what was found.

    Raises:
        Failed: it does not work there.
    """
    venv = folder / "venv"
    wanted = f"otel-audit[otlp] @ {given.wheel.as_uri()}"
    installer = _by_uv(given.python, venv, wanted) if given.oldest else _by_pip(given.python, venv, wanted)
    listed = run(*_uv("pip", "list", "--python", venv / "bin" / "python", "--format", "json"))
    versions = {each["name"]: each["version"] for each in json.loads(listed[listed.index("[") :].splitlines()[0])}
    yield f"{installer}: opentelemetry-sdk {versions['opentelemetry-sdk']}, structlog {versions['structlog']}"
    yield _doctor(given, venv)
    yield _exported(given, venv, folder)


def _by_pip(python: Path, venv: Path, wanted: str) -> str:
    """As a user does it: the interpreter's own venv, with the pip that it brings."""
    run(python, "-m", "venv", venv)
    pip = (venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check")
    run(*pip, "install", wanted)
    run(*pip, "check")
    return " ".join(run(*pip, "--version").split()[:2])


def _by_uv(python: Path, venv: Path, wanted: str) -> str:
    """The oldest dependencies, sooner."""
    run(*_uv("venv", "--python", python, venv))
    run(*_uv("pip", "install", "--python", venv / "bin" / "python", "--constraint", OLDEST, wanted))
    return "uv"


def _doctor(given: Trial, venv: Path) -> str:
    """Its self-test, in both cores where there are two; without a compiler it has to say what is missing."""
    env = {"OTEL_PYTHON_AUDIT_CORE": "c"} if given.core == "c" else {}
    said = run(venv / "bin" / "otel-audit", "doctor", folder=venv, env=env)
    needed = "c core" if given.core == "c" else "install a compiler or a wheel of this Python for the C core"
    if needed not in said or "The bridge works" not in said:
        raise Failed(f"{given}: doctor does not say {needed!r}:\n{said}")
    return "doctor: " + said.strip().splitlines()[-1]


def _exported(given: Trial, venv: Path, folder: Path) -> str:
    program = folder / "program.py"
    program.write_text(_PROGRAM)
    bin_ = venv / "bin"
    with Collector() as collector:
        said = run(
            bin_ / "opentelemetry-instrument",
            bin_ / "python",
            program,
            folder=folder,
            env={
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
                "OTEL_SERVICE_NAME": "wheels",
                "NO_PROXY": "127.0.0.1",
            },
        )
        received = dict(collector.received)
    state, core, flushed, file = json.loads(said.splitlines()[-1])
    if [state, core, flushed] != ["armed", given.core, True] or not Path(file).is_relative_to(venv):
        raise Failed(f"{given}: the program says {said}")
    for path, names in _EXPECTED.items():
        missing = [name.decode() for name in names if name not in received.get(path, b"")]
        if missing:
            raise Failed(f"{given}: {path} got {len(received.get(path, b''))} bytes without {missing}\n{said}")
    return f"under opentelemetry-instrument: {core} core, all three signals arrived"


def _uv(*words: str | Path) -> tuple[str | Path, ...]:
    return sys.executable, "-m", "uv", *words
