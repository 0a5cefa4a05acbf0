"""Alerts on the bridge's own metrics: does it run, does it lose anything, does it get rid of what it has."""

from __future__ import annotations

from tools.rules.environment import ENVIRONMENT, placed, within
from tools.rules.model import BRIDGE, Alert, Group

IN = f"{{{{ with $labels.{ENVIRONMENT} }}}} ({{{{ . }}}}){{{{ end }}}}"
SERVICE = f"{{{{ $labels.job }}}}{IN}"
WHERE = f"{{{{ $labels.job }}}}{{{{ with $labels.instance }}}}, instance {{{{ . }}}}{{{{ end }}}}{IN}"
STATUS = '__name__=~"python_audit_bridge_status(_ratio)?"'
"""A translation that knows units appends `_ratio` to a gauge of unit 1; which one a fleet has depends on its path."""

NO_LOSS = ("filtered", "late", "over", "no_pipeline")
"""Outcomes that are decided, passed on to the logs, or wanted by nobody (docs/troubleshooting.md)."""
EXPORT = ("export_failed", "already_shutdown", "[A-Z].*")
"""Outcomes that an exporter, a sink or a processor caused; the last is the name of what it raised."""


def grown(series: str, window: str = "10m") -> str:
    """By how much each counter grew in `window`, a Prometheus duration; a new series grew by all it has.

    `increase` sees nothing of a series that begins above zero, and that is how a loss begins: its cause is a label. A
    day of memory, so that a gap in the data does not make an old loss look new. After a reset that kept the series the
    new value counts in full.
    """
    return f"""\
    {series}
  -
    (
        last_over_time({series}[1d] offset {window})
      <=
        {series}
    or
      {series} * 0
    )"""


def _summed(labels: str, series: str, window: str = "10m") -> str:
    return f"sum by ({labels}) (\n{grown(series, window)}\n) > 0"


def _processed(matchers: str) -> str:
    return f"{_PROCESSED}{{{matchers}}}"


_PROCESSED = "python_audit_bridge_processed_total"
OUTAGE = "5m"
"""How long an export must go on failing to be down: a failure within the last five minutes, for five minutes."""

_CAUSE = "job, instance, error_type"
_DESTINATION = "job, instance, python_audit_bridge_destination"
_FAILED = f'error_type=~"{"|".join(EXPORT)}"'
_LOST = f'error_type!="", error_type!~"{"|".join((*NO_LOSS, *EXPORT))}"'

LOSSES = (
    Alert(
        "OtelAuditEventsDropped",
        "warning",
        "0m",
        placed(
            _summed(_CAUSE, 'python_audit_bridge_events_total{python_audit_bridge_outcome="dropped"}'),
            of="python_audit_bridge_events_total",
        ),
        f"{WHERE}: audit events dropped in the hook ({{{{ $labels.error_type }}}})",
        f"The hook of {WHERE} dropped {{{{ $value | humanize }}}} selected events in ten minutes, before any "
        "destination, because of {{ $labels.error_type }}. They are counted by event; their bodies are gone.",
        BRIDGE,
        "Drops and losses by cause",
    ),
    Alert(
        "OtelAuditRecordsLost",
        "warning",
        "0m",
        placed(_summed(f"{_DESTINATION}, error_type", _processed(_LOST)), of=_PROCESSED),
        f"{WHERE}: records lost on the way to {{{{ $labels.python_audit_bridge_destination }}}} "
        "({{ $labels.error_type }})",
        f"{WHERE} lost {{{{ $value | humanize }}}} records for {{{{ $labels.python_audit_bridge_destination }}}} in "
        "ten minutes, because of {{ $labels.error_type }}.",
        BRIDGE,
        "Drops and losses by cause",
    ),
    Alert(
        "OtelAuditExportFailing",
        "warning",
        "0m",
        placed(_summed(f"{_DESTINATION}, error_type", _processed(_FAILED)), of=_PROCESSED),
        f"{WHERE}: export of {{{{ $labels.python_audit_bridge_destination }}}} fails ({{{{ $labels.error_type }}}})",
        f"The exporter, a sink or a processor of {WHERE} failed on {{{{ $value | humanize }}}} records for "
        "{{ $labels.python_audit_bridge_destination }} in ten minutes: {{ $labels.error_type }}.",
        BRIDGE,
        "Export errors",
    ),
    Alert(
        "OtelAuditExportDown",
        "critical",
        OUTAGE,
        placed(
            # As short as the alert must hold: one batch that failed, and silence after it, never holds that long.
            f"{_summed(_DESTINATION, _processed(_FAILED), OUTAGE)}\nunless\n"
            + _summed(_DESTINATION, _processed('error_type=""')),
            of=_PROCESSED,
        ),
        f"{WHERE}: nothing is delivered to {{{{ $labels.python_audit_bridge_destination }}}}",
        f"{WHERE} delivered nothing to {{{{ $labels.python_audit_bridge_destination }}}} in the last ten minutes, and "
        "goes on failing: {{ $value | humanize }} records in the last five. Its audit trail has a hole that grows.",
        BRIDGE,
        "Export errors",
    ),
)

