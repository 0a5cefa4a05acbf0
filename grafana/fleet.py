"""Fleet overview: what all services do, what moved, what is new, and whether the bridges run."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import hints, links, logql, promql
from grafana.frame import Row, framed
from grafana.panels import SIZE, VALUE, Column, PanelBuilder, Text, number, rows, series
from grafana.promql import EVENT, INSTANCE, JOB, REASON, STATE, VERSION
from grafana.record_tables import record_table
from grafana.targets import metric, metric_now
from grafana.variables import baseline, shared

_PYTHON_GROUP = "python_audit_group"
_REFUSED = promql.status(promql.one_of(STATE, "refused", "off"))
_SDK, _PYTHON, _SERVICE_VERSION = "telemetry_sdk_version", "process_runtime_version", "service_version"

_TO_SERVICE = links.dashboard(links.SERVICE, "This service", service=links.field(JOB))
_ROW_TO_SERVICE = links.dashboard(links.SERVICE, "This service", service=links.cell(JOB))
_TO_BRIDGE = links.dashboard(links.BRIDGE, "Bridge health")


def _strip() -> list[PanelBuilder]:
    reporting = f"count(count by ({JOB}) ({promql.events()}))"
    armed = f"count({promql.status(promql.one_of(STATE, 'armed'))})"
    return [
        number(
            Text("Services", "Services that report audit events, by Prometheus label job.", "no service reports"),
            metric_now(reporting),
            links=[_TO_BRIDGE],
        ),
        number(
            Text(
                "Bridges armed",
                "Processes whose bridge listens; one that pauses or ends is counted for five minutes more.",
                "no bridge reports",
            ),
            metric_now(armed),
            links=[_TO_BRIDGE],
        ),
        number(
            Text(
                "Bridges refused or off",
                "Processes that have otel-audit and record nothing: their settings could not be used, another audit"
                " hook vetoed, or it was switched off. The table below says why.",
                "no bridge reports",
            ),
            metric_now(promql.or_zero(f"count({_REFUSED})")),
            steps=((None, "green"), (1, "red")),
            links=[_TO_BRIDGE],
        ),
        number(
            Text("Events per second", "All selected audit events, counted exactly, never sampled.", "no events"),
            metric(promql.rate(promql.events()), "events"),
            unit="eps",
            links=[links.records()],
        ),
        number(
            Text(
                "Security events",
                "Events of the selector security in the time range, counted exactly: what an intruder needs.",
                "no bridge reports",
            ),
            metric_now(promql.or_zero(promql.happened(promql.events(promql.SECURITY_EVENTS)))),
            decimals=0,
            links=[links.dashboard(links.SECURITY, "Security")],
        ),
        number(
            Text(
                "Records lost",
                "Kept, and then lost, in the time range: a full queue, a failing exporter, no memory.",
                "no bridge reports",
            ),
            metric_now(promql.or_zero(promql.lost())),
            decimals=0,
            steps=((None, "green"), (1, "red")),
            links=[_TO_BRIDGE],
        ),
    ]


def _happening() -> list[PanelBuilder]:
    by_group = f"python_audit_group=`{links.field(_PYTHON_GROUP)}`"
    in_row = f"{EVENT}=`{links.cell(EVENT)}`"
    return [
        series(
            Text(
                "Events by service",
                "Audit events per second. Diamonds are exemplars: one event each, with the trace it happened in.",
                hints.NO_EVENTS,
            ),
            metric(promql.rate(promql.events(), JOB), "{{job}}", exemplars=True),
            unit="eps",
            stacked=True,
            links=[_TO_SERVICE],
        ),
        series(
            Text(
                "Events by group",
                "Audit events per second, by family. Diamonds are exemplars: one event each, with its trace.",
                hints.NO_EVENTS,
            ),
            metric(promql.rate(promql.events(), _PYTHON_GROUP), "{{python_audit_group}}", exemplars=True),
            unit="eps",
            stacked=True,
            links=[links.records(by_group), links.traces(logql.spans())],
        ),
        rows(
            Text(
                "Events by service and name",
                "Every event of the time range, counted exactly. A counter that begins within the range counts from"
                " zero.",
                hints.NO_EVENTS,
            ),
            metric_now(promql.happened(promql.events(), JOB, _PYTHON_GROUP, EVENT)),
            columns=[
                Column(JOB, "Service", links=[_ROW_TO_SERVICE]),
                Column(_PYTHON_GROUP, "Group", width=130),
                Column(EVENT, "Event", links=[links.records(in_row)]),
                Column(VALUE, "Events", "short", 110),
            ],
            links=[links.records(in_row)],
            width=24,
        ),
    ]


def _moved() -> PanelBuilder:
    by = (JOB, EVENT)
    size = {"mode": "unary", "unary": {"operator": "abs", "fieldName": "Value #B"}, "alias": SIZE}
    return rows(
        Text(
            "Top movers",
            "Events of the last hour, and how much that is more (or less) than in the hour before, and than in the"
            " same hour a week ago. The largest changes of the hour first.",
            hints.NO_EVENTS,
        ),
        metric_now(promql.happened(promql.events(), *by, window="1h"), ref="A"),
        metric_now(promql.change(promql.events(), *by, ago="1h", before="2h"), ref="B"),
        metric_now(promql.change(promql.events(), *by, ago="1w", before="169h"), ref="C"),
        columns=[
            Column(JOB, "Service"),
            Column(EVENT, "Event"),
            Column("Value #A", "Last hour", "short", 110),
            Column("Value #B", "Against the hour before", "short", 180),
            Column("Value #C", "Against last week", "short", 150),
        ],
        links=[_ROW_TO_SERVICE, links.records(f"{EVENT}=`{links.cell(EVENT)}`")],
        width=24,
        height=9,
        sort=None,
        before=[
            ("merge", {}),
            ("calculateField", size),
            ("sortBy", {"fields": {}, "sort": [{"field": SIZE, "desc": True}]}),
            ("limit", {"limitField": 25}),
        ],
    )


def _first_seen() -> list[PanelBuilder]:
    service = Column(logql.SERVICE, "Service", width=150)
    native = logql.is_event("ctypes.dlopen", "sqlite3.load_extension")
    native_module = f'({logql.is_event("import")} and {logql.FILE}!="")'
    return [
        record_table(
            Text(
                "Executables first seen",
                "Programs that were started in the time range and not in the days before it. From the logs.",
                hints.nothing_new("executable"),
            ),
            [service, Column(logql.EXECUTABLE, "Executable")],
            f'{logql.GROUP}="process"',
            f'{logql.EXECUTABLE}!=""',
            events=("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn"),
            new=True,
        ),
        record_table(
            Text(
                "Hosts first seen",
                "Names resolved and addresses contacted in the time range and not in the days before it..",
                hints.nothing_new("host"),
            ),
            [service, Column("host", "Host")],
            f'{logql.GROUP}=~"network|dns|web|mail"',
            logql.first_of("host", logql.SERVER, logql.QUESTION, logql.PEER),
            events=("socket.connect", "socket.getaddrinfo", "http.client.connect", "urllib.Request"),
            new=True,
        ),
        record_table(
            Text(
                "Imports first seen",
                "Modules imported in the time range and not in the days before it. From the logs.",
                hints.recorded_by("default,import", "import=first"),
            ),
            [service, Column(logql.MODULE, "Module")],
            logql.is_event("import"),
            f'{logql.MODULE}!=""',
            events=("import",),
            new=True,
        ),
        record_table(
            Text(
                "Native libraries first seen",
                "Libraries loaded through ctypes, SQLite extensions, and native modules where imports are recorded,"
                " that the days before had not.",
                hints.nothing_new("library"),
            ),
            [service, Column("library", "Library")],
            f"({native} or {native_module})",
            logql.first_of("library", logql.FILE, logql.NAME),
            events=("ctypes.dlopen", "sqlite3.load_extension", "import"),
            new=True,
        ),
    ]


def _bridges() -> list[PanelBuilder]:
    info = f"group_left({_SDK}, {_PYTHON}, {_SERVICE_VERSION})"
    armed = promql.status()
    with_versions = (
        f"{armed} * on ({JOB}, {INSTANCE}) {info} ({promql.target_info()})"
        f" or {armed} unless on ({JOB}, {INSTANCE}) {promql.target_info()}"
    )
    versions = (JOB, VERSION, promql.CORE, _SDK, _PYTHON, _SERVICE_VERSION)
    to_bridge = links.dashboard(links.BRIDGE, "Its bridge", service=links.cell(JOB))
    return [
        rows(
            Text(
                "Bridges refused or off",
                "Each with its own words for why; the service itself runs on.",
                "None: every bridge that reports is armed, paused or closed. One that cannot report is not here:"
                " compare the services with those you deployed.",
            ),
            metric_now(f"max by ({JOB}, {INSTANCE}, {STATE}, {REASON}) ({_REFUSED})"),
            columns=[
                Column(JOB, "Service", width=160),
                Column(INSTANCE, "Instance", width=160),
                Column(STATE, "State", width=90, colors=(("refused", "red"), ("off", "orange"))),
                Column(REASON, "Reason"),
            ],
            links=[to_bridge],
            sort="Service",
            ascending=True,
        ),
        rows(
            Text(
                "Versions",
                "Processes by version of bridge, SDK, Python and service. Python's is there where the resource has"
                " process.runtime.version (detector process in OTEL_EXPERIMENTAL_RESOURCE_DETECTORS).",
                hints.NO_BRIDGE,
            ),
            metric_now(f"count by ({', '.join(versions)}) ({with_versions})"),
            columns=[
                Column(JOB, "Service", width=150),
                Column(VERSION, "Bridge"),
                Column(promql.CORE, "Core"),
                Column(_SDK, "SDK"),
                Column(_PYTHON, "Python"),
                Column(_SERVICE_VERSION, "Service version"),
                Column(VALUE, "Processes", "short", 100),
            ],
            links=[to_bridge],
        ),
    ]


def dashboard() -> Dashboard:
    """otel-audit / Fleet."""
    return framed(
        links.FLEET,
        "Fleet",
        "What the Python services do, what moved, what is new, and whether their bridges run.",
        [*shared(), baseline()],
        [
            Row("", _strip()),
            Row("What happens", _happening()),
            Row("What moved", [_moved()]),
            Row("What is new (from the logs)", _first_seen()),
            Row("Bridges", _bridges()),
        ],
    )
