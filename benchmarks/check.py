"""Whether the hook got slower: instructions of its paths now, against those of the revision in benchmarks/reference.

    python -m benchmarks.check [--against REVISION] [--required]

Both are built on the spot, with the compiler and the interpreter at hand, and counted by callgrind, so that neither the
machine's load nor its age shows. A path's instructions are its own: those of the event without those of an event that
goes to an empty C hook, those of a span's end without those of the SDK. More than 5 % more on a path of the hook fails,
and 10 % more of a span's start or end, which differ by some 5 % with the layout of memory. A change that is worth it
moves the reference:

    git rev-parse HEAD > benchmarks/reference
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks import callgrind
from benchmarks.instructions import EXPECTED
from benchmarks.result import ROOT
from benchmarks.subjects import EMPTY_C

REFERENCE = ROOT / "benchmarks" / "reference"
LIMIT, OF_SPANS_LIMIT = 0.05, 0.10
BUILT_FROM = ("src", "setup.py", "pyproject.toml", "README.md", "LICENSE")
HOOK = (
    "c: ignored",
    "c: counted, no context",
    "c: counted, in a span",
    "c: sampled out, in a span",
    "c: rate limited, in a span",
    "c: recorded, ring, outside",
    "c: recorded, ring",
    "c: recorded, span",
    "c: recorded, ring and span",
    "c: recorded, ring and span, limiter",
    "c: merged, ring and span",
    "c: lost, ring and span full",
    "python: ignored",
    "python: counted, in a span",
    "python: recorded, ring and span",
)
BARE_END = "c: end, no audit events"
FLOORS = {
    **dict.fromkeys(HOOK, EMPTY_C),
    "c: start": "SDK alone: start",
    BARE_END: "SDK alone: end, no audit events",
    "c: end, ten audit events": BARE_END,
}
"""What is compared, and what of it is not ours: both are rows of `benchmarks.instructions`."""
ROWS = tuple(dict.fromkeys((*FLOORS.values(), *FLOORS)))
OF_SPANS = tuple(row for row in ROWS if row not in HOOK and row != EMPTY_C)
LAYOUTS = ("", "-" * 5, "-" * 14, "-" * 61)
"""What a folder's name ends with. Where objects lie in memory depends on the length of paths, and on that what finds a
place in the interpreter's cache of methods: a span's start can be 1 % dearer by it, which is 5 % of what is ours. Text
that lies at the end of a page takes 11 instructions more to compare, which is 18 % of an ignored event."""


class CannotCompare(Exception):
    """What is missing, in a line."""


class Change(NamedTuple):
    """One path, and its own instructions of one event, or of one span."""

    path: str
    before: float
    now: float

    @property
    def share(self) -> float:
        """How much was added: 0.05 is five percent more."""
        return self.now / self.before - 1

    @property
    def regression(self) -> bool:
        """Whether it fails the check."""
        return self.now > self.before * (1 + self.limit)

    @property
    def limit(self) -> float:
        """The share that may be added."""
        return OF_SPANS_LIMIT if self.path in OF_SPANS else LIMIT


def changes(before: Mapping[str, float], now: Mapping[str, float]) -> list[Change]:
    """Path by path; one that could not be counted on either side is an error.

    What is not ours is the same on both sides: the lower count of it is taken for both.
    """
    floors = {row: min(before[row], now[row]) for row in FLOORS.values() if row not in FLOORS}
    return [
        Change(path, before[path] - floors.get(row, before[row]), now[path] - floors.get(row, now[row]))
        for path, row in FLOORS.items()
    ]


def table(found: list[Change]) -> str:
    """As it is printed."""
    lines = [f"{'instructions, what is not ours off':<50}{'reference':>12}{'now':>12}{'change':>10}"]
    for change in found:
        mark = f"  <- more than {change.limit * 100:.0f} %" if change.regression else ""
        lines.append(f"{change.path:<50}{change.before:>12,.1f}{change.now:>12,.1f}{change.share:>+10.1%}{mark}")
    return "\n".join(lines)


def unpack(revision: str, folder: Path) -> None:
    """The files of a revision.

    Raises:
        CannotCompare: this is no clone, or the revision is not in it.
    """
    try:
        subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--git-dir"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotCompare(f"{ROOT} is no git clone, and the reference is a revision") from error
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", revision]
    archive = subprocess.run(command, capture_output=True, check=False)
    if archive.returncode:
        hint = f"git fetch --depth=1 origin {revision}"
        raise CannotCompare(f"revision {revision} is not in this clone's history; get it: {hint}")
    folder.mkdir()
    subprocess.run(["tar", "-xf", "-", "-C", str(folder)], input=archive.stdout, check=True)


def copy_here(folder: Path) -> None:
    """The files as they are now, committed or not, without what was built of them."""
    folder.mkdir()
    for name in BUILT_FROM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.so", "__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, folder / name)


def build(folder: Path) -> None:
    """Compile the extensions there, as its own setup.py says."""
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
    environment = {**os.environ, "OTEL_PYTHON_AUDIT_REQUIRE_C": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench-check: {folder.name} does not compile:\n{done.stderr[-2000:]}")


def count(folder: Path, extensions: Path) -> dict[str, float]:
    """Build what is there, and count the instructions of its paths: the fewest, as the layout of memory matters."""
    build(folder)
    fewest: dict[str, float] = {}
    for layout in LAYOUTS:
        there = folder.with_name(folder.name + layout)
        if layout:
            there.symlink_to(folder)
        source = str(there / "src")
        variables = {"PYTHONPATH": source, EXPECTED: source}
        found, said = callgrind.run("benchmarks.instructions", [str(extensions), *ROWS], extensions, variables)
        missing = [row for row in ROWS if row not in found]
        if missing:
            raise SystemExit(f"bench-check: {folder.name}: not counted: {'; '.join(missing)}\n{said}")
        fewest |= {row: min(found[row], fewest.get(row, found[row])) for row in ROWS}
    return fewest


def compare(revision: str) -> list[Change]:
    """Both sides at once, each on a core of its own where there are two."""
    with tempfile.TemporaryDirectory() as name:
        extensions, before, now = (Path(name, part) for part in ("extensions", "reference", "now"))
        unpack(revision, before)
        copy_here(now)
        extensions.mkdir()
        try:
            callgrind.build_extensions(extensions)
        except callgrind.Unavailable as error:
            raise CannotCompare(str(error)) from error
        with ThreadPoolExecutor(2) as pool:
            return changes(*pool.map(lambda folder: count(folder, extensions), (before, now)))


def main() -> int:
    """Compare and print; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="REVISION", default=REFERENCE.read_text().split()[0])
    parser.add_argument("--required", action="store_true", help="fail where nothing can be compared")
    arguments = parser.parse_args()
    try:
        found = compare(arguments.against)
    except CannotCompare as missing:
        print(f"bench-check: nothing was compared: {missing}")
        return int(arguments.required)
    print(f"CPython {sys.version.split()[0]}, reference {arguments.against}\n\n{table(found)}\n")
    worse = [f"{change.path} {change.share:+.1%}" for change in found if change.regression]
    if worse:
        print(f"bench-check: more instructions than may be added: {'; '.join(worse)}")
        return 1
    print(f"bench-check: no path of the hook has more than {LIMIT:.0%} more instructions, no span {OF_SPANS_LIMIT:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
