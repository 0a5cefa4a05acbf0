"""`python.audit.events`: the core's exact counters, read when a metric reader asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from otel_audit import scope, sdk, semconv
from otel_audit.chain import Chain
from otel_audit.contract import Core
from otel_audit.exemplars import Exemplars, Place, context_of
from otel_audit.instance import Instance, MarkedMeter


class MetricsSink:
    """Registers instruments on the meter provider, whichever it is by then.

    Args:
        core: whose counters are read.
        chain: knows names and groups.
        register: registers what else belongs to the bridge's meter.
        exemplars: know in which traces events were.
    """

    name = "metrics"

    def __init__(self, core: Core, chain: Chain, register: Callable[[Any], None], exemplars: Exemplars) -> None:
        self._core, self._chain, self._register, self._exemplars = core, chain, register, exemplars
        self._provider: Any = None
        self.refresh()

    def refresh(self) -> None:
        """Pick up a provider set since the last turn."""
        from opentelemetry import metrics

        provider = metrics.get_meter_provider()
        readers = sdk.metric_readers(provider)
        self._exemplars.readers = len(readers or ()) or 1
        if provider is self._provider:
            return
        self._provider = provider
        if readers is None and not sdk.is_foreign(provider):
            return  # the API's proxy: the real one will be another object
        meter = MarkedMeter(
            provider.get_meter(scope.NAME, scope.VERSION, schema_url=semconv.SCHEMA_URL), Instance(provider)
        )
        meter.create_observable_counter(
            "python.audit.events",
            [self._observe],
            unit="{event}",
            description="Audit events of this process that the configuration selects, exact and never sampled.",
        )
        self._register(meter)

    def reason(self) -> str | None:
        """Why no metric would be exported."""
        readers = sdk.metric_readers(self._provider)
        if readers is None:
            return None if sdk.is_foreign(self._provider) else "no meter provider is configured"
        return None if readers else "the meter provider has no reader"

    def _observe(self, _: Any) -> Iterable[Any]:
        from opentelemetry.metrics import Observation

        seen: dict[str, int] = {}
        groups: dict[str, str] = {}
        places: dict[str, Place] = {}
        for event_id, counts in self._core.counters():
            name, row, *_ = self._chain.event(event_id)  # redacted, or added since: several ids may have one name
            seen[name] = seen.get(name, 0) + counts[0]
            groups[name] = row.group  # the newest's: one series per name
            place = self._exemplars.take(event_id)
            if place is not None:
                places[name] = place
        nowhere = context_of(None)
        for name, number in seen.items():
            context = context_of(places[name]) if name in places else nowhere
            yield Observation(number, {semconv.AUDIT_EVENT: name, semconv.AUDIT_GROUP: groups[name]}, context)
