"""The only place where parts are wired together."""

from __future__ import annotations

import atexit
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from otel_audit import blind_spot, capture, children, clock, custom, events, sdk, sdk_fork, settings, threads
from otel_audit.bridge_health import (
    NO_LOSS,
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
from otel_audit.contract import Core
from otel_audit.destination import Sink, leading
from otel_audit.drain import Drain
from otel_audit.errors import HookVetoed
from otel_audit.exemplars import Exemplars
from otel_audit.model import OTHER_ID, Counts, Event
from otel_audit.plan import build_plan, plan_event
from otel_audit.processors import Processor, load
from otel_audit.settings import Settings

HOLD_S = 10.0
"""How long records of an interpreter that is starting wait for OpenTelemetry's providers: for the imports of a large
application on a slow machine."""


class Bridge:
    """Core, drain, sinks and signals of one process.

    Args:
        settings: what the user decided.
        sinks: further destinations of records, such as a summary.
        processors: structlog processors that run after redaction.
        early: the interpreter is still starting; records wait for providers, which are to come.

    Raises:
        AuditError: a setting, the core or another hook stands against it; nothing was armed.
    """

    def __init__(
        self,
        settings_: Settings,
        sinks: Sequence[Sink] = (),
        processors: Sequence[Processor] = (),
        early: bool = False,
    ) -> None:
        custom.adopt(settings_.config_file, settings_.events)
        self._defined = {row.name: row for row in custom.rows()}
        plan = build_plan(settings_, catalogue=events, custom=self._defined.values())
        marked = plan.metrics and bool(settings_.location)
        self.settings, self.plan = settings_, plan._replace(ring=plan.ring or bool(sinks), ring_marked=marked)
        self.core, self.core_reason = capture.choose(settings_.core)
        self.state: Any = "armed"
        self.notes: list[str] = []
        capture.load(self.core, self.plan)
        self._bind_context()
        self._loops_bound = False
        self._bind_event_loop()
        self.chain = Chain(
            self.plan,
            self.core,
            settings_.redact,
            [*self._loaded(), *processors],
            key=settings_.redact_key,
            rows=self._defined,
        )
        self.exemplars = Exemplars()
        self.blocking = self._blocking()
        self.sinks = [*self._ring_sinks(), *sinks, *([] if self.blocking is None else [self.blocking])]
        self.span_events = self._span_events()
        self.metrics: Any = None
        self.drain = Drain(
            self.core,
            self.chain,
            self.sinks,
            settings_.flush_interval,
            self._before_turn,
            self._at_end,
            self.exemplars,
            self._holding,
        )
        self.exit_timeout_s = settings_.exit_timeout / 1000
        self.forks = 0
        self.early = early
        self._hold_until = clock.monotonic() + HOLD_S if early else 0.0
        self._at_exit_for: tuple[object, ...] = ()
        self._stop_defining: Callable[[], object] = bool
        if self.plan.metrics:  # last: from now on a reader's thread may ask for health
            self.metrics = self._metrics()

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

    def _bind_event_loop(self) -> None:
        """As soon as the application has imported asyncio; it is not imported for this."""
        if not self._loops_bound and "_asyncio" in sys.modules:
            self._loops_bound = True
            if not self.core.bind_event_loop(sys.modules["_asyncio"], sys.modules.get("_socket")):
                self.notes.append("this asyncio is not CPython's: blocking work on an event loop is not marked")

    def looking(self, look: Callable[[], object]) -> Callable[[], object]:
        """What is looked for whenever a span starts: asyncio too, which may just have been imported."""

        def both() -> object:
            if not self._loops_bound:
                self._bind_event_loop()
            return look()

        return both

    def _ring_sinks(self) -> list[Sink]:
        sinks: list[Sink] = []
        if "logs" in self.settings.signals:
            from otel_audit.sinks.logs import LogsSink

            own = self.settings.otlp == "auto"
            sinks.append(LogsSink(self._head if own else None, self.settings.core))
        if self.settings.log_stream != "none":
            from otel_audit.sinks.stream import StreamSink

            color = not settings.no_color()
            sinks.append(StreamSink(self.settings.log_stream, self.settings.log_format, color=color))
        return sinks

    def _head(self, event_id: int) -> Mapping[str, Any]:
        return self.chain.event(event_id).head

    def _blocking(self) -> Any:
        """Counts records, where there are any to count."""
        if not (self.plan.metrics and (self.plan.ring or self.plan.ring_marked)):
            return None
        from otel_audit.sinks.blocking import BlockingSink

        return BlockingSink(self.exemplars, lambda: None if self.metrics is None else self.metrics.reason())

    def _span_events(self) -> Any:
        """Also without the signal: it is how the core learns of spans."""
        from otel_audit.sinks.span_events import SpanEvents

        encoder = self.settings.core if self.settings.otlp == "auto" else None
        return SpanEvents(self.core, self.chain, self.settings.baggage, self.exemplars, encoder)

    def _metrics(self) -> Any:
        from otel_audit.sinks.metrics import MetricsSink

        return MetricsSink(self.core, self.chain, self._register_others, self.exemplars)

    def _register_others(self, meter: Any) -> None:
        register_status(meter, self.status)
        register(meter, self.health)
        if self.blocking is not None:
            self.blocking.register(meter)

    def arm(self) -> None:
        """Start the thread, then listen.

        Raises:
            HookVetoed: an earlier audit hook refused ours.
        """
        self.drain.start()
        self._before_exit()
        threads.before_exit(self._before_threads_end)
        self.notes.insert(0, blind_spot.describe())
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
            event_id = self.chain.add(
                row, planned.severity, planned.rule, lambda: self.core.add(*capture.flat(planned))
            )
        except Exception as error:
            self.notes.append(f"{row.name} was defined and stays without names: {type(error).__qualname__}: {error}")
            return
        if event_id == OTHER_ID:
            self.notes.append(f"{row.name} was defined and stays without names: there is no room for more events")

    def _withdraw(self) -> None:
        self.state, self.span_events.active = "refused", False
        self.drain.stop(self.exit_timeout_s)
        atexit.unregister(self._close_at_exit)

    def _before_turn(self) -> None:
        self._bind_event_loop()
        self.span_events.refresh()
        self.span_events.account.settle()
        if self.metrics is not None:
            self.metrics.refresh()
        self._before_exit()

    def _holding(self) -> bool:
        """Whether records wait: while a destination of an early bridge is still to come, and not for ever."""
        if self._hold_until:
            waiting = any(sink.reason() is not None for sink in leading(self.sinks))
            if not waiting or clock.monotonic() >= self._hold_until:
                self._hold_until = 0.0
        return bool(self._hold_until)

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
            atexit.unregister(self._close_at_exit)
            atexit.register(self._close_at_exit)

    def _before_threads_end(self) -> None:
        """Find providers that came since the last turn, before their own shutdown: a short program has no further."""
        if self.state == "armed" and sdk.providers() != self._at_exit_for:
            self.drain.flush(self.exit_timeout_s)

    def _close_at_exit(self) -> None:
        self.span_events.look()
        self.close(at_end=True)

    def pause(self) -> None:
        """Ignore every event; spans started meanwhile stay unknown."""
        if self.state == "armed":
            self.core.pause()
            self.span_events.active = False
            self._changed("paused")

    def resume(self) -> None:
        """Listen again."""
        if self.state == "paused":
            self.span_events.active = True
            self.core.resume()
            self._changed("armed")

    def _changed(self, state: Any) -> None:
        self.state = state
        self.drain.changes.note(state)
        self.core.wake()

    def close(self, timeout_s: float | None = None, *, at_end: bool = False) -> None:
        """Hand over what there is, in bounded time; afterwards only count.

        Args:
            timeout_s: seconds; those of `exit_timeout` when None.
            at_end: of the process, which is nothing to tell of.
        """
        if self.state == "closed":
            return
        if not at_end:
            self.drain.changes.note("closed")
        self.state = "closed"
        self._stop_defining()
        self.drain.stop(self.exit_timeout_s if timeout_s is None else timeout_s)
        self.core.close()

    def flush(self, timeout_s: float) -> bool:
        """Deliver everything recorded so far, ended spans included, or say that it did not work."""
        deadline = clock.monotonic() + timeout_s
        lost = self._lost()
        if not self.drain.flush(timeout_s):
            return False
        exported = _Exporting(self.core)
        if not exported.wait(deadline - clock.monotonic()):
            return False
        return self.drain.flush(max(0.1, deadline - clock.monotonic())) and self._lost() == lost

    def _lost(self) -> int:
        return sum(n for account in self.destinations().values() for name, n in account.items() if name not in NO_LOSS)

    def destinations(self) -> dict[str, dict[str, int]]:
        """Accounts of all destinations."""
        stats = self.core.stats()
        accounts = {sink.name: ring_account(stats, sink.account) for sink in leading(self.sinks)}
        if self.plan.spans:
            accounts["span_events"] = span_account(stats, self.span_events.account)
        return accounts

    def status(self) -> Status:
        """State, reason, core."""
        return Status(self.state, self.core_reason if self.state == "armed" else "", self.core.core_name)

    def signals(self) -> dict[str, str | None]:
        """Why each configured signal cannot be delivered; None when it can."""
        found = {sink.name: sink.reason() for sink in leading(self.sinks)}
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
            changes=self.drain.changes.counts(),
            notes=(*self.notes, *self._ways()),
        )

    def _ways(self) -> list[str]:
        """What a destination says of the way its records go."""
        return [note for sink in self.sinks if (note := getattr(sink, "note", str)())]

    def after_fork_child(self) -> None:
        """Start clean: own ring, counts at zero, a thread of its own."""
        sdk_fork.after_fork_child(sdk.providers())
        self.core.after_fork_child()
        self.chain.after_fork_child()
        self.exemplars.after_fork_child()
        for sink in self.sinks:
            sink.after_fork_child()
        self.span_events.after_fork_child()
        self.drain.after_fork_child()
        self.forks = 0
        children.before_multiprocessing_ends(self, Bridge.finish)
        children.before_celery_ends(self, Bridge.finish)

    def finish(self) -> None:
        """Deliver and close, where neither `close` at exit nor the SDK's shutdown will come."""
        end = clock.monotonic() + self.exit_timeout_s
        self.flush(self.exit_timeout_s)
        self.close(max(0.1, end - clock.monotonic()), at_end=True)


class _Exporting:
    """Runs the providers' force_flush, which knows no timeout, in a thread that may be left behind."""

    def __init__(self, core: Core) -> None:
        self._core, self.result = core, False
        # Under a patch a greenlet: the SDK's locks are patched too, and threads of the system stay out of them.
        self._thread = threading.Thread(target=self._run, name="otel-audit-flush", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        if not threads.is_patched():
            self._core.own_thread(True)
        sdk.suppressed()
        results = [provider.force_flush() for provider in sdk.providers() if hasattr(provider, "force_flush")]
        self.result = all(result is not False for result in results)

    def wait(self, timeout_s: float) -> bool:
        self._thread.join(max(0.0, timeout_s))
        return self.result and not self._thread.is_alive()