_ANY = f"{{{STATUS}}}"
_REPORTED = f'{{{STATUS}, python_audit_bridge_state=~"armed|paused"}}'
_REFUSED = f'{{{STATUS}, python_audit_bridge_state="refused"}}'
_PAUSED = f'{{{STATUS}, python_audit_bridge_state="paused"}}'
_CLOSED = f'{{{STATUS}, python_audit_bridge_state="closed"}}'


def _vanished(window: str) -> str:
    """Instances that reported within `window` and did not say goodbye; the value is the time of their last word."""
    last = f"max by (job, instance) (max_over_time(timestamp({_REPORTED})[{window}]))"
    closed = f"max by (job, instance) (max_over_time(timestamp({_CLOSED})[{window}]))"
    return f"(\n  {last}\n  unless\n  {closed}\n  >=\n  {last}\n)"


def _of(window: str) -> str:
    return f"last_over_time({_ANY}[{window}])"


def _reporting(window: str) -> str:
    """Environments of each service from where an instance reports now; of the instances as `window` knows them."""
    now = placed(f"group by (job, instance) ({_ANY})", of=_ANY, window=window)
    return f"group by (job, {ENVIRONMENT}) {within(now)}"


STATES = (
    Alert(
        "OtelAuditBridgeRefused",
        "critical",
        "0m",
        placed(f"max by (job, instance, python_audit_bridge_reason) ({_REFUSED}) > 0", of=_ANY),
        f"{WHERE}: the audit bridge refused to start",
        f"{WHERE} runs without the audit bridge: {{{{ $labels.python_audit_bridge_reason }}}}. Nothing it does is "
        "recorded.",
        BRIDGE,
        "Processes",
    ),
    Alert(
        "OtelAuditBridgePaused",
        "warning",
        "5m",
        placed(f"max by (job, instance) ({_PAUSED}) > 0", of=_ANY),
        f"{WHERE}: the audit bridge is paused",
        f"Code in {WHERE} called otel_audit.pause(), and nothing is recorded since. An intruder would do the same.",
        BRIDGE,
        "Processes",
    ),
    Alert(
        "OtelAuditServiceSilent",
        "warning",
        "5m",
        f"max by (job, {ENVIRONMENT}) {within(placed(_vanished('6h:5m'), of=_of('6h'), window='6h'))}\n"
        f"unless on (job, {ENVIRONMENT})\n{_reporting('6h')}",
        f"{SERVICE}: no audit bridge reports any more",
        f"The audit bridge of {SERVICE} was armed, did not announce its end, and no instance reports now. The last "
        "word came at {{ $value | humanizeTimestamp }}.",
        BRIDGE,
        "Processes",
    ),
    Alert(
        "OtelAuditInstanceSilent",
        "warning",
        "5m",
        placed(f"{_vanished('1h:1m')}\nunless on (job, instance)\n{_ANY}", of=_of("1h"), window="1h")
        + f"\nand on (job, {ENVIRONMENT})\n{_reporting('1h')}",
        f"{WHERE}: the audit bridge went silent",
        f"The audit bridge of {WHERE} was armed and stopped reporting without announcing its end, at "
        "{{ $value | humanizeTimestamp }}; other instances of the service report. The process was killed, or cannot "
        "reach the collector, or the bridge was taken out of it.",
        BRIDGE,
        "Processes",
    ),
)

LAG_S, FULL = 30, 0.8
"""Seconds: thirty times the usual flush interval. A ratio: the ring wakes its thread past a quarter, so at 0.8 it does
not keep up."""

BACKLOG = (
    Alert(
        "OtelAuditExportLag",
        "warning",
        "5m",
        placed(
            f"max by (job, instance) (python_audit_bridge_export_lag_seconds) > {LAG_S}\nand on (job, instance)\n"
            f"sum by (job, instance) (rate({_PROCESSED}[5m])) > 0",
            of="python_audit_bridge_export_lag_seconds",
        ),
        f"{WHERE}: audit records wait {{{{ $value | humanizeDuration }}}} before they are handed over",
        f"The records of {WHERE} are {{{{ $value | humanizeDuration }}}} old when they reach the exporter. What waits "
        "is lost if the process ends abruptly, and the ring may fill.",
        BRIDGE,
        "Export lag",
    ),
    Alert(
        "OtelAuditQueueNearFull",
        "warning",
        "2m",
        placed(
            "max by (job, instance) (python_audit_bridge_queue_size_bytes / python_audit_bridge_queue_capacity_bytes)"
            f" > {FULL}",
            of="python_audit_bridge_queue_size_bytes",
        ),
        f"{WHERE}: the ring is {{{{ $value | humanizePercentage }}}} full",
        f"The ring between hook and background thread of {WHERE} is {{{{ $value | humanizePercentage }}}} full. When "
        "it is full, new records are dropped and counted as queue_full.",
        BRIDGE,
        "Queue depth",
    ),
)

GROUPS = (
    Group("otel-audit-losses", "1m", LOSSES),
    Group("otel-audit-bridge", "1m", (*STATES, *BACKLOG)),
)
