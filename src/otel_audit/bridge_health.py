"""What the bridge knows of itself: a snapshot for people, and the same as metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from otel_audit import scope
from otel_audit.contract import Core
from otel_audit.destination import Account
from otel_audit.model import Counts

State = Literal["off", "refused", "armed", "paused", "closed"]

PREFIX = "python.audit.bridge."
DESTINATION, OUTCOME, ERROR_TYPE = PREFIX + "destination", PREFIX + "outcome", "error.type"
CHANGE = PREFIX + "change"
STATE, REASON, CORE, VERSION = PREFIX + "state", PREFIX + "reason", PREFIX + "core", PREFIX + "version"
NO_LOSS = frozenset({"kept", "delivered", "filtered", "late", "over", "no_pipeline"})
"""What may become of a kept event that is no loss: decided by the user, or passed on to the logs."""
_DROPS = {
    "dropped_first_full": "first_full",
    "dropped_no_memory": "no_memory",
    "dropped_reentrant": "reentrant",
}
_SPAN_LOSSES = {
    "span_over": "over",
    "span_late": "late",
    "span_memory_full": "memory_full",
    "span_abandoned": "abandoned",
}


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Status(NamedTuple):
    """Whether the bridge runs, and why (not)."""

    state: State
    reason: str = ""
    core: str = ""


class Health(NamedTuple):
    """A moment's account.

    At a quiet moment `seen` equals the sum of the outcomes, and each destination's `kept` the sum of its own.

    Args:
        status: state, reason, core.
        seen: selected events, since start or fork.
        outcomes: kept, sampled_out, rate_limited, merged, counted, dropped.
        dropped: events lost before any destination, by error type.
        destinations: for each, `kept` and what became of them: delivered, filtered, late, over, or an error type.
        signals: why a signal cannot be delivered; None when it can.
        suppressed: events of the bridge, of exporters, and under OpenTelemetry's suppression; not seen.
        queue: bytes waiting in the ring and its capacity; bytes in span buffers.
        hook: number of hook calls timed and nanoseconds in all.
        export_lag_s: seconds between the last record's event and its hand-over.
        changes: how often somebody paused, resumed or closed the bridge.
        notes: what an operator should know besides.
    """

    status: Status
    seen: int = 0
    outcomes: Mapping[str, int] = _NOTHING
    dropped: Mapping[str, int] = _NOTHING
    destinations: Mapping[str, Mapping[str, int]] = _NOTHING
    signals: Mapping[str, str | None] = _NOTHING
    suppressed: int = 0
    queue: Mapping[str, int] = _NOTHING
    hook: Mapping[str, int] = _NOTHING
    export_lag_s: float = 0.0
    changes: Mapping[str, int] = _NOTHING
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**{name: _copied(value) for name, value in self._asdict().items()}, "status": self.status._asdict()}


def _copied(value: Any) -> Any:
    return {key: _copied(each) for key, each in value.items()} if isinstance(value, Mapping) else value


def totals(core: Core) -> Counts:
    """Sum of all events' counters."""
    rows = [Counts._make(counts) for _, counts in core.counters()]
    return Counts(*(sum(column) for column in zip(*rows))) if rows else Counts(0, 0, 0, 0, 0, 0, 0)


def ring_account(stats: Mapping[str, int], account: Account) -> dict[str, int]:
    """One ring destination: its own outcomes, and what never came out of the ring."""
    return _nonzero({"kept": stats["ring_kept"], "queue_full": stats["ring_queue_full"]}, account.totals())


def span_account(stats: Mapping[str, int], account: Account) -> dict[str, int]:
    """The spans' account: what was over, late or had no room, and what became of the rest."""
    mine = {"kept": stats["span_kept"]} | {name: stats[stat] for stat, name in _SPAN_LOSSES.items()}
    return _nonzero(mine, account.totals())


def _nonzero(*parts: Mapping[str, int]) -> dict[str, int]:
    summed: dict[str, int] = {}
    for part in parts:
        for name, number in part.items():
            summed[name] = summed.get(name, 0) + number
    return {name: number for name, number in summed.items() if number or name == "kept"}


def losses(core: Core) -> dict[str, int]:
    """Selected events lost before any destination, by error type."""
    stats = core.stats()
    return {name: stats[stat] for stat, name in _DROPS.items() if stats[stat]}


def register_status(meter: Any, status: Callable[[], Status]) -> None:
    """Publish `python.audit.bridge.status`, also for a bridge that refused to start."""
    from opentelemetry.metrics import Observation

    def observe(_: Any) -> Iterable[Any]:
        now = status()
        yield Observation(1, {STATE: now.state, REASON: now.reason, CORE: now.core, VERSION: scope.VERSION})

    meter.create_observable_gauge(
        PREFIX + "status", [observe], description="State of the audit bridge; the value is always 1."
    )


def register(meter: Any, health: Callable[[], Health]) -> None:
    """Publish the bridge's own counters.

    Args:
        meter: of the bridge's scope.
        health: takes a snapshot; called once per instrument and collection.
    """
    from opentelemetry.metrics import Observation

    def outcomes(_: Any) -> Iterable[Any]:
        now = health()
        for outcome, number in now.outcomes.items():
            if outcome != "dropped":
                yield Observation(number, {OUTCOME: outcome})
        for cause, number in now.dropped.items():
            yield Observation(number, {OUTCOME: "dropped", ERROR_TYPE: cause})

    def processed(_: Any) -> Iterable[Any]:
        for destination, account in health().destinations.items():
            for outcome, number in account.items():
                if outcome == "kept":
                    continue
                error = {} if outcome == "delivered" else {ERROR_TYPE: outcome}
                yield Observation(number, {DESTINATION: destination, **error})

    def changes(_: Any) -> Iterable[Any]:
        for done, number in health().changes.items():
            yield Observation(number, {CHANGE: done})

    def one(read: Callable[[Health], float]) -> Callable[[Any], Iterable[Any]]:
        return lambda _: (Observation(read(health())),)

    counter, gauge = meter.create_observable_counter, meter.create_observable_gauge
    counter(PREFIX + "events", [outcomes], unit="{event}", description="Selected events by what the hook decided.")
    counter(
        PREFIX + "processed",
        [processed],
        unit="{event}",
        description="Events kept for a destination, by what became of them; error.type is absent when delivered.",
    )
    counter(
        PREFIX + "changes",
        [changes],
        unit="{change}",
        description="How often it was paused, resumed or closed by code.",
    )
    counter(PREFIX + "suppressed", [one(lambda now: now.suppressed)], unit="{event}", description="Own traffic.")
    gauge(PREFIX + "queue.size", [one(lambda now: now.queue["size"])], unit="By", description="Bytes in the ring.")
    gauge(PREFIX + "queue.capacity", [one(lambda now: now.queue["capacity"])], unit="By", description="Ring size.")
    gauge(PREFIX + "span_buffer.size", [one(lambda now: now.queue["spans"])], unit="By", description="Span buffers.")
    gauge(
        PREFIX + "export.lag",
        [one(lambda now: now.export_lag_s)],
        unit="s",
        description="Age of the last record handed to the sinks.",
    )
    counter(
        PREFIX + "hook.time", [one(lambda now: now.hook["time_ns"])], unit="ns", description="Time of timed hook calls."
    )
    counter(PREFIX + "hook.timed", [one(lambda now: now.hook["timed"])], unit="{event}", description="Timed calls.")
