"""Where an event was last seen in a sampled trace: what turns a counter's data point into a link to a trace."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opentelemetry.context import Context

SAMPLED = 1
"""The trace flag of W3C trace context: somebody keeps this trace."""


class Place(NamedTuple):
    """A span, by its ids.

    Args:
        trace_id: 128 bits.
        span_id: 64 bits.
        trace_flags: 8 bits.
        left: how many metric readers may still be told.
    """

    trace_id: int
    span_id: int
    trace_flags: int
    left: int


class Exemplars:
    """The last sampled span of each event since the last collection.

    Written by the drain's thread and where spans end, read by the threads of metric readers, without a lock: each
    step is one operation of a dict, and a race costs no more than one exemplar, or tells one twice. As many entries as
    the core has ids.
    """

    def __init__(self) -> None:
        self.readers = 1
        """How often a place is told: a collection does not say whose it is."""
        self.places: dict[Hashable, tuple[int, int, int]] = {}
        """Event id, or series of a metric, to trace id, span id and flags. Where spans end nothing else is written."""
        self._told: dict[Hashable, tuple[int, int]] = {}
        """The same to the span told last, and to how many more readers it may be: an event is remembered at its span's
        end, and again by the drain."""

    def remember(self, keys: Iterable[Hashable], trace_id: int, span_id: int, trace_flags: int) -> None:
        """Note that these events happened there; nothing of a trace that is not sampled.

        Args:
            keys: event ids of the core, or series of a metric that has a bounded number of them.
            trace_id: 128 bits; zero: none.
            span_id: 64 bits.
            trace_flags: 8 bits.
        """
        if trace_flags & SAMPLED and trace_id:
            places, place = self.places, (trace_id, span_id, trace_flags)
            for key in keys:
                places[key] = place

    def take(self, key: Hashable) -> Place | None:
        """The place of an event or series, for one reader's collection; None when nothing is new."""
        found = self.places.pop(key, None)
        if found is None:
            return None
        span_id, left = self._told.get(key, (0, 0))
        if span_id != found[1]:
            left = self.readers
        if not left:
            return None
        self._told[key] = found[1], left - 1
        if left > 1:
            self.places.setdefault(key, found)
        return Place(*found, left)

    def after_fork_child(self) -> None:
        """The parent's traces are not the child's."""
        self.places, self._told = {}, {}


def context_of(place: Place | None) -> Context:
    """A context that an SDK takes an exemplar from; without a place one in which there is no span.

    Never None: the SDK would take the current context, and a collection inside a request (a serverless function
    flushes there) would say that every event happened in that request.
    """
    from opentelemetry.context import Context
    from opentelemetry.trace import INVALID_SPAN, NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if place is None:
        return set_span_in_context(INVALID_SPAN, Context())
    found = SpanContext(place.trace_id, place.span_id, is_remote=False, trace_flags=TraceFlags(place.trace_flags))
    return set_span_in_context(NonRecordingSpan(found), Context())
