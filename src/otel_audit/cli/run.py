"""`otel-audit run`: arm the bridge, set OpenTelemetry up, become the program."""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from otel_audit import ENTERED, blind_spot, runtime, setting_up, settings
from otel_audit.cli import exit_summary, program
from otel_audit.cli.program import Target
from otel_audit.errors import AuditError
from otel_audit.settings import Settings
from otel_audit.sinks.summary import Summary

if TYPE_CHECKING:
    from otel_audit.cli.exit_report import ExitReport

_REPORT = "--report"
_ROWS = tuple(row for row in settings.ROWS if not row.variable_only)
_USAGE = "otel-audit run [options] (SCRIPT | DIRECTORY | ARCHIVE | - | -m MODULE | -c CODE) [arguments]"
_DESCRIPTION = """Run a Python program and record what it does, without touching its code.

Where the OpenTelemetry variables name an OTLP endpoint, everything goes there, as under opentelemetry-instrument.
Otherwise a stream of records and a summary at the end go to standard error. Exit code, signals, standard input,
sys.argv and __main__ are those of the program.
"""
_EXAMPLES = """Each option is also a variable (--ring-size is OTEL_PYTHON_AUDIT_RING_SIZE) and a key of the file
(ring_size); the option wins, then OTEL_CONFIG_FILE, the variable, the file. A value that cannot be used is one line on
standard error, and the program runs without the bridge.

examples:
  otel-audit run app.py --port 8000
  otel-audit run --include default,filesystem --exclude 'os.listdir' app.py
  otel-audit run --sampling 'open=10/s,import=first' -m http.server
  otel-audit run --log-stream audit.jsonl --no-summary -c 'import antigravity'
  otel-audit run --config-file audit.toml app.py
  otel-audit run --report report.html app.py
  otel-audit run --children app.py
  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 otel-audit run app.py
"""


class Options(NamedTuple):
    """What stands before the target.

    Args:
        settings: those given, by name, as text that knows its option.
        summary: whether to print one; None lets the destination decide.
        report: file of the page to write at the end; None for no page.
    """

    settings: dict[str, settings.Option]
    summary: bool | None
    report: str | None = None


def main(arguments: Sequence[str]) -> int:
    """Run the program; returns when it ended without raising."""
    options, target = parse(arguments)
    report = _early.report if _early else _prepare(options.report, target)
    program.enter(target)
    try:
        begin = _start(options, report)
    except Exception as error:  # never the program's business
        runtime.say(f"{type(error).__qualname__}: {error}; going on without")
        begin = _nothing
    if report is None:
        program.run(target, begin)
    else:
        with report.watching():
            program.run(target, begin)
    return 0


class _Armed(NamedTuple):
    """What `_arm` made: the page of the report, and whether OpenTelemetry's variables name an endpoint."""

    report: ExitReport | None
    exporting: bool


_early: _Armed | None = None


def arm_early(arguments: Sequence[str]) -> None:
    """Arm while the interpreter is still starting: the start-up file asks for it.

    What stands against it is said by `main`, a moment later. Processors may be the program's, which is not found yet:
    then `main` arms too.
    """
    global _early
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            options, target = parse(arguments)
        chosen = _chosen(options)
        if Settings(**chosen).processors:
            return
    except (SystemExit, AuditError):
        return
    _early = _arm(options, _prepare(options.report, target), runtime.install_early)


def _prepare(path: str | None, target: Target) -> ExitReport | None:
    if path is None:
        return None
    from otel_audit.cli import exit_report  # not for every run

    return exit_report.prepare(path, target)


def _nothing() -> None:
    """There is no bridge to switch on."""


