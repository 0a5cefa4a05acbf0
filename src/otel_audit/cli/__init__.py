"""The command `otel-audit`. One file per verb; a verb's module is imported when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

_VERBS = {
    "run": "run a Python program and record what it does",
    "top": "watch a program, or a log stream, in the terminal",
    "events": "list the audit events that can be recorded",
    "doctor": "say whether the bridge works here, and why not",
    "startup": "write the file by which an interpreter arms itself at its start, or remove it",
    "dashboards": "check Grafana's data sources against the dashboards, or write the dashboards out",
}

_EXAMPLES = """examples:
  otel-audit run app.py                     stream and summary on standard error
  otel-audit run --include security app.py  only what an intruder needs
  otel-audit top app.py                     a live view instead
  otel-audit events network                 what the group `network` holds
  otel-audit run --children app.py          the Python programs it starts too
  otel-audit doctor                         before it goes to production

`otel-audit VERB --help` tells more. With OTEL_EXPORTER_OTLP_ENDPOINT set, `run` exports there instead.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb.

    Args:
        argv: arguments without the command's name; those of the process by default.

    Returns:
        The exit code. `run` raises what its program raises instead.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    verb = arguments[0] if arguments else ""
    if verb not in _VERBS:
        return _explain(arguments)
    verb_main: Callable[[Sequence[str]], int] = import_module(f"{__name__}.{verb}").main
    return verb_main(arguments[1:]) if verb == "run" else _printing(verb_main, arguments[1:])


def _printing(verb_main: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Run a verb that only prints; whoever reads it may have read enough."""
    try:
        code = verb_main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter's last flush complains
        return 1
    return code


def _explain(arguments: Sequence[str]) -> int:
    verbs = "".join(f"  {verb:<12}{meaning}\n" for verb, meaning in _VERBS.items())
    parser = argparse.ArgumentParser(
        prog="otel-audit",
        usage="otel-audit VERB [options]",
        description="What a Python process does, as OpenTelemetry span events, metrics and logs.",
        epilog=f"verbs:\n{verbs}\n{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    parser.add_argument("verb", nargs="?", choices=tuple(_VERBS), metavar="VERB", help="one of the verbs below")
    if parser.parse_args(arguments).version:
        from otel_audit.scope import VERSION

        print(f"otel-audit {VERSION}")
        return 0
    parser.print_help()
    return 2
