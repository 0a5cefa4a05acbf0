"""The only place where parts are wired together."""

from __future__ import annotations

import atexit
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from otel_audit import capture, children, custom, events, sdk, settings
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
from otel_audit.chain import Chain
from otel_audit.destination import Sink
from otel_audit.drain import Drain
from otel_audit.errors import HookVetoed
from otel_audit.exemplars import Exemplars
from otel_audit.model import OTHER_ID, Core, Counts, Event
from otel_audit.plan import build_plan, plan_event
from otel_audit.processors import Processor, load
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
        custom.adopt(settings_.config_file, settings_.events)
        self._defined = {row.name: row for row in custom.rows()}
        plan = build_plan(settings_, catalogue=events, custom=self._defined.values())
        self.settings, self.plan = settings_, plan._replace(ring=plan.ring or bool(sinks))
        self.core, self.core_reason = capture.choose(settings_.core)
        self.state: Any = "armed"
        self.notes = [f"what happened before the hook was armed is not seen: {len(sys.modules)} modules were imported"]
        capture.load(self.core, self.plan)
        self._bind_context()
        self.chain = Chain(
            self.plan,
            self.core,
            settings_.redact,
            [*self._loaded(), *processors],
            key=settings_.redact_key,
            rows=self._defined,
        )
        self.exemplars = Exemplars()
        self.sinks = [*self._ring_sinks(), *sinks]
        self.span_events = self._span_events()
        self.metrics = self._metrics() if self.plan.metrics else None
        self.drain = Drain(
            self.core,
            self.chain,
            self.sinks,
            settings_.flush_interval,
            self._before_turn,
            self._at_end,
            self.exemplars,
        )
        self.forks = 0
        self._at_exit_for: tuple[object, ...] = ()
        self._stop_defining: Callable[[], object] = bool

    def _loaded(self) -> list[Processor]:
        """Those the configuration file names."""
        where = f"{self.settings.config_file}: processors"
        return [load(path, f"{where}[{at}]") for at, path in enumerate(self.settings.processors)]

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

        return SpanEvents(self.core, self.chain, self.settings.baggage, self.exemplars)

    def _metrics(self) -> Any:
        from otel_audit.sinks.metrics import MetricsSink

        return MetricsSink(self.core, self.chain, self._register_health, self.exemplars)

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
        self._stop_defining = custom.on_define(self._define)
        for row in custom.rows():
            self._define(row)

    def _define(self, row: Event) -> None:
        """Listen to an event that was defined after the plan was made. Must not raise into who defines it."""
        if self._defined.get(row.name) == row:
            return
        self._defined[row.name] = row
        try:
            planned = plan_event(self.settings, row)
            kind, value = int(planned.rule.kind), planned.rule.value
            with self.chain.learning:
                event_id = self.core.add(row.name, planned.selected, bytes(planned.kinds), kind, value)
                if event_id != OTHER_ID:
                    self.chain.add(event_id, row, planned.severity, planned.rule)
        except Exception as error:
            self.notes.append(f"{row.name} was defined and stays without names: {type(error).__qualname__}: {error}")
            return
        if event_id == OTHER_ID:
            self.notes.append(f"{row.name} was defined and stays without names: there is no room for more events")

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
        self._stop_defining()
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
        self.chain.after_fork_child()
        self.exemplars.after_fork_child()
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
