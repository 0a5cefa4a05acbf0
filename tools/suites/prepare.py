"""Puts a suite on disk: its source distribution, and a virtual environment with it, its needs and the bridge.

Everything lies in a cache outside the clone. The bridge is installed as users get it, as a wheel built from the clone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from tools.suites.catalogue import Project

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "otel-audit" / "suites"
_SOURCES: Final = ("src", "grafana", "pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "*.so", "*.egg-info", "*.pyc")


def version_of(python: str) -> str:
    """`3.13.0`."""
    return _output(python, "-c", "import platform; print(platform.python_version())").strip()


def project(python: str, wanted: Project) -> tuple[Path, Path]:
    """Fetch, unpack, install.

    Returns:
        the unpacked source distribution, and the virtual environment.
    """
    source = _unpacked(python, wanted)
    extras = f"[{wanted.extras}]" if wanted.extras else ""
    name = f"{wanted.name}-{wanted.version}-{version_of(python)}"
    return source, _environment(python, name, (f"{source}{extras}", *wanted.needs))


def cpython(python: str) -> Path:
    """A virtual environment for the interpreter's own tests."""
    return _environment(python, f"cpython-{version_of(python)}", ())


def wheel_in(environment: Path) -> str:
    """Digest of the sources that the bridge of a virtual environment was built from."""
    return (environment / ".stamp").read_text().rpartition("-")[2]


def shipped(python: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of CPython's test files that this interpreter comes with."""
    folder = Path(_output(python, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))").strip()) / "test"
    return tuple(name for name in names if (folder / f"{name}.py").exists() or (folder / name).is_dir())


def _unpacked(python: str, wanted: Project) -> Path:
    archives, sources = CACHE / "sdists", CACHE / "sources"
    stem = f"{wanted.name}-{wanted.version}"
    target = sources / stem
    if target.exists():
        return target
    archive = archives / f"{stem}.tar.gz"
    if not archive.exists():
        get = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", wanted.name, "--dest", str(archives))
        _run(python, *get, f"{wanted.name}=={wanted.version}")
    with tempfile.TemporaryDirectory(dir=_made(sources)) as folder, tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
        (Path(folder) / stem).rename(target)
    return target


def _environment(python: str, name: str, needs: tuple[str, ...]) -> Path:
    folder = _made(CACHE / "venvs") / name
    inside = str(folder / "bin" / "python")
    if not Path(inside).exists():
        _run(python, "-m", "venv", str(folder))
    wheel = _wheel(inside)
    stamp, wanted = folder / ".stamp", "\n".join((*needs, wheel.name, wheel.parent.name))
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    pip = (inside, "-m", "pip", "install", "--quiet")
    _run(*pip, *needs, f"{wheel}[otlp]")
    _run(*pip, "--force-reinstall", "--no-deps", str(wheel))  # the version does not change with the sources
    stamp.write_text(wanted)
    return folder


def _wheel(python: str) -> Path:
    """The bridge, built from a copy: the clone stays as it is, and may change while a suite runs."""
    with tempfile.TemporaryDirectory() as folder:
        for name in _SOURCES:
            source, target = ROOT / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=_LEFT_OUT)
            else:
                shutil.copy2(source, target)
        wheels = CACHE / "wheels" / f"{version_of(python)}-{_digest(Path(folder))}"
        if not list(wheels.glob("*.whl")):
            build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), folder)
            _run(python, *build, OTEL_PYTHON_AUDIT_REQUIRE_C="1")
    return next(wheels.glob("*.whl"))


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _run(*command: str, **variables: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    subprocess.run(command, check=True, env={**clean, **variables})
