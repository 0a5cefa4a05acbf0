"""`otel-audit startup`: writes, removes and looks at the file by which an interpreter arms itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from otel_audit import settings, startup_file
from otel_audit.cli import starting
from otel_audit.startup_file import StartupError

_DESCRIPTION = f"""Write, remove or look at {startup_file.NAME} in the site-packages of this interpreter.

With the file there and OTEL_PYTHON_AUDIT_STARTUP=true in the environment, every start of this interpreter arms the
bridge before the program's first line and before the .pth files that come later. Without the variable the file does
nothing. OpenTelemetry is set up as before: by opentelemetry-instrument, by `otel-audit run` or by the program.
"""
_EXAMPLES = """examples:
  otel-audit startup install                  for the interpreter or virtual environment this command belongs to
  otel-audit startup install --user           in the user's own site-packages
  otel-audit startup install DIRECTORY        elsewhere: the site-packages of an image that is being built
  otel-audit startup status
  otel-audit startup remove
  OTEL_PYTHON_AUDIT_STARTUP=true opentelemetry-instrument python app.py
"""


def main(arguments: Sequence[str]) -> int:
    """Do it; 1 when it could not be done."""
    options = parser().parse_args(arguments)
    try:
        for line in _ACTIONS[options.action](options):
            print(line)
    except StartupError as error:
        sys.stdout.flush()
        print(f"otel-audit: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Options of the verb."""
    found = argparse.ArgumentParser(
        prog="otel-audit startup",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    found.add_argument("action", choices=tuple(_ACTIONS), help="what to do")
    where = found.add_mutually_exclusive_group()
    where.add_argument(
        "directory", nargs="?", type=Path, metavar="DIRECTORY", help="where (default: this interpreter's site-packages)"
    )
    where.add_argument("--user", action="store_true", help="in the user's own site-packages")
    return found


def _directory(options: argparse.Namespace) -> Path:
    if options.user:
        return startup_file.user_directory()
    given: Path | None = options.directory
    return startup_file.default_directory() if given is None else given.absolute()


def _install(options: argparse.Namespace) -> Iterator[str]:
    directory = _directory(options)
    if options.user:
        directory.mkdir(parents=True, exist_ok=True)
    changed = startup_file.install(directory)
    yield f"{directory / startup_file.NAME}: {'written' if changed else 'was there already'}"
    yield from _effect(directory)


def _remove(options: argparse.Namespace) -> Iterator[str]:
    directory = _directory(options)
    removed = startup_file.remove(directory)
    yield f"{directory / startup_file.NAME}: {'removed' if removed else 'was not there'}"


def _status(options: argparse.Namespace) -> Iterator[str]:
    chosen = options.user or options.directory is not None
    directories = [_directory(options)] if chosen else startup_file.directories()
    installed = False
    for directory in directories:
        there = startup_file.look(directory)
        installed = installed or there in ("ours", "old")
        meaning = {"ours": "there", "old": "there, of another version", "foreign": "there, but not ours", "absent": "-"}
        yield f"{directory / startup_file.NAME}: {meaning[there]}"
        if there in ("ours", "old"):
            yield from _effect(directory)
    if not installed:
        yield "no start-up file: otel-audit startup install writes one"
    yield f"{starting.VARIABLE}: {settings.variable(starting.VARIABLE) or 'not set; the file does nothing without it'}"


def _effect(directory: Path) -> Iterator[str]:
    """What comes of it: tried, where this interpreter reads the file."""
    earlier = startup_file.before_it(directory)
    if earlier:
        yield f"  read after: {', '.join(earlier)}"
    if directory not in startup_file.directories():
        yield f"  not tried: {sys.executable} reads no .pth files there"
        return
    found = starting.by_startup_file()
    yield f"  tried: {found.text}"


_ACTIONS = {"install": _install, "remove": _remove, "status": _status}