def parser() -> argparse.ArgumentParser:
    """Options of the verb: one for each row of the settings."""
    found = argparse.ArgumentParser(
        prog="otel-audit run",
        usage=_USAGE,
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for row in _ROWS:
        default = f" (default: {row.default})" if row.default else ""
        value: dict[str, Any] = {"nargs": "?", "const": "true"} if row.flag else {}
        text = f"{row.meaning}: {row.expected}{default}"
        found.add_argument(_option(row), dest=row.name, metavar="X", help=text, **value)
    found.add_argument(
        "--summary",
        action=argparse.BooleanOptionalAction,
        help="what happened, printed at the end to standard error (default: when no endpoint is named)",
    )
    found.add_argument(
        _REPORT, metavar="FILE", help='what happened, as one HTML page written at the end; needs "otel-audit[report]"'
    )
    return found


def _option(row: settings.Row) -> str:
    return "--" + row.name.replace("_", "-")


def parse(arguments: Sequence[str]) -> tuple[Options, Target]:
    """Options up to the target; everything after it is the program's."""
    found = parser()
    at = _target_at(arguments)
    given = vars(found.parse_args(arguments[:at]))
    rest = arguments[at + 1 :] if arguments[at : at + 1] == ["--"] else arguments[at:]
    target = _target(found, rest)
    summary, report = given.pop("summary"), given.pop("report")
    options = {_option(row): (row.name, given[row.name]) for row in _ROWS if given[row.name] is not None}
    chosen = {name: settings.Option(text, option) for option, (name, text) in options.items()}
    return Options(chosen, summary, report), target


def _target_at(arguments: Sequence[str]) -> int:
    """Where the options end. argparse would look for options behind the target too."""
    valued = {_REPORT, *(_option(row) for row in _ROWS if not row.flag)}
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word in ("-", "--") or not word.startswith("-") or word[:2] in ("-m", "-c"):
            return at
        at += 2 if word in valued else 1
    return len(arguments)


def _target(found: argparse.ArgumentParser, words: Sequence[str]) -> Target:
    if not words:
        found.error("a program is expected: a script, -m MODULE or -c CODE")
    first, rest = words[0], list(words[1:])
    option = first[:2]
    if option not in ("-m", "-c"):
        return Target("file", first, tuple(rest))
    if first[2:]:
        rest.insert(0, first[2:])
    if not rest:
        found.error(f"{option}: an argument is expected")
    return Target("module" if option == "-m" else "command", rest[0], tuple(rest[1:]))


def _start(options: Options, report: ExitReport | None) -> Callable[[], None]:
    """Arm, then set OpenTelemetry up; the result is called when the program's own events begin."""
    if _early is None and runtime.bridge() is not None:
        runtime.say("armed already, by opentelemetry-instrument: the options of this command are not applied")
        return _nothing
    exporting = (_early or _arm(options, report, runtime.install)).exporting
    armed = runtime.bridge()
    if armed is not None:
        return setting_up.set_up(armed, exporting)
    status = runtime.health().status
    if status.state == "off":
        runtime.say(f"off: {status.reason}")
    if exporting:  # the program's own telemetry goes on
        setting_up.configure(exporting=True, bridge=False)
    return _nothing


def _chosen(options: Options) -> dict[str, Any]:
    chosen: dict[str, Any] = dict(options.settings)
    if not settings.export_is_configured():  # for a person to look at, now
        for name, value in (("log_stream", "stderr"), ("flush_interval", "100")):
            chosen.setdefault(name, settings.Fallback(value))
    return chosen


def _arm(options: Options, report: ExitReport | None, install: Callable[..., object]) -> _Armed:
    """Install the bridge with what shows its records here."""
    if blind_spot.entered is None:
        blind_spot.entered = ENTERED
    exporting = settings.export_is_configured()
    wanted = not exporting if options.summary is None else options.summary
    summary = Summary() if wanted else None
    # Handlers run last in, first out: these after the bridge's last flush and the SDK's shutdown, the summary first.
    if report is not None:
        runtime.last_word(report.write)
    if summary is not None:
        runtime.last_word(partial(exit_summary.at_exit, summary))
    sinks = [sink for sink in (summary, None if report is None else report.sink) if sink is not None]
    install(sinks=sinks, **_chosen(options))
    armed = runtime.bridge()
    if armed is not None:
        armed.span_events.observer = _observer(sinks)
    return _Armed(report, exporting)


def _observer(sinks: Sequence[Any]) -> Callable[[Any], None] | None:
    """Tells all of them of spans."""
    if len(sinks) < 2:
        return sinks[0].span if sinks else None

    def observe(span: Any) -> None:
        for sink in sinks:
            sink.span(span)

    return observe
