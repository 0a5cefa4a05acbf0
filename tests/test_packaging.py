"""What an installed wheel carries, built through an sdist as a release is; without the C core, which takes longer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from otel_audit.dashboards.files import packaged
from tests.conftest import ROOT

SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
INSTALLED = "import otel_audit.dashboards.files as f; print(f._root()); print(*f.packaged(), sep='\\n')"


def backend(folder: Path, call: str, target: Path) -> Path:
    """Run a hook of the build backend in a source tree; the file it made."""
    program = f"import sys; from setuptools import build_meta; print(build_meta.{call}(sys.argv[1]))"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", program, str(target)],
        cwd=folder,
        env={**kept, "CC": "false"},  # a compiler that always fails: the extension is optional
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return target / done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made of an sdist, which is made of the sources alone."""
    folder = tmp_path_factory.mktemp("build")
    tree = folder / "tree"
    tree.mkdir()
    for name in SOURCES:
        shutil.copy(ROOT / name, tree)
    leave = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__", "*.egg-info")
    for name in ("src", "grafana"):
        shutil.copytree(ROOT / name, tree / name, ignore=leave)
    stale = tree / "build" / "lib" / "otel_audit" / "grafana"
    stale.mkdir(parents=True)
    (stale / "old.json").write_text("{}")
    with tarfile.open(backend(tree, "build_sdist", folder)) as archive:
        (root,) = {PurePosixPath(name).parts[0] for name in archive.getnames()}
        archive.extractall(folder, filter="data")
    return backend(folder / root, "build_wheel", folder)


def test_a_wheel_has_the_dashboards(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        found = {
            PurePosixPath(name).relative_to("otel_audit/grafana"): archive.read(name)
            for name in archive.namelist()
            if name.startswith("otel_audit/grafana/")
        }
    assert found == packaged()


def test_a_wheel_has_the_data_of_its_modules(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src" / "otel_audit").rglob("*")
        if path.suffix in (".json", ".css", ".js", ".html", ".pyi", ".tcss") or path.name == "py.typed"
    }
    assert data <= names
    assert not [name for name in names if name.startswith(("grafana/", "tests/", "tools/"))]
    assert "otel_audit/inheritance/path/sitecustomize.py" in names  # a folder without __init__, alone on a path


def test_an_installed_wheel_finds_them(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    told = subprocess.run(
        [sys.executable, "-c", INSTALLED],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    root, *files = told.stdout.splitlines()
    assert Path(root) == tmp_path / "otel_audit" / "grafana"
    assert files == list(map(str, packaged()))
