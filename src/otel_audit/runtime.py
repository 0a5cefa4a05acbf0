"""The only place where parts are wired together, and where the process's one bridge lives."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from otel_audit import capture, children, events, scope, sdk, semconv, settings
from otel_audit.bridge_health import (
    Health,
    Status,
    losses,
    register,
    register_status,
    ring_account,
    span_account,
    totals,
)
from otel_audit.destination import Sink
from otel_audit.drain import Drain
from otel_audit.errors import AuditError, HookVetoed
from otel_audit.model import Core, Counts, Plan
from otel_audit.plan import build_plan
from otel_audit.processors import Chain, Processor
from otel_audit.settings import Settings

EXIT_TIMEOUT_S = 2.0
"""How long the last flush may hold up the interpreter's exit. The SDK's own shutdown comes after it."""


class Bridge:
    """Core, drain, sinks and signals of one process.

    Args:
        settings: what the user decided.
        sinks: further destinations of records, such as a summary.
        processors: structlog processors that run after redaction.

    Raises:
        AuditError: a setting, the core or another hook stands against it; nothing was armed.
    """

    def __init__(self, settings_: Settings, sinks: Sequence[Sink] = (), processors: Sequence[Processor] = ()) -> None:
        plan = build_plan(settings_, catalogue=events)
        self.settings, self.plan = settings_, replace(plan, ring=plan.ring or bool(sinks))
        self.core, self.core_reason = capture.choose(settings_.core)
        self.state: Any = "armed"
        self.notes = [f"what happened before the hook was armed is not seen: {len(sys.modules)} modules were imported"]
        capture.load(self.core, self.plan)
        self._bind_context()
        self.chain = Chain(self.plan, self.core, settings_.redact, processors)
        self.sinks = [*self._ring_sinks(), *sinks]
        self.span_events = self._span_events()
        self.metrics = self._metrics() if self.plan.metrics else None
        self.drain = Drain(self.core, self.chain, self.sinks, settings_.flush_interval, self._before_turn, self._at_end)
        self.forks = 0
        self._at_exit_for: tuple[object, ...] = ()

    def _bind_context(self) -> None:
        parts = sdk.context_parts()
        if parts is None:
            self.core.bind_context(None, "", "")
            self.notes.append("this OpenTelemetry context exposes no context variable: records carry no trace")
        else:
            self.core.bind_context(*parts)

    def _ring_sinks(self) -> list[Sink]:
        sinks: list[Sink] = []
        if "logs" in self.settings.signals:
            from otel_audit.sinks.logs import LogsSink

            sinks.append(LogsSink())
        if self.settings.log_stream != "none":
            from otel_audit.sinks.stream import StreamSink

            color = not settings.no_color()
            sinks.append(StreamSink(self.settings.log_stream, self.settings.log_format, color=color))
        return sinks

    def _span_events(self) -> Any:
        """Also without the signal: it is how the core learns of spans."""
        from otel_audit.sinks.span_events import SpanEvents

        return SpanEvents(self.core, self.chain)

    def _metrics(self) -> Any:
        from otel_audit.sinks.metrics import MetricsSink

        return MetricsSink(self.core, self.chain, self._register_health)

    def _register_health(self, meter: Any) -> None:
        register_status(meter, self.status)
        register(meter, self.health)

    def arm(self) -> None:
        """Start the thread, then listen.

        Raises:
            HookVetoed: an earlier audit hook refused ours.
        """
        self.drain.start()
        self._before_exit()
        armed = False
        try:
            armed = self.core.arm()
        finally:
            if not armed:
                self._withdraw()
        if not armed:
            raise HookVetoed("an audit hook that was there before refuses others")

    def _withdraw(self) -> None:
        self.state, self.span_events.active = "refused", False
        self.drain.stop(EXIT_TIMEOUT_S)
        atexit.unregister(self.close)

    def _before_turn(self) -> None:
        self.span_events.refresh()
        if self.metrics is not None:
            self.metrics.refresh()
        self._before_exit()

    def _at_end(self) -> None:
        """Have the last spans exported, so that the last metric collection knows what became of their events."""
        if self.state == "closed":
            _, tracer_provider, _ = sdk.providers()
            getattr(tracer_provider, "force_flush", bool)()

    def _before_exit(self) -> None:
        """Have `close` run at exit before the providers' own shutdown: handlers run last in, first out."""
        providers = sdk.providers()
        if providers != self._at_exit_for:
            self._at_exit_for = providers
            atexit.unregister(self.close)
            atexit.register(self.close)

    def pause(self) -> None:
        """Ignore every event; spans started meanwhile stay unknown."""
        if self.state == "armed":
            self.core.pause()
            self.span_events.active = False
            self.state = "paused"

    def resume(self) -> None:
        """Listen again."""
        if self.state == "paused":
            self.span_events.active = True
            self.core.resume()
            self.state = "armed"

    def close(self, timeout_s: float = EXIT_TIMEOUT_S) -> None:
        """Hand over what there is, in bounded time; afterwards only count."""
        if self.state == "closed":
            return
        self.state = "closed"
        self.drain.stop(timeout_s)
        self.core.close()

    def flush(self, timeout_s: float) -> bool:
        """Deliver everything recorded so far, ended spans included, or say that it did not work."""
        deadline = time.monotonic() + timeout_s
        lost = self._lost()
        if not self.drain.flush(timeout_s):
            return False
        exported = _Exporting(self.core)
        if not exported.wait(deadline - time.monotonic()):
            return False
        return self.drain.flush(max(0.1, deadline - time.monotonic())) and self._lost() == lost

    def _lost(self) -> int:
        good = ("kept", "delivered", "filtered", "late", "over", "no_pipeline")
        return sum(n for account in self.destinations().values() for name, n in account.items() if name not in good)

    def destinations(self) -> dict[str, dict[str, int]]:
        """Accounts of all destinations."""
        stats = self.core.stats()
        accounts = {sink.name: ring_account(stats, sink.account) for sink in self.sinks}
        if self.plan.spans:
            accounts["span_events"] = span_account(stats, self.span_events.account)
        return accounts

    def status(self) -> Status:
        """State, reason, core."""
        return Status(self.state, self.core_reason if self.state == "armed" else "", self.core.core_name)

    def signals(self) -> dict[str, str | None]:
        """Why each configured signal cannot be delivered; None when it can."""
        found = {sink.name: sink.reason() for sink in self.sinks}
        if self.plan.spans:
            found["span_events"] = self.span_events.reason()
        if self.metrics is not None:
            found["metrics"] = self.metrics.reason()
        return found

    def health(self) -> Health:
        """A snapshot."""
        stats, sums = self.core.stats(), totals(self.core)
        return Health(
            status=self.status(),
            seen=sums.seen,
            outcomes={name: getattr(sums, name) for name in Counts._fields[1:]},
            dropped=losses(self.core),
            destinations=self.destinations(),
            signals=self.signals(),
            suppressed=stats["suppressed"],
            queue={"size": stats["ring_bytes"], "capacity": stats["ring_capacity"], "spans": stats["span_bytes"]},
            hook={"timed": stats["hook_timed"], "time_ns": stats["hook_time_ns"]},
            export_lag_s=max(0, self.drain.lag_ns) / 1e9,
            notes=tuple(self.notes),
        )

    def after_fork_child(self) -> None:
        """Start clean: own ring, counts at zero, a thread of its own."""
        self.core.after_fork_child()
        for sink in self.sinks:
            sink.after_fork_child()
        self.span_events.after_fork_child()
        self.drain.after_fork_child()
        self.forks = 0
        children.before_multiprocessing_ends(self, Bridge.finish)

    def finish(self) -> None:
        """Deliver and close, where neither `close` at exit nor the SDK's shutdown will come."""
        end = time.monotonic() + EXIT_TIMEOUT_S
        self.flush(EXIT_TIMEOUT_S)
        self.close(max(0.1, end - time.monotonic()))


