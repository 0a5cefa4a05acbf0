"""`otel-audit top`: a live view of a program, or of a log stream."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from otel_audit.cli.table import cut, table
from otel_audit.cli.top_options import Options, parse, parser
from otel_audit.top import presentation
from otel_audit.top.feed import Feed
from otel_audit.top.follow import Follow
from otel_audit.top.model import VIEWS, Model, View
from otel_audit.top.program import Program
from otel_audit.top.source import Pipe, Source
from otel_audit.top.text import duration, number
from otel_audit.visible import visible

__all__ = ["main", "parse", "parser"]

_KEYBOARD = "/dev/tty"
"""Where keys come from when standard input is a stream."""
_LAST_LINES = 20
"""Of the output of a program that failed: a traceback mostly fits."""
_OF_NOW = ("rate", "last")
"""Columns that a printed table has no use for."""
_MOST = 20
"""Rows of a table that is printed."""
_CELL = 48
"""Characters of a cell that is printed, the last one's excepted: that fills the line."""


def main(arguments: Sequence[str]) -> int:
    """Show the view, or print a table; the exit code is the program's, if one is run."""
    options = parse(arguments)
    if not options.own.once:
        missing = _missing()
        if missing:
            print(f"otel-audit top: {missing}", file=sys.stderr)
            return 2
    try:
        return _print(options) if options.own.once else _view(options)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"otel-audit top: {visible(where)}{error.strerror or error}", file=sys.stderr)
        return 2


def _missing() -> str:
    """Why there cannot be a view; empty when there can."""
    if not sys.stdout.isatty():
        return "standard output is no terminal: --once prints tables instead"
    try:
        import textual  # noqa: F401
    except ImportError:
        return 'textual is not installed: pip install "otel-audit[top]"'
    if sys.stdin.isatty() or os.name == "nt":
        return ""
    try:
        os.close(os.open(_KEYBOARD, os.O_RDWR))
    except OSError:
        return "there is no keyboard, as nobody is logged in at a terminal here: --once prints tables instead"
    return ""


def _source(options: Options) -> Source:
    own = options.own
    if options.program:
        capture = not own.once
        return Program(
            options.program if capture else (*_no_summary(options.program), *options.program),
            options.name,
            stdin="inherit" if own.once or not sys.stdin.isatty() else "null",
            capture=capture,
            copy=None if own.output is None else Path(own.output),
        )
    if own.follow is not None:
        whole = own.once and own.seconds is None
        return Follow(Path(own.follow), from_start=own.from_start or whole, once=whole)
    return Pipe(os.dup(0), "standard input")


def _no_summary(program: Sequence[str]) -> tuple[str, ...]:
    """The tables say it already."""
    return () if "--summary" in program else ("--no-summary",)


def _view(options: Options) -> int:
    from otel_audit.top.view.app import TopApp

    if options.own.follow is None and not options.program and sys.stdin.isatty():
        print(
            "otel-audit top: standard input is a terminal: expected a stream, as in … | otel-audit top -",
            file=sys.stderr,
        )
        return 2
    source = _source(options)
    program = source if isinstance(source, Program) else None
    feed = Feed(source, Model())
    try:
        with _terminal():
            app = TopApp(
                feed,
                output=None if program is None else program.output,
                end=None if program is None else program.end,
                theme=options.own.theme,
            )
            app.run()
    finally:
        feed.close()
    if program is not None:
        _say_how_it_ended(program, feed.model)
    return (program.code or 0) if program is not None else app.return_code or 0


@contextlib.contextmanager
def _terminal() -> Iterator[None]:
    """Descriptors as textual wants them: keys on standard input, the screen on standard error."""
    kept = {number: os.dup(number) for number in (0, 2)}
    try:
        if os.name != "nt" and not os.isatty(0):
            keyboard = os.open(_KEYBOARD, os.O_RDWR)
            os.dup2(keyboard, 0)
            os.close(keyboard)
        if not os.isatty(2):
            os.dup2(1, 2)
        yield
    finally:
        for descriptor, copy in kept.items():
            os.dup2(copy, descriptor)
            os.close(copy)


def _say_how_it_ended(program: Program, model: Model) -> None:
    """On the terminal, after the view: the end of what a failed program said, its summary, its exit code."""
    assert program.output is not None
    lines = program.output.own()[-_LAST_LINES:] if program.code else []
    lines += program.output.summary()
    if program.output.error:
        lines.append(f"otel-audit top: --output is not complete: {program.output.error}")
    counted = f"{number(model.events, 'event')} in {number(model.records, 'record')}"
    lines.append(
        f"otel-audit top: {program.name}: exit code {program.code} after {duration(program.elapsed)}; {counted}"
    )
    sys.stderr.write("".join(f"{visible(line)}\n" for line in lines))


def _print(options: Options) -> int:
    source = _source(options)
    program = source if isinstance(source, Program) else None
    feed = Feed(source, Model())
    feed.start()
    try:
        _wait(feed, program, options.own.seconds)
    finally:
        feed.close()
    for line in printed(feed.model, time.time(), source.name):
        print(visible(line))
    return (program.code or 0) if program is not None else 0


def _wait(feed: Feed, program: Program | None, seconds: float | None) -> None:
    """Until it ends, the time is over, or somebody asks for the end."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        feed.wait(seconds)
        if program is not None and not feed.ended:
            program.end()
            feed.wait(None)
    except KeyboardInterrupt:
        _end(feed, program)
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(feed: Feed, program: Program | None) -> None:
    """Each further Ctrl-C asks the program more firmly."""
    while program is not None and not feed.ended:
        try:
            program.end()
            feed.wait(None)
        except KeyboardInterrupt:
            continue


def printed(model: Model, now: float, name: str) -> Iterator[str]:
    """The tables as text, at most 100 columns wide.

    Args:
        model: counted.
        now: seconds since 1970.
        name: of the source.
    """
    seconds = model.clock.newest - model.clock.began
    told = " · ".join(fact.text for fact in presentation.facts(model, now)[1:])  # without the rate of this moment
    yield f"otel-audit top: {name}: {told}{f' · {seconds:.1f} s' if seconds else ''}"
    if not model.records:
        yield "No record came."
    for view in VIEWS:
        rows = presentation.lines(model, view, "events", now)
        if rows:
            yield ""
            yield from _table(view, rows)


def _table(view: View, rows: list[presentation.Line]) -> Iterator[str]:
    columns = presentation.COLUMNS[view]
    kept = [at for at, column in enumerate(columns) if column.order not in _OF_NOW]
    shown = [[_cell(row.cells[at], columns[at], at == kept[-1]) for at in kept] for row in rows[:_MOST]]
    right = {column.title for column in columns if column.right}
    yield from table([columns[at].title for at in kept], shown, right=right)
    rest = len(rows) - len(shown)
    if rest:
        yield f"and {number(rest, 'more row')}"


def _cell(text: str, column: presentation.Column, last: bool) -> str:
    if last or len(text) <= _CELL:
        return text
    return "…" + text[1 - _CELL :] if column.path else cut(text, _CELL)
