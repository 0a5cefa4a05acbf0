"""The totals that `Core.stats` tells, by key."""

from __future__ import annotations

STATS = (
    "suppressed",  # events of the bridge, of exporters, and under OpenTelemetry's suppression: not seen
    "no_trace",  # kept records whose span could not be read
    "dropped_first_full",  # `first`: the memory for distinct values was full
    "dropped_no_memory",
    "dropped_reentrant",  # raised while the hook was at work on the same thread
    "ring_kept",
    "ring_queue_full",
    "ring_bytes",  # bytes waiting now
    "ring_capacity",
    "span_kept",
    "span_over",  # over the cap of events per span
    "span_late",  # the span had ended
    "span_memory_full",  # the global cap over all span buffers
    "span_abandoned",  # buffered by a span that was never ended
    "span_bytes",
    "names_interned",
    "names_other",  # distinct-looking names past the bound, by occurrence
    "who_over",  # spans that knew more of their request than a record may carry: theirs say nothing of it
    "hook_timed",  # kept events whose hook time was measured (1 in 1,024)
    "hook_time_ns",
)