class _Exporting:
    """Runs the providers' force_flush, which knows no timeout, in a thread that may be left behind."""

    def __init__(self, core: Core) -> None:
        self._core, self.result = core, False
        self._thread = threading.Thread(target=self._run, name="otel-audit-flush", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self._core.own_thread(True)
        results = [provider.force_flush() for provider in sdk.providers() if hasattr(provider, "force_flush")]
        self.result = all(result is not False for result in results)

    def wait(self, timeout_s: float) -> bool:
        self._thread.join(max(0.0, timeout_s))
        return self.result and not self._thread.is_alive()


_bridge: Bridge | None = None
_status = Status("off", "not installed")
_installing = threading.Lock()


def install(
    settings_: Settings | None = None,
    /,
    *,
    sinks: Sequence[Sink] = (),
    processors: Sequence[Processor] = (),
    **arguments: Any,
) -> Status:
    """Start the bridge.

    Never raises: what stands against it is one line on standard error, and the reason in the status.

    Args:
        settings_: all settings; otherwise `arguments` are given to `Settings`.
        sinks: further destinations of records.
        processors: structlog processors that run after redaction, before every sink.
        arguments: as for `Settings`.
    """
    global _bridge, _status
    with _installing:
        if _bridge is not None:
            if settings_ is not None or sinks or processors or arguments:
                say("armed already: install() keeps the settings it has")
            _bridge.resume()
            return _bridge.status()
        off = settings.switched_off()
        if off:
            _status = Status("off", off)
            return _status
        try:
            chosen = Settings(**arguments) if settings_ is None else settings_
            if not chosen.enabled:
                _status = Status("off", f"OTEL_PYTHON_AUDIT_ENABLED=false ({chosen.origin('enabled')})")
                return _status
            bridge = Bridge(chosen, sinks, processors)
            bridge.arm()
        except Exception as error:
            return _refuse(error)
        _bridge = bridge
        for line in settings.unknown_variables():
            say(line)
        return bridge.status()


def _refuse(error: Exception) -> Status:
    global _status
    reason = str(error) if isinstance(error, AuditError) else f"{type(error).__qualname__}: {error}"
    _status = Status("refused", reason)
    say(f"{reason}; the bridge is off")
    try:
        from opentelemetry import metrics

        meter = metrics.get_meter(scope.NAME, scope.VERSION, schema_url=semconv.SCHEMA_URL)
        register_status(meter, lambda: _status)
    except Exception:  # no metrics, then: the line above was said
        pass
    return _status


def say(line: str) -> None:
    """One line to standard error, past the application's buffers; silence when there is none."""
    try:
        os.write(2, f"otel-audit: {line}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass


def pause() -> None:
    """Ignore every event until `resume`."""
    if _bridge is not None:
        _bridge.pause()


def resume() -> None:
    """Listen again after `pause`."""
    if _bridge is not None:
        _bridge.resume()


def flush(timeout: float = 5.0) -> bool:
    """Deliver what was recorded so far.

    Args:
        timeout: seconds.

    Returns:
        True when all of it reached its destinations; False when the time was too short or something was lost.
    """
    return _bridge is not None and _bridge.state in ("armed", "paused") and _bridge.flush(timeout)


def health() -> Health:
    """What the bridge has seen, kept and lost, and whether its signals can be delivered."""
    return Health(_status) if _bridge is None else _bridge.health()


def bridge() -> Bridge | None:
    """The process's bridge, for the command line."""
    return _bridge


def _after_fork_child() -> None:
    global _installing
    _installing = threading.Lock()
    if _bridge is None:
        return
    try:
        _bridge.after_fork_child()
    except Exception as error:
        print(f"otel-audit: the forked child goes on without: {error}", file=sys.stderr)


def _after_fork_parent() -> None:
    if _bridge is not None:
        _bridge.forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_child, after_in_parent=_after_fork_parent)


__all__ = ["Bridge", "Health", "Plan", "Status", "bridge", "flush", "health", "install", "pause", "resume", "say"]
