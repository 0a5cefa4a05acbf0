"""The same for the dashboard about the bridge itself."""

from __future__ import annotations

from tests_stack import facts
from tests_stack.expectations import (
    CORE,
    DECIDED,
    DESTINATION,
    DROPPED,
    LOST,
    OUTCOME,
    PROCESSED,
    REASON,
    REFUSED_NUMBER,
    STATE,
    STATUS,
    VERSION,
    Expectation,
    above_zero,
    fullness,
    is_in,
    lost,
    or_zero,
)
from tests_stack.model import Moment, Result, add, count, divide, highest

HOOK_TIME, HOOK_TIMED = "python_audit_bridge_hook_time_nanoseconds_total", "python_audit_bridge_hook_timed_total"
LAG, SPAN_BUFFERS = "python_audit_bridge_export_lag_seconds", "python_audit_bridge_span_buffer_size_bytes"
SUPPRESSED = "python_audit_bridge_suppressed_total"


def kept_share(at: Moment) -> Result:
    return divide(at.rate(DECIDED, where=is_in(OUTCOME, "kept")), at.rate(DECIDED))


def mean_hook_time(at: Moment) -> Result:
    return divide(add(at.now(HOOK_TIME)), add(at.now(HOOK_TIMED)))


BRIDGE = {
    ("Seen per second", "A"): Expectation(lambda at: at.rate(DECIDED)),
    ("Kept", "A"): Expectation(kept_share),
    ("Dropped in the hook", "A"): Expectation(
        lambda at: or_zero(at.happened(DECIDED, where=DROPPED), at), facts.dropped
    ),
    ("Lost by destinations", "A"): LOST,
    ("Fullest queue", "A"): Expectation(lambda at: highest(fullness(at)), facts.fullest),
    ("Longest export lag", "A"): Expectation(lambda at: highest(at.now(LAG))),
    ("Mean hook time", "A"): Expectation(mean_hook_time, facts.mean_hook_time),
    ("Refused or off", "A"): REFUSED_NUMBER,
    ("What the hook decided", "A"): Expectation(lambda at: at.rate(DECIDED, OUTCOME)),
    ("What became of the kept ones", "A"): Expectation(lambda at: at.rate(PROCESSED, DESTINATION, "error_type")),
    ("Drops and losses by cause", "A"): Expectation(
        lambda at: above_zero(at.happened(DECIDED, "job", "error_type", where=DROPPED)),
        lambda run: facts.dropped(run, "job", "error_type"),
    ),
    ("Drops and losses by cause", "B"): Expectation(
        lambda at: above_zero(at.happened(PROCESSED, "job", DESTINATION, "error_type", where=lost)),
        lambda run: facts.lost(run, "job", DESTINATION, "error_type"),
    ),
    ("Throttled by rate limits", "A"): Expectation(
        lambda at: at.rate(DECIDED, "job", where=is_in(OUTCOME, "rate_limited"))
    ),
    ("Queue depth", "A"): Expectation(lambda at: highest(fullness(at), "job")),
    ("Span buffers", "A"): Expectation(lambda at: highest(at.now(SPAN_BUFFERS), "job"), facts.span_buffers),
    ("Export lag", "A"): Expectation(lambda at: highest(at.now(LAG), "job")),
    ("Export errors", "A"): Expectation(lambda at: at.rate(PROCESSED, DESTINATION, "error_type", where=lost)),
    ("Hook time", "A"): Expectation(lambda at: divide(at.rate(HOOK_TIME, "job"), at.rate(HOOK_TIMED, "job"))),
    ("Own traffic", "A"): Expectation(lambda at: at.rate(SUPPRESSED, "job")),
    ("Processes", "A"): Expectation(
        lambda at: highest(at.now(STATUS), "job", "instance", STATE, CORE, VERSION, REASON), facts.processes
    ),
    ("Core in use", "A"): Expectation(lambda at: count(at.now(STATUS, is_in(STATE, "armed", "paused")), CORE)),
}
