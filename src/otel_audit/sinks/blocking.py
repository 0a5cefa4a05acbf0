"""`python.audit.event_loop.blocking`: what was done on a thread whose event loop had to wait, by event and place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from otel_audit import semconv
from otel_audit.destination import Account
from otel_audit.exemplars import Exemplars, context_of
from otel_audit.model import Described
from otel_audit.visible import visible

METRIC = "python.audit.event_loop.blocking"
MAX_PLACES = 200
"""Series with a place of their own; SDKs keep 2,000 series of a metric, and nobody mends the 201st place first."""
OTHER = "other"


class Blocking(NamedTuple):
    """One series.

    Args:
        event: what was done.
        file: where the code that did it was written; "" where no code of the application did.
        function: its name there.
    """

    event: str
    file: str = ""
    function: str = ""

    def attributes(self) -> dict[str, str]:
        """Of its data point."""
        keys = (semconv.AUDIT_EVENT, semconv.CODE_FILE_PATH, semconv.CODE_FUNCTION_NAME)
        return {key: value for key, value in zip(keys, self) if value}


class BlockingSink:
    """Counts the records that are marked, and publishes their numbers with the other metrics.

    What it counts is what was recorded: an event that a sampler left out is in `python.audit.events` alone. Its account
    says what became of the ring's records where no other destination reads them.

    Args:
        exemplars: know in which traces it was.
        reason: why no metric would be exported; None when one would.
    """

    name = "event_loop"
    marked_only = True
    """Other records need not be read for it."""

    def __init__(self, exemplars: Exemplars, reason: Callable[[], str | None]) -> None:
        self.account = Account(self.name)
        self._exemplars, self.reason = exemplars, reason
        self._numbers: dict[Blocking, int] = {}

    def register(self, meter: Any) -> None:
        """Make its instrument on a provider's meter."""
        meter.create_observable_counter(
            METRIC,
            [self._observe],
            unit="{event}",
            description="Recorded audit events of blocking work on a thread whose event loop was running.",
        )

    def refresh(self) -> None:
        """The metrics sink follows the provider."""

    def room(self) -> int:
        """As many as come."""
        return 1 << 16

    def emit(self, described: Described) -> None:
        """Count one record for all the events it stands for."""
        record = described.record
        if not record.on_event_loop:
            return
        series = self._series(described)
        self._numbers[series] = self._numbers.get(series, 0) + record.count
        self._exemplars.remember((series,), record.trace_id, record.span_id, record.trace_flags)
        self.account.add("delivered" if self.reason() is None else "no_pipeline")

    def _series(self, described: Described) -> Blocking:
        fields = described.fields
        event = _label(fields.get(semconv.AUDIT_EVENT))
        if described.record.location is None:
            return Blocking(event)
        place = Blocking(
            event, _label(fields.get(semconv.CODE_FILE_PATH)), _label(fields.get(semconv.CODE_FUNCTION_NAME))
        )
        return place if place in self._numbers or len(self._numbers) < MAX_PLACES else Blocking(event, OTHER, OTHER)

    def flush(self) -> None:
        """Nothing is buffered."""

    def after_fork_child(self) -> None:
        """The parent counts what it saw."""
        self.account.clear()
        self._numbers = {}

    def _observe(self, _: Any) -> Iterable[Any]:
        from opentelemetry.metrics import Observation

        for series, number in self._numbers.copy().items():  # the drain's thread goes on counting
            yield Observation(number, series.attributes(), context_of(self._exemplars.take(series)))


def _label(value: object) -> str:
    """Text of an attribute, which a user's processor may have made anything of."""
    return "" if value is None else visible(str(value))
