"""What `otel-audit top` understands: its own options, those of `run`, and the program."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from otel_audit.cli import run

_USAGE = """otel-audit top [options] (SCRIPT | DIRECTORY | ARCHIVE | -m MODULE | -c CODE) [arguments]
       otel-audit top [options] --follow FILE
       … | otel-audit top [options] -"""
_DESCRIPTION = """Watch what a Python program does: a live view of its events by name, of traces, peers, processes and
files, and of the records as they come. Of a program that is run here, or of the JSON log stream of one that runs
elsewhere. The numbers are of records in the stream: what a sampler left out is not in it.
"""
_EXAMPLES = """Options of `otel-audit run` (--include, --sampling, --config-file, …) go to the program's bridge.
Its output is kept for the view; Ctrl-C or q ends it, and its exit code is that of this command.

examples:
  otel-audit top app.py --port 8000
  otel-audit top --include default,filesystem -m pytest
  otel-audit top --follow audit.jsonl
  ssh host tail -F audit.jsonl | otel-audit top -
  otel-audit top --once app.py > table.txt
  otel-audit top --once --seconds 10 --follow audit.jsonl

Keys: ? in the view shows them.
"""
_OURS = ("--log-stream", "--log-format")


class Options(NamedTuple):
    """What is wanted.

    Args:
        own: options of this verb.
        program: arguments of `otel-audit run`; empty where a stream is read.
        name: of the program, for the header.
    """

    own: argparse.Namespace
    program: tuple[str, ...]
    name: str


def parser() -> argparse.ArgumentParser:
    """Options of the verb itself; those of `run` are looked up there."""
    found = argparse.ArgumentParser(
        prog="otel-audit top",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    found.add_argument("--follow", metavar="FILE", help="watch a JSON log stream in a file, as tail -F does")
    found.add_argument("--from-start", action="store_true", help="with --follow: also what the file holds already")
    found.add_argument("--output", metavar="FILE", help="write the program's output there too")
    found.add_argument("--theme", choices=("dark", "light"), default="dark", help="colours of the view (default: dark)")
    found.add_argument("--once", action="store_true", help="no view: print tables when the stream or the program ends")
    found.add_argument("--seconds", type=_seconds, metavar="N", help="with --once: end after so many seconds")
    return found


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise ValueError(text)
    return value


_seconds.__name__ = "number of seconds"  # argparse says it


def parse(arguments: Sequence[str]) -> Options:
    """Tell our options, those of `run` and the program from each other."""
    found = parser()
    ours, theirs, at = _split(found, arguments)
    own, rest = found.parse_args(ours), list(arguments[at:])
    stream = rest == ["-"] or own.follow is not None
    if own.follow is not None and rest:
        found.error(f"--follow and a program ({rest[0]}): expected one of them")
    if stream and theirs:
        found.error(f"{theirs[0]}: expected a program to go with it")
    if not stream and not rest:
        found.error("expected a program, --follow FILE, or - for a stream on standard input")
    if own.from_start and own.follow is None:
        found.error("--from-start: expected --follow with it")
    if own.output is not None and (stream or own.once):
        found.error("--output: expected a program in the view to go with it")
    if own.seconds is not None and not own.once:
        found.error("--seconds: expected --once with it")
    if stream:
        return Options(own, (), "")
    if rest[0] == "-":
        found.error("-: expected nothing behind it; a program cannot come from standard input here")
    _, target = run.parse([*theirs, *rest])
    words = (
        ("-m", target.name) if target.kind == "module" else ("-c …",) if target.kind == "command" else (target.name,)
    )
    return Options(own, (*theirs, *rest), " ".join((*words, *target.arguments)))


def _split(found: argparse.ArgumentParser, arguments: Sequence[str]) -> tuple[list[str], list[str], int]:
    """Words that are our options, words that are options of `run`, and where the target begins."""
    own, others = found._option_string_actions, run.parser()._option_string_actions
    ours: list[str] = []
    theirs: list[str] = []
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word in ("-", "--") or not word.startswith("-") or word[:2] in ("-m", "-c"):
            break
        name, assigned, _ = word.partition("=")
        if name in _OURS:
            found.error(f"{name}: the view reads the stream itself")
        action = own.get(name) or others.get(name)
        if action is None:
            near = get_close_matches(name, [*own, *others], 1)
            found.error(f"{name}: no such option{f'; did you mean {near[0]}?' if near else ''}")
        size = 1 if assigned or action.nargs == 0 else 2
        (ours if name in own else theirs).extend(arguments[at : at + size])
        at += size
    return ours, theirs, at
