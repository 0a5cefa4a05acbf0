"""Writes the dashboards' JSON: `python -m grafana.build`, or holds the written against the code with `--check`."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import bridge, fleet, security, service, trace

FOLDER = Path(__file__).parent / "files" / "dashboards"
DASHBOARDS: dict[str, Callable[[], Dashboard]] = {
    "fleet": fleet.dashboard,
    "service": service.dashboard,
    "trace": trace.dashboard,
    "security": security.dashboard,
    "bridge": bridge.dashboard,
}


def text(dashboard: Dashboard) -> str:
    """The JSON of one dashboard: keys in order, two spaces, one line end at the end."""
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def built() -> dict[Path, str]:
    """Every file there should be, and what it should hold."""
    return {FOLDER / f"{name}.json": text(make()) for name, make in DASHBOARDS.items()}


def stale(files: dict[Path, str]) -> Iterator[str]:
    """Differences between what is written and what should be, as unified diffs; files of no dashboard too."""
    for path, wanted in files.items():
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        name = f"grafana/files/dashboards/{path.name}"
        diff = difflib.unified_diff(there.splitlines(True), wanted.splitlines(True), name, f"{name} (built)")
        yield "".join(diff)
    for path in sorted(FOLDER.glob("*.json")):
        if path not in files:
            yield f"{path.name}: made by no module\n"


def main(words: list[str] | None = None) -> int:
    """Write, or check; 1 when the check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m grafana.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; print a diff and fail when not current")
    options = parser.parse_args(words)
    files = built()
    if options.check:
        differences = "".join(stale(files))
        sys.stdout.write(differences)
        if differences:
            print("dashboards: not current: run python -m grafana.build (make dashboards)", file=sys.stderr)
        return bool(differences)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, wanted in files.items():
        path.write_text(wanted, encoding="utf-8")
        print(f"{path.name}: {wanted.count(chr(10))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
