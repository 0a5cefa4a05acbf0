"""From described records to encoded items in the SDK's queue, where the way of the log records is the SDK's own.

Queue, schedule, size of batches, flush, fork and shutdown stay the SDK's; its exporter sends what lies there
(`otlp.transport`). What an encoder does not take, and everything as soon as the way changes, goes as the SDK's records.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from otel_audit import clock
from otel_audit.model import Described
from otel_audit.otlp.encoding import Encoder, envelope
from otel_audit.otlp.items import Origin, items
from otel_audit.otlp.standard import Way


class Pipeline:
    """Holds encoded records until they are handed over together.

    Args:
        way: the SDK's own.
        encoder: of records.
        head: the fields with which every record of an event id begins.
    """

    def __init__(self, way: Way, encoder: Encoder, head: Callable[[int], Mapping[str, Any]]) -> None:
        self.way, self.encoder, self._head = way, encoder, head
        self._encode = encoder.record
        self._templates: dict[int, object] = {}
        self._origin: Origin | None = None
        self._observed_ns = 0
        self.clear()

    def clear(self) -> None:
        """Forget what was not handed over: also after a fork."""
        self.waiting: list[bytes] = []

    def take(self, described: Described) -> bool:
        """Encode one record; False when it must go as the SDK's."""
        record, fields = described
        template = self._templates.get(record.event_id)
        if template is None:
            template = self._templates[record.event_id] = self.encoder.template(self._head(record.event_id))
        if not self.waiting:
            self._observed_ns = clock.time_ns()  # one for all that are handed over together
        data = self._encode(template, record, fields, self._observed_ns)
        if data is None:
            return False
        self.waiting.append(data)
        return True

    def hand_over(self, number: int) -> bool:
        """Put the first so many of those that wait into the SDK's queue, and forget the others.

        Returns:
            False when they must go as the SDK's records; then they are still waiting.
        """
        origin = self._renewed() if self.way.holds() else None
        if origin is None:
            return False
        data = self.waiting[:number]
        self.clear()
        self._count(len(data))
        self._put(items(origin, data))
        return True

    def _renewed(self) -> Origin | None:
        """Where records come from, by now: the SDK gives its loggers another resource after a fork."""
        logger = self.way.logger
        if self._origin is None or self._origin.resource is not logger._resource:
            found = envelope(logger._resource, logger._instrumentation_scope)
            self._origin = None if found is None else Origin(logger, logger._resource, found)
        return self._origin

    def _count(self, number: int) -> None:
        """The SDK's own metrics count what its loggers emit, where they are on."""
        metrics = getattr(self.way.logger, "_logger_metrics", None)
        if metrics is not None and not type(metrics).__name__.startswith("NoOp"):
            for _ in range(number):
                metrics.emit_log()

    def _put(self, items: list[Any]) -> None:
        """As its `emit` does, all at once; where it has more to do than that, it does it."""
        batch = self.way.batch
        full = len(batch._queue) + len(items) > batch._max_queue_size
        if full or batch._shutdown or batch._pid != os.getpid():
            for item in items:
                batch.emit(item)
            return
        batch._queue.extendleft(items)
        if len(batch._queue) >= batch._max_export_batch_size:
            batch._worker_awaken.set()
