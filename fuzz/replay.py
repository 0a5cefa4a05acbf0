"""Plays inputs of files again: python -m fuzz.replay calls|records [--core c|python|both] [--part] FILE..."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import cast

from fuzz.player import Player
from fuzz.tally import FIELDS, Tally
from otel_audit.contract import Core

MODULES = {"c": "otel_audit.capture._core", "python": "otel_audit.capture._pycore"}


def cores(name: str) -> list[Core]:
    """One core, or both: the compiled one first."""
    names = ("c", "python") if name == "both" else (name,)
    return [cast(Core, import_module(MODULES[each])) for each in names]


def files(paths: list[Path]) -> list[Path]:
    """Files, and those in folders."""
    found: list[Path] = []
    for path in paths:
        found.extend(sorted(path.iterdir()) if path.is_dir() else [path])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fuzz.replay", description=__doc__)
    parser.add_argument("target", choices=("calls", "records"))
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--core", choices=("c", "python", "both"), default="both")
    parser.add_argument("--part", action="store_true", help="plans with a part of the catalogue, as capture has them")
    arguments = parser.parse_args()
    tally = Tally()
    if arguments.target == "calls":
        play = Player(cores(arguments.core), tally, fresh=True, whole=not arguments.part).play
    else:
        from fuzz.records import Reader

        play = Reader(tally).read
    for path in files(arguments.paths):
        try:
            play(path.read_bytes())
        except BaseException:
            print(f"in {path}:")
            raise
    print(" ".join(f"{name}={tally[name]}" for name in FIELDS if tally[name]))


if __name__ == "__main__":
    main()
