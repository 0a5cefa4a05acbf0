"""Forked children that their resource does not tell from their parent: `process.pid` on their metrics' data points.

A series is a resource and attributes. Where both processes have the same, a backend sees one counter that jumps between
two values. SDKs from 1.44 give a child its own `service.instance.id`; older ones, and those of others, do not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from otel_audit import sdk
from otel_audit.semconv import PROCESS_PID as PID

INSTANCE = "service.instance.id"
"""Of resources only, so that `semconv` has no use for it."""
Callback = Callable[[Any], Iterable[Any]]


class Instance:
    """Which process a meter provider's resource speaks of.

    Args:
        provider: as it was met, maybe by a parent of this process.
    """

    def __init__(self, provider: object) -> None:
        self._provider, self._process = provider, os.getpid()
        self._told = sdk.resource(provider).get(INSTANCE)

    def attributes(self) -> dict[str, int]:
        """What tells this process's points from its parent's; nothing where the resource does."""
        process = os.getpid()
        if process == self._process:
            return {}
        resource = sdk.resource(self._provider)
        if resource.get(INSTANCE) != self._told or resource.get(PID) == process:
            return {}
        return {PID: process}


class MarkedMeter:
    """A meter whose observations carry an instance's attributes.

    Args:
        meter: makes the instruments.
        instance: says what to add, at each collection.
    """

    def __init__(self, meter: Any, instance: Instance) -> None:
        self._meter, self._instance = meter, instance

    def create_observable_counter(self, name: str, callbacks: Sequence[Callback], **described: str) -> Any:
        """As the API's."""
        return self._meter.create_observable_counter(name, [*map(self._marked, callbacks)], **described)

    def create_observable_gauge(self, name: str, callbacks: Sequence[Callback], **described: str) -> Any:
        """As the API's."""
        return self._meter.create_observable_gauge(name, [*map(self._marked, callbacks)], **described)

    def _marked(self, callback: Callback) -> Callback:
        from opentelemetry.metrics import Observation

        def observe(options: Any) -> Iterable[Any]:
            added = self._instance.attributes()
            for each in callback(options):
                yield Observation(each.value, {**(each.attributes or {}), **added}, each.context) if added else each

        return observe
