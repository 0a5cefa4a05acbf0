"""Alerts on what services do, against their own last week: how much, and what for the first time."""

from __future__ import annotations

from tools.rules.bridge import SERVICE as NAMED
from tools.rules.environment import placed
from tools.rules.model import FLEET, SERVICE, Alert, Group, Record

FLOOR_PER_S, TIMES = 0.5, 2
"""300 events in ten minutes: below that a spike pages nobody. Twice the busiest ten minutes of the week is one."""

RATE = Record(
    "job_group:python_audit_events:rate10m",
    "sum by (job, python_audit_group) (rate(python_audit_events_total[10m]))",
)
RAISED_BY = Record(
    "job_event:python_audit_events:instances",
    "count by (job, python_audit_event, python_audit_group) (python_audit_events_total > 0)",
)
"""Instances whose counter of an event is above zero. Presence, not increase: a counter that begins at three grew by
nothing, and an event that happens once has no other sample."""

ALERTS = (
    Alert(
        "OtelAuditEventSpike",
        "warning",
        "5m",
        placed(
            f"{RATE.name} > {FLOOR_PER_S}\nand\n{RATE.name} > {TIMES} * max_over_time({RATE.name}[7d] offset 1h)\n"
            f"and\nlast_over_time({RATE.name}[6d] offset 1d)",
            of=RATE.name,
            by="job",
        ),
        f"{NAMED}: many more {{{{ $labels.python_audit_group }}}} events than in the last week",
        f"{NAMED} raises "
        "{{ $value | humanize }} {{ $labels.python_audit_group }} events a second, more than "
        f"{TIMES} times the busiest ten minutes of its last week.",
        SERVICE,
        "Events by name",
    ),
    Alert(
        "OtelAuditNewEvent",
        "warning",
        "0m",
        placed(
            f"{RAISED_BY.name}\nunless on (job, python_audit_event)\nlast_over_time({RAISED_BY.name}[7d] offset 1h)\n"
            f"and on (job)\nlast_over_time({RAISED_BY.name}[6d] offset 1d)",
            of=RAISED_BY.name,
            by="job",
        ),
        f"{NAMED}: raises {{{{ $labels.python_audit_event }}}}, as never in the last week",
        f"{{{{ $value }}}} instances of {NAMED} raised {{{{ $labels.python_audit_event }}}} (group "
        "{{ $labels.python_audit_group }}), which the service did not do in the last week. A new release, or code "
        "that should not be there.",
        FLEET,
        "Events by service and name",
    ),
)

GROUPS = (Group("otel-audit-behaviour", "2m", ALERTS, (RATE, RAISED_BY)),)
