"""PromQL: every metric name and label that a panel asks for is written here once.

Names are those of OTLP's translation for Prometheus, as the collector's exporters make it.
"""

from __future__ import annotations

from otel_audit import events as catalogue

SCOPE = 'job=~"$service", instance=~"$instance", instance=~"${environment_instances:pipe}"'
"""The last one is a hidden variable: `.*`, or the instances of the environment that was chosen."""
GROUP = 'python_audit_group=~"$group"'
EVENT, JOB, INSTANCE = "python_audit_event", "job", "instance"
CODE_FILE, CODE_FUNCTION = "code_file_path", "code_function_name"
STATE, REASON, CORE = "python_audit_bridge_state", "python_audit_bridge_reason", "python_audit_bridge_core"
VERSION, OUTCOME, DESTINATION = (
    "python_audit_bridge_version",
    "python_audit_bridge_outcome",
    "python_audit_bridge_destination",
)
ERROR = "error_type"

STATUS_NAME = '__name__=~"python_audit_bridge_status(_ratio)?"'
"""A collector's translation of a gauge without a unit may append `_ratio`."""

NO_LOSS = f'{ERROR}!~"|filtered|late|over|no_pipeline"'
"""What became of a kept record and is no loss; the empty one is a delivery."""

_KNOWN_BEFORE = "1h"
"""How long before a window a series may have been silent and still counts as an old one."""


def _selector(name: str, *matchers: str) -> str:
    return f"{name}{{{', '.join((SCOPE, *matchers))}}}"


def events(*matchers: str) -> str:
    """The exact counter of audit events, of the chosen services, instances and groups."""
    return _selector("python_audit_events_total", GROUP, *matchers)


def blocking() -> str:
    """The counter of what was done on a thread whose event loop had to wait; it has no group."""
    return _selector("python_audit_event_loop_blocking_total")


def bridge(name: str, *matchers: str) -> str:
    """One of the bridge's own metrics, `python_audit_bridge_<name>`."""
    return _selector(f"python_audit_bridge_{name}", *matchers)


def status(*matchers: str) -> str:
    """The status gauge, always 1, under either of its names."""
    return _selector("", STATUS_NAME, *matchers)


def target_info() -> str:
    """One `target_info` per process: a restart under the same identity leaves two for a while, and joins would fail."""
    return f"topk by ({JOB}, {INSTANCE}) (1, {_selector('target_info')})"


def one_of(label: str, *values: str) -> str:
    """Matcher for any of some exact values."""
    return f'{label}=~"{"|".join(value.replace(".", "[.]") for value in values)}"'


def rate(selector: str, *by: str) -> str:
    """Per second, for time series."""
    return f"sum{_by(by)} (rate({selector}[$__rate_interval]))"


def happened(selector: str, *by: str, window: str = "$__range", ago: str = "", before: str = "") -> str:
    """How many happened in a window, the first one of a new series included.

    `increase` alone knows no zero before a series' first sample, so it would miss the one `os.system` that matters.

    Args:
        selector: of a counter.
        by: labels to keep.
        window: PromQL duration.
        ago: offset of the window, for comparisons.
        before: offset at which a series must have been known to be old: `ago` plus `window`.
    """
    offset = f" offset {ago}" if ago else ""
    new = (
        f"min_over_time({selector}[{window}]{offset})"
        f" unless last_over_time({selector}[{_KNOWN_BEFORE}] offset {before or window})"
    )
    return f'sum{_by(by)} (increase({selector}[{window}]{offset}) or label_replace({new}, "series", "new", "", ""))'


def change(selector: str, *by: str, ago: str, before: str) -> str:
    """This hour against an earlier one; what stopped counts as a fall, what is new as a rise."""
    now = happened(selector, *by, window="1h")
    then = happened(selector, *by, window="1h", ago=ago, before=before)
    return f"{now} - ({then} or 0 * {now}) or -1 * {then}"


def or_zero(expression: str) -> str:
    """Zero where bridges report and nothing matches; nothing at all where no bridge reports."""
    return f"{expression} or 0 * count({status()})"


def lost(*by: str, window: str = "$__range") -> str:
    """Records lost after they were kept: by any destination, for any cause that is a loss."""
    return happened(bridge("processed_total", NO_LOSS), *by, window=window)


SECURITY_EVENTS = one_of(EVENT, *sorted(catalogue.SECURITY))
"""The selector `security`, name by name: the events whose records are WARN."""


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
