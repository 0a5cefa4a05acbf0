"""`otel-audit run`: arm the bridge, set OpenTelemetry up, become the program."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from otel_audit import runtime, settings
from otel_audit.bridge import Bridge
from otel_audit.cli import exit_summary, program
from otel_audit.cli.program import Target
from otel_audit.sinks.summary import Summary

if TYPE_CHECKING:
    from otel_audit.cli.exit_report import ExitReport

SETTLE_TIMEOUT_S = 2.0
"""How long the start may wait for the background thread; it takes about a millisecond."""
_REPORT = "--report"
_USAGE = "otel-audit run [options] (SCRIPT | DIRECTORY | ARCHIVE | - | -m MODULE | -c CODE) [arguments]"
_DESCRIPTION = """Run a Python program and record what it does, without touching its code.

Where the OpenTelemetry variables name an OTLP endpoint, everything goes there, as under opentelemetry-instrument.
Otherwise a stream of records and a summary at the end go to standard error. Exit code, signals, standard input,
sys.argv and __main__ are those of the program.
"""
_EXAMPLES = """Each option is also a variable (--ring-size is OTEL_PYTHON_AUDIT_RING_SIZE) and a key of the file
(ring_size); the option wins, then the variable. A value that cannot be used is one line on standard error, and the
program runs without the bridge.

examples:
  otel-audit run app.py --port 8000
  otel-audit run --include default,filesystem --exclude 'os.listdir' app.py
  otel-audit run --sampling 'open=10/s,import=first' -m http.server
  otel-audit run --log-stream audit.jsonl --no-summary -c 'import antigravity'
  otel-audit run --config-file audit.toml app.py
  otel-audit run --report report.html app.py
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
    report = None if options.report is None else _prepare(options.report, target)
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


def _prepare(path: str, target: Target) -> ExitReport | None:
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
    for row in settings.ROWS:
        default = f" (default: {row.default})" if row.default else ""
        found.add_argument(_option(row), dest=row.name, metavar="X", help=f"{row.meaning}: {row.expected}{default}")
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
    options = {_option(row): (row.name, given[row.name]) for row in settings.ROWS if given[row.name] is not None}
    chosen = {name: settings.Option(text, option) for option, (name, text) in options.items()}
    return Options(chosen, summary, report), target


def _target_at(arguments: Sequence[str]) -> int:
    """Where the options end. argparse would look for options behind the target too."""
    valued = {_REPORT, *(_option(row) for row in settings.ROWS)}
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
    if runtime.bridge() is not None:
        runtime.say("armed already, by opentelemetry-instrument: the options of this command are not applied")
        return _nothing
    exporting = settings.export_is_configured()
    chosen: dict[str, Any] = dict(options.settings)
    if not exporting:  # for a person to look at, now
        for name, value in (("log_stream", "stderr"), ("flush_interval", "100")):
            chosen.setdefault(name, settings.Fallback(value))
    wanted = not exporting if options.summary is None else options.summary
    summary = Summary() if wanted else None
    # Handlers run last in, first out: these after the bridge's last flush and the SDK's shutdown, the summary first.
    if report is not None:
        runtime.last_word(report.write)
    if summary is not None:
        runtime.last_word(partial(exit_summary.at_exit, summary))
    sinks = [sink for sink in (summary, None if report is None else report.sink) if sink is not None]
    runtime.install(sinks=sinks, **chosen)
    armed = runtime.bridge()
    if armed is None:
        status = runtime.health().status
        if status.state == "off":
            runtime.say(f"off: {status.reason}")
        if exporting:  # the program's own telemetry goes on
            _configure(exporting=True, bridge=False)
        return _nothing
    armed.span_events.observer = _observer(sinks)
    return _set_up(armed, exporting)


def _observer(sinks: Sequence[Any]) -> Callable[[Any], None] | None:
    """Tells all of them of spans."""
    if len(sinks) < 2:
        return sinks[0].span if sinks else None

    def observe(span: Any) -> None:
        for sink in sinks:
            sink.span(span)

    return observe


def _set_up(armed: Bridge, exporting: bool) -> Callable[[], None]:
    """Configure OpenTelemetry unseen.

    The hook is armed by now, and what instrumentors import and open is not the program's doing. `pause` would not do:
    our own instrumentor, called among the others, resumes. So this thread counts as the bridge's until `begin`.
    """
    armed.core.own_thread(True)
    try:
        _configure(exporting=exporting, bridge=True)
        armed.drain.flush(SETTLE_TIMEOUT_S)  # its turn picks the new providers up, before the first request comes
        if exporting:
            _say_what_is_missing(armed)
        elif settings.missing_provider():
            runtime.say(f"{settings.missing_provider()}; nothing is exported")
    except Exception as error:  # the bridge can do without
        runtime.say(f"OpenTelemetry is not set up: {type(error).__qualname__}: {error}")

    def begin() -> None:
        armed.core.own_thread(False)

    return begin


def _say_what_is_missing(armed: Bridge) -> None:
    reasons = [reason for signal, reason in armed.signals().items() if signal in settings.SIGNALS]
    if reasons and all(reason is not None and reason.startswith("no ") for reason in reasons):
        runtime.say(f"{settings.missing_pipeline()}; nothing is exported")


def _configure(*, exporting: bool, bridge: bool) -> None:
    """As `opentelemetry-instrument` does in a program's process: distro, configurator, all instrumentors."""
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    with settings.configuring(exporters=exporting, bridge=bridge):
        initialize()
    if exporting or settings.disabled_by_sdk():
        return
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    provider: Any = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):  # no distro is installed; spans are still worth having
        trace.set_tracer_provider(TracerProvider())
