"""Bridge health: what it sees, keeps and loses, and what it costs. All from its own metrics."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import hints, links, logql, promql
from grafana.frame import Row, framed
from grafana.panels import Colors, Column, PanelBuilder, Text, lines, number, rows, series
from grafana.promql import CORE, DESTINATION, ERROR, INSTANCE, JOB, OUTCOME, REASON, STATE, VERSION
from grafana.targets import log_lines, metric, metric_now
from grafana.variables import shared

_OUTCOMES = promql.bridge("events_total")
_KEPT = promql.bridge("events_total", f'{OUTCOME}="kept"')
_DROPPED = promql.bridge("events_total", f'{OUTCOME}="dropped"')
_PROCESSED = promql.bridge("processed_total")
_LIMITED = promql.bridge("events_total", f'{OUTCOME}="rate_limited"')
_FULLNESS = f"{promql.bridge('queue_size_bytes')} / {promql.bridge('queue_capacity_bytes')}"
_HOOK_TIME, _HOOK_TIMED = promql.bridge("hook_time_nanoseconds_total"), promql.bridge("hook_timed_total")

_TO_FLEET = links.dashboard(links.FLEET, "This service in the fleet", service=links.field(JOB))
_ROW_TO_FLEET = links.dashboard(links.FLEET, "This service in the fleet", service=links.cell(JOB))
_LOGS = links.records()
_OUTCOME_COLORS: Colors = (
    ("kept", "green"), ("sampled_out", "blue"), ("merged", "purple"), ("counted", "dark-purple"),
    ("rate_limited", "yellow"), ("dropped", "red"),
)  # fmt: skip


def _strip() -> list[PanelBuilder]:
    mean = f"sum({_HOOK_TIME}) / (sum({_HOOK_TIMED}) > 0)"
    none = "no bridge reports"
    return [
        number(
            Text("Seen per second", "Selected audit events, counted exactly.", none),
            metric(promql.rate(promql.bridge("events_total")), "seen"),
            unit="eps",
            width=3,
            links=[_LOGS],
        ),
        number(
            Text("Kept", "Share of seen events whose record is kept; sampling and merging account for the rest.", none),
            metric(f"{promql.rate(_KEPT)} / ({promql.rate(_OUTCOMES)} > 0)", "kept"),
            unit="percentunit",
            decimals=1,
            width=3,
            links=[_LOGS],
        ),
        number(
            Text(
                "Dropped in the hook", "Lost before any destination in the time range: no memory, or re-entered.", none
            ),
            metric_now(promql.or_zero(promql.happened(_DROPPED))),
            decimals=0,
            steps=((None, "green"), (1, "red")),
            width=3,
            links=[_LOGS],
        ),
        number(
            Text(
                "Lost by destinations", "Kept, and then lost in the time range; the panel below names the cause.", none
            ),
            metric_now(promql.or_zero(promql.lost())),
            decimals=0,
            steps=((None, "green"), (1, "red")),
            width=3,
            links=[_LOGS],
        ),
        number(
            Text("Fullest queue", "The fullest ring of all processes. At 100 % the newest records are dropped.", none),
            metric(f"max({_FULLNESS})", "fullest"),
            unit="percentunit",
            steps=((None, "green"), (0.5, "orange"), (0.9, "red")),
            width=3,
            links=[_LOGS],
        ),
        number(
            Text("Longest export lag", "Age of the last record when it was handed on, in the slowest process.", none),
            metric(f"max({promql.bridge('export_lag_seconds')})", "longest"),
            unit="s",
            steps=((None, "green"), (10, "orange"), (60, "red")),
            width=3,
            links=[_LOGS],
        ),
        number(
            Text(
                "Mean hook time",
                "Time of one hook call that keeps its record, since start; 1 in 1,024 kept events is timed.",
                "nothing timed yet",
            ),
            metric_now(mean),
            unit="ns",
            width=3,
            links=[_LOGS],
        ),
        number(
            Text("Refused or off", "Processes whose bridge records nothing; the table below says why.", none),
            metric_now(promql.or_zero(f"count({promql.status(promql.one_of(STATE, 'refused', 'off'))})")),
            steps=((None, "green"), (1, "red")),
            width=3,
            links=[links.dashboard(links.FLEET, "Fleet overview")],
        ),
    ]


def _account() -> list[PanelBuilder]:
    return [
        series(
            Text(
                "What the hook decided",
                "Seen events by outcome. They add up: seen = kept + sampled_out + rate_limited + merged + counted +"
                " dropped.",
                hints.NO_BRIDGE,
            ),
            metric(promql.rate(_OUTCOMES, OUTCOME), "{{python_audit_bridge_outcome}}"),
            unit="eps",
            stacked=True,
            colors=_OUTCOME_COLORS,
            links=[_LOGS],
        ),
        series(
            Text(
                "What became of the kept ones",
                "Records by destination and result; without a cause they were delivered. filtered, late, over and"
                " no_pipeline are no losses.",
                hints.NO_BRIDGE,
            ),
            metric(promql.rate(_PROCESSED, DESTINATION, ERROR), "{{python_audit_bridge_destination}} {{error_type}}"),
            unit="eps",
            stacked=True,
            links=[_LOGS],
        ),
        rows(
            Text(
                "Drops and losses by cause",
                "In the time range, by service. queue_full: a larger OTEL_PYTHON_AUDIT_RING_SIZE or more sampling; an"
                " error's name: the exporter's.",
                "None in this range: every kept record was delivered, filtered, late, over the cap of its span, or"
                " had no exporter to go to.",
            ),
            metric_now(f"{promql.happened(_DROPPED, JOB, ERROR)} > 0", ref="A"),
            metric_now(f"{promql.lost(JOB, DESTINATION, ERROR)} > 0", ref="B"),
            columns=[
                Column(JOB, "Service"),
                Column(DESTINATION, "Destination"),
                Column(ERROR, "Cause"),
                Column("Value #A", "Dropped in the hook", "short", 150),
                Column("Value #B", "Lost after", "short", 110),
            ],
            links=[_ROW_TO_FLEET],
        ),
        series(
            Text(
                "Throttled by rate limits",
                "Events whose record a rate limit left out, per second; they are counted in the metrics.",
                "No bridge reports here; or no rule N/s in OTEL_PYTHON_AUDIT_SAMPLING was exceeded since it started.",
            ),
            metric(promql.rate(_LIMITED, JOB), "{{job}}"),
            unit="eps",
            links=[links.logs(logql.notices(), "When limits began and ended")],
        ),
    ]


def _pressure() -> list[PanelBuilder]:
    suppressed = promql.rate(promql.bridge("suppressed_total"), JOB)
    mean = f"{promql.rate(_HOOK_TIME, JOB)} / ({promql.rate(_HOOK_TIMED, JOB)} > 0)"
    return [
        series(
            Text(
                "Queue depth",
                "How full the ring between hook and background thread is, the fullest process of each service.",
                hints.NO_BRIDGE,
            ),
            metric(f"max by ({JOB}) ({_FULLNESS})", "{{job}}"),
            unit="percentunit",
            maximum=1,
            links=[_TO_FLEET],
            width=8,
        ),
        series(
            Text(
                "Span buffers",
                "Bytes in the buffers of live spans, the largest process of each service.",
                hints.NO_BRIDGE,
            ),
            metric(f"max by ({JOB}) ({promql.bridge('span_buffer_size_bytes')})", "{{job}}"),
            unit="bytes",
            links=[_TO_FLEET],
            width=8,
        ),
        series(
            Text("Export lag", "Age of the last record when it was handed to the exporters.", hints.NO_BRIDGE),
            metric(f"max by ({JOB}) ({promql.bridge('export_lag_seconds')})", "{{job}}"),
            unit="s",
            links=[_TO_FLEET],
            width=8,
        ),
        series(
            Text(
                "Export errors",
                "Records lost per second, by destination and the exporter's error or the queue that was full.",
                "None: no destination has lost a record since it started, or no bridge reports.",
            ),
            metric(
                promql.rate(promql.bridge("processed_total", promql.NO_LOSS), DESTINATION, ERROR),
                "{{python_audit_bridge_destination}} {{error_type}}",
            ),
            unit="eps",
            links=[_LOGS],
            width=8,
        ),
        series(
            Text(
                "Hook time",
                "Mean time of a hook call that keeps its record; 1 in 1,024 kept events is timed, so quiet services"
                " have gaps.",
                "Nothing timed in this range: 1 in 1,024 kept events is. Choose a longer range.",
            ),
            metric(mean, "{{job}}"),
            unit="ns",
            links=[_TO_FLEET],
            width=8,
        ),
        series(
            Text(
                "Own traffic",
                "Events of the bridge, of exporters, and under suppressed instrumentation: not seen, not recorded.",
                hints.NO_BRIDGE,
            ),
            metric(suppressed, "{{job}}"),
            unit="eps",
            links=[_TO_FLEET],
            width=8,
        ),
    ]


def _processes() -> list[PanelBuilder]:
    by = (JOB, INSTANCE, STATE, CORE, VERSION, REASON)
    colors: Colors = (
        ("armed", "green"),
        ("paused", "orange"),
        ("closed", "text"),
        ("off", "orange"),
        ("refused", "red"),
    )
    return [
        rows(
            Text(
                "Processes",
                "State, core and version of every bridge; for five minutes after a change the former state too. Core"
                " python is the slower one, for where no compiled one fits.",
                hints.NO_BRIDGE,
            ),
            metric_now(f"max by ({', '.join(by)}) ({promql.status()})"),
            columns=[
                Column(JOB, "Service", width=160),
                Column(INSTANCE, "Instance"),
                Column(STATE, "State", width=90, colors=colors),
                Column(CORE, "Core", width=80, colors=(("python", "orange"),)),
                Column(VERSION, "Version", width=90),
                Column(REASON, "Reason"),
            ],
            links=[_ROW_TO_FLEET],
            width=16,
            sort="Service",
            ascending=True,
        ),
        series(
            Text(
                "Core in use",
                "Processes by implementation of the hook; one that ends is counted for five minutes more.",
                hints.NO_BRIDGE,
            ),
            metric(
                f"count by ({CORE}) ({promql.status(promql.one_of(STATE, 'armed', 'paused'))})",
                "{{python_audit_bridge_core}}",
            ),
            unit="short",
            stacked=True,
            width=8,
            colors=(("c", "green"), ("python", "orange")),
            links=[links.dashboard(links.FLEET, "Versions in the fleet")],
        ),
        lines(
            Text(
                "Rate limits began and ended",
                "The bridge's own notices: which event's limit began to leave records out, when it stopped, and how"
                " many.",
                "None in this range: no rule N/s of OTEL_PYTHON_AUDIT_SAMPLING was exceeded, or the signal logs is"
                " off.",
            ),
            log_lines(logql.notices()),
            height=7,
        ),
    ]


def dashboard() -> Dashboard:
    """otel-audit / Bridge health."""
    return framed(
        links.BRIDGE,
        "Bridge health",
        "What the audit bridge sees, keeps and loses, by cause, and what it costs the service.",
        shared(unused=("group", "ds_tempo")),
        [
            Row("", _strip()),
            Row("Account", _account()),
            Row("Pressure and cost", _pressure()),
            Row("Processes", _processes()),
        ],
        since="now-1h",
    )
