"""Everything a release is made of, tried here: python -m tools.wheels. Needs the tools of tools/pinned/release.txt."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.wheels import cross, identifiers, source
from tools.wheels.commands import Failed
from tools.wheels.installed import Trial, build, trial
from tools.wheels.interpreters import installed

AT_ONCE = 2
"""Processors of a small machine; most of the time is waiting for files."""


def main() -> int:
    """Print one line for each thing that holds; 1 at the first that does not."""
    parser = argparse.ArgumentParser(prog="python -m tools.wheels", description=__doc__)
    parser.add_argument("--python", action="append", metavar="3.X", help="only this version (again for more)")
    parser.add_argument("--no-cross", action="store_true", help="do not compile for other platforms")
    options = parser.parse_args()
    pythons = {version: path for version, path in installed().items() if version in (options.python or [version])}
    if not pythons:
        print("wheels: no CPython from 3.10 found", file=sys.stderr)
        return 1
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="otel-audit-wheels-") as folder:
            _all(pythons, Path(folder), cross_compile=not options.no_cross)
    except Failed as error:
        print(f"wheels: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("wheels: stopped", file=sys.stderr)
        return 130
    print(f"wheels: all of it holds ({time.monotonic() - began:.0f} s)")
    return 0


def _all(pythons: dict[str, Path], folder: Path, *, cross_compile: bool) -> None:
    made = source.sdist(source.clean_tree(folder), _new(folder / "sdist"))
    print(f"{made.name}: built of what git knows, metadata checked", flush=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(_version, version, python, made, folder) for version, python in pythons.items()]
        jobs.append(pool.submit(_configured))
        newest = list(pythons)[-1]
        jobs.append(pool.submit(_without_compiler, newest, pythons[newest], made, folder))
        if cross_compile:
            jobs.append(pool.submit(_cross, pythons, folder))
        try:
            for job in jobs:
                print(job.result(), flush=True)
        finally:
            for job in jobs:
                job.cancel()


def _version(version: str, python: Path, sdist: Path, folder: Path) -> str:
    wheel = build(sdist, python, _new(folder / version))
    lines = [f"{wheel.name}: built of the sdist"]
    for oldest in (False, True):
        lines += _tried(Trial(version, python, wheel, "c", oldest), _new(folder / f"{version}-{oldest}"))
    return "\n".join(lines)


def _without_compiler(version: str, python: Path, sdist: Path, folder: Path) -> str:
    wheel = build(sdist, python, _new(folder / "pure"), compiler=False)
    lines = [f"{wheel.name}: built of the sdist without a compiler"]
    return "\n".join([*lines, *_tried(Trial(version, python, wheel, "python"), _new(folder / "pure-tried"))])


def _tried(given: Trial, folder: Path) -> list[str]:
    return [f"  {given}", *(f"    {line}" for line in trial(given, folder))]


def _configured() -> str:
    return "\n".join(["cibuildwheel is configured for", *identifiers.check()])


def _cross(pythons: dict[str, Path], folder: Path) -> str:
    ends = {min(pythons, key=_minor), max(pythons, key=_minor)}
    found = [
        f"  {target}, headers of {version}"
        for version in sorted(ends, key=_minor)
        for target in cross.compile_everywhere(pythons[version], _new(folder / f"cross-{version}"))
    ]
    return "\n".join(["the C core compiles without a warning for", *found])


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def _new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
