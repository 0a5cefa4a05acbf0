"""The HTML page of `otel-audit run --report`: what stands against it is said first, it is written last."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path

from otel_audit import runtime
from otel_audit.bridge import Bridge
from otel_audit.cli import exit_summary
from otel_audit.cli.program import Target
from otel_audit.redaction import Redactor
from otel_audit.report import Facts, Report, place, plotlyjs
from otel_audit.report.facts import redacted_command


def prepare(given: str, target: Target) -> ExitReport | None:
    """Whatever can be known before the program starts; None, after one line, where no page could be written.

    Args:
        given: the option's value.
        target: what will run.
    """
    try:
        path = place.check(given)
        plotly = plotlyjs.find()
    except place.BadPlace as error:
        runtime.say(f"--report={given}: {error}; going on without the report")
    except plotlyjs.NoPlotly as error:
        runtime.say(f"--report: {error}; going on without the report")
    except OSError as error:
        runtime.say(f"--report={given}: {error.strerror or error}; going on without the report")
    else:
        # Now, as the program may put modules of the same names as the standard library's in front of them.
        from otel_audit.report.page import render

        return ExitReport(path, plotly, target, render)
    return None


class ExitReport:
    """The sink of one run, and the page made of it.

    Args:
        path: absolute.
        plotly: where plotly is; read at the end.
        target: what runs.
        render: makes the page of the sink, the facts and plotly's script.
    """

    def __init__(
        self, path: Path, plotly: ModuleSpec, target: Target, render: Callable[[Report, Facts, str], str]
    ) -> None:
        self.sink = Report()
        self._path, self._plotly, self._render = path, plotly, render
        self._words, self._directory = words(target), os.getcwd()  # noqa: PTH109 - as text, for redaction
        self._ending = "by os._exit or a signal"

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Notice when the program starts and how it ends; nothing is caught."""
        self.sink.begin()
        try:
            yield
        except SystemExit as error:
            self._ending = _exit_status(error)
            raise
        except BaseException as error:
            self._ending = f"by {type(error).__qualname__}"
            raise
        self._ending = "normally"

    def write(self, ending: str = "") -> None:
        """Write the page. Registered before the bridge is installed, so it runs after the last flush.

        Args:
            ending: the signal that ends the process now; "" at exit.
        """
        if self.sink.process != os.getpid():
            return
        bridge = runtime.bridge()
        if bridge is None:
            runtime.say("no report: the bridge was off")
            return
        if ending:
            self._ending = f"by {ending}"
        bridge.core.own_thread(True)  # what is read and written here is not the program's doing
        try:
            place.write(self._path, self._render(self.sink, self._facts(bridge), plotlyjs.read(self._plotly)))
        except Exception as error:  # at exit nothing of ours may turn into a traceback of the program's
            runtime.say(f"no report: {type(error).__qualname__}: {error}")
        else:
            runtime.say(f"report: {self._path}")
        finally:
            bridge.core.own_thread(False)

    def _facts(self, bridge: Bridge) -> Facts:
        (events, health), settings = exit_summary.snapshot(bridge), bridge.settings
        redactor = Redactor(settings.redact, settings.redact_key)
        command, directory = redacted_command(self._words, self._directory, redactor)
        return Facts(
            command=command,
            directory=directory,
            ending=self._ending,
            end_ns=time.time_ns(),
            process=self.sink.process,
            events=events,
            health=health,
            forks=bridge.forks,
            selected=frozenset(event.name for event in bridge.plan.events if event.selected),
            include="" if settings.exclude else settings.text("include"),
            rules={event.name: str(event.rule) for event in bridge.plan.events},
            redact=bridge.chain.text,
        )


def words(target: Target) -> list[str]:
    """The command line as `python` would have it; source text is measured, never shown."""
    if target.kind == "command":
        return ["python", "-c", f"[{len(target.name):,} characters of source]", *target.arguments]
    first = ["-m", target.name] if target.kind == "module" else [target.name]
    return ["python", *first, *target.arguments]


def _exit_status(error: SystemExit) -> str:
    """As the interpreter turns it into an exit code."""
    if error.code is None:
        return "with exit code 0"
    return f"with exit code {error.code & 0xFF if isinstance(error.code, int) else 1}"
