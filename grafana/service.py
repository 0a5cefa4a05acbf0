"""One service: what it starts, reaches, writes and loads; every number leads to the logs and traces behind it."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import hints, links, logql, promql
from grafana.frame import Row, framed
from grafana.panels import VALUE, Column, PanelBuilder, Text, lines, number, rows, series
from grafana.record_tables import EVENT, ROUTE, record_table
from grafana.targets import log_count, log_lines, log_series, metric, metric_now, search
from grafana.variables import shared

WRITES = (
    "os.remove", "os.rename", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.chown",
    "shutil.copyfile", "shutil.copytree", "shutil.move", "shutil.rmtree", "shutil.make_archive",
    "shutil.unpack_archive", "tempfile.mkstemp",
)  # fmt: skip
"""Changes to the file system by name; an `open` changes something when its flags or mode say so."""

_OPENED = f'{logql.FLAGS}=~".*(write|append|create|truncate).*" or python_audit_arg_mode=~".*[wax+].*"'
WRITING = f"({logql.is_event(*WRITES)} or {_OPENED})"
_NATIVE_MODULE = f'({logql.is_event("import")} and {logql.FILE}!="")'
NATIVE = f'({logql.GROUP}="native" or {logql.is_event("sqlite3.load_extension")} or {_NATIVE_MODULE})'


def _count(title: str, group: str, description: str) -> PanelBuilder:
    """Exact number of a group's events in the range."""
    in_group = f'{logql.GROUP}="{group}"'
    selector = promql.events(f'python_audit_group="{group}"')
    return number(
        Text(title, f"{description} Counted exactly in the time range, sampled or not.", "no bridge reports"),
        metric_now(promql.or_zero(promql.happened(selector))),
        decimals=0,
        width=3,
        links=[links.records(in_group), links.traces(logql.spans())],
    )


def _strip() -> list[PanelBuilder]:
    return [
        number(
            Text("Events per second", "All selected audit events of the service.", "no events"),
            metric(promql.rate(promql.events()), "events"),
            unit="eps",
            width=3,
            links=[links.records(), links.traces(logql.spans())],
        ),
        _count("Process events", "process", "Programs started, forks, limits."),
        _count("Network events", "network", "Connections, listeners, protocol clients."),
        _count("DNS look-ups", "dns", "Names resolved to addresses, and back."),
        _count("File events", "filesystem", "Files opened, listed, changed."),
        _count("Dynamic code", "dynamic_code", "compile, exec and code built by hand; not recorded by default."),
        _count("Native code", "native", "Libraries and raw memory through ctypes."),
        _count("Deserialization", "serialization", "pickle and marshal."),
    ]


def _over_time() -> list[PanelBuilder]:
    event = f"{promql.EVENT}=`{links.field(promql.EVENT)}`"
    spans = f'{{ {logql.TRACEQL_SERVICE} && event:name = "python.audit.{links.field(promql.EVENT)}" }}'
    route = f"{logql.ROUTE}=`{links.cell(logql.ROUTE)}`"
    requests = logql.records(f'{logql.GROUP}=~"$group"', f'{logql.ROUTE}!=""')
    return [
        series(
            Text(
                "Events by name",
                "Audit events per second. Diamonds are exemplars: one event each, with the trace it happened in.",
                hints.NO_EVENTS,
            ),
            metric(promql.rate(promql.events(), promql.EVENT), "{{python_audit_event}}", exemplars=True),
            unit="eps",
            stacked=True,
            width=16,
            height=9,
            links=[links.records(event), links.traces(spans)],
        ),
        rows(
            Text(
                "Which requests do it",
                "Records by route and event, from the logs; records outside a request are not here.",
                "No record belongs to a route. A route is known in a server span that has http.route when it starts,"
                " or is named after it; records need the signal logs.",
            ),
            log_count(logql.top(logql.ROUTE, logql.EVENT, of=requests)),
            columns=[Column(logql.ROUTE, "Route"), Column(logql.EVENT, "Event"), Column(VALUE, "Records", "short", 90)],
            links=[
                links.records(route, f"{logql.EVENT}=`{links.cell(logql.EVENT)}`"),
                links.traces(
                    f'{{ {logql.TRACEQL_SERVICE} && span.http.route = "{links.cell(logql.ROUTE)}"'
                    f' && event:name = "python.audit.{links.cell(logql.EVENT)}" }}'
                ),
            ],
            width=8,
            height=9,
        ),
    ]


def _processes_and_peers() -> list[PanelBuilder]:
    names = (logql.EXECUTABLE, logql.COMMAND, "process_executable_name", "process_command_args")
    return [
        record_table(
            Text(
                "Processes spawned",
                "Programs that the service starts, and the route that did it.",
                hints.by_default("process"),
            ),
            [Column("program", "Program"), EVENT, ROUTE],
            f'{logql.GROUP}="process"',
            logql.first_of("program", *names),
        ),
        record_table(
            Text(
                "Outbound peers",
                "Addresses, servers and URLs that the service contacts.",
                hints.by_default("network"),
            ),
            [Column("peer", "Peer"), EVENT, ROUTE],
            f'{logql.GROUP}=~"network|web|mail"',
            logql.first_of("peer", logql.PEER, logql.SERVER, logql.URL),
        ),
        record_table(
            Text("Names resolved", "What the service asks the resolver for.", hints.by_default("dns")),
            [Column(logql.QUESTION, "Name"), EVENT, ROUTE],
            f'{logql.GROUP}="dns"',
            f'{logql.QUESTION}!=""',
        ),
        record_table(
            Text(
                "Files written",
                "Files created, changed, moved and removed. Opens are sampled in-trace by default: those outside a"
                " sampled trace are counted, not listed.",
                "None in this range. Recorded by default inside sampled traces; everywhere with"
                " OTEL_PYTHON_AUDIT_SAMPLING=open=100/s.",
            ),
            [Column(logql.FILE, "File"), EVENT, ROUTE],
            f'{logql.GROUP}="filesystem"',
            f'{logql.FILE}!=""',
            WRITING,
        ),
    ]


def _blocking_spans(event: str) -> str:
    return logql.spans(event, also=("event.python.audit.on_event_loop = true",))


def _event_loop() -> list[PanelBuilder]:
    event = f"{promql.EVENT}=`{links.field(promql.EVENT)}`"
    place = [f"{label}=`{links.cell(label)}`" for label in (logql.EVENT, logql.CODE_FILE, logql.CODE_FUNCTION)]
    said = " ".join(f"{{{{ .{label} }}}}" for label in (logql.ROUTE, logql.TASK, logql.CODE_FUNCTION))
    return [
        series(
            Text(
                "What blocks the event loop",
                "Blocking work on a thread whose asyncio loop was running, per second: all other requests of the"
                " process waited for it. Recorded events, so those that sampling left out are missing.",
                hints.NO_BLOCKING,
            ),
            metric(promql.rate(promql.blocking(), promql.EVENT), "{{python_audit_event}}", exemplars=True),
            unit="eps",
            stacked=True,
            links=[links.records(logql.BLOCKING, event), links.traces(_blocking_spans(links.field(promql.EVENT)))],
        ),
        rows(
            Text(
                "Where it is blocked",
                "The application's own code that did it, most often first; without a file it was a library's. A process"
                " tells 200 places apart, further ones are `other`.",
                hints.NO_BLOCKING,
            ),
            metric_now(
                promql.happened(promql.blocking(), promql.EVENT, promql.CODE_FILE, promql.CODE_FUNCTION),
            ),
            columns=[
                Column(promql.EVENT, "Event", width=160),
                Column(promql.CODE_FILE, "File"),
                Column(promql.CODE_FUNCTION, "Function", width=200),
                Column(VALUE, "Events", "short", 90),
            ],
            links=[
                links.records(logql.BLOCKING, *place),
                links.traces(_blocking_spans(links.cell(promql.EVENT))),
            ],
        ),
        record_table(
            Text(
                "Requests that block it",
                "Records by route, event and line of code; those without a route happened outside a request.",
                hints.NO_BLOCKING,
            ),
            [ROUTE, EVENT, Column(logql.CODE_FILE, "File"), Column(logql.CODE_LINE, "Line", width=70)],
            logql.BLOCKING,
        ),
        lines(
            Text(
                "Blocking records",
                "The newest ones: route, task and function, then the record's own line.",
                hints.NO_BLOCKING,
            ),
            log_lines(logql.records(logql.BLOCKING, f"line_format `{said}: {{{{ __line__ }}}}`")),
            width=12,
            height=8,
        ),
    ]


def _code() -> list[PanelBuilder]:
    rebuilt = f"{{{{ if .{logql.MODULE} }}}}{{{{ .{logql.MODULE} }}}}.{{{{ .{logql.NAME} }}}}{{{{ end }}}}"
    return [
        record_table(
            Text(
                "Dynamic code",
                "Where code is compiled and executed at run time; never what it says.",
                hints.recorded_by("default,dynamic_code", "compile=first,exec=first"),
            ),
            [Column(logql.CODE_FILE, "Code of file"), EVENT],
            f'{logql.GROUP}="dynamic_code"',
            width=8,
        ),
        record_table(
            Text(
                "Native loading",
                "Libraries through ctypes, SQLite extensions, and native modules where imports are recorded.",
                hints.by_default("native"),
            ),
            [Column("library", "Library"), EVENT],
            NATIVE,
            logql.first_of("library", logql.FILE, logql.NAME, logql.MODULE),
            width=8,
        ),
        record_table(
            Text(
                "Deserialization",
                "Classes and functions that pickles ask for: one that is no data class is how a pickle runs code."
                " marshal names nothing.",
                hints.by_default("pickle.find_class"),
            ),
            [Column("object", "Class or function"), EVENT],
            f'{logql.GROUP}="serialization"',
            f"label_format object=`{rebuilt}`",
            width=8,
        ),
    ]


def _behind() -> list[PanelBuilder]:
    return [
        series(
            Text("Records by severity", "WARN is the selector security, DEBUG what is hot.", hints.NO_RECORDS),
            log_series(
                logql.count(logql.SEVERITY, of=logql.records(f'{logql.GROUP}=~"$group"'), window="$__auto"),
                "{{severity_text}}",
            ),
            unit="short",
            bars=True,
            width=12,
            links=[links.records(f"{logql.SEVERITY}=`{links.field(logql.SEVERITY)}`")],
            colors=(("WARN", "orange"), ("INFO", "blue"), ("DEBUG", "dark-blue")),
        ),
        rows(
            Text(
                "Traces with audit events",
                "The newest traces that hold audit events; a click opens one with its records.",
                hints.NO_TRACES,
            ),
            search(logql.spans()),
            columns=[
                Column(
                    "traceID",
                    "Trace",
                    links=[links.trace("${__value.raw}"), links.traces("${__value.raw}", "Trace in Explore")],
                ),
                Column("startTime", "Start", "dateTimeAsLocal", 170),
                Column("traceService", "Service", width=120),
                Column("traceName", "Root span"),
                Column("traceDuration", "Duration", "ms", 100),
            ],
            sort="Start",
        ),
        lines(
            Text(
                "Records",
                "The newest records of the selection, as lines. A line's details have its attributes; its trace id"
                " leads to the trace.",
                hints.NO_RECORDS,
            ),
            log_lines(logql.records(f'{logql.GROUP}=~"$group"')),
        ),
    ]


def dashboard() -> Dashboard:
    """otel-audit / Service."""
    return framed(
        links.SERVICE,
        "Service",
        "What one service starts, reaches, writes and loads. Counts are exact; tables are records, which may be"
        " sampled.",
        shared(single_service=True),
        [
            Row("", _strip()),
            Row("Over time", _over_time()),
            Row("Processes, peers, names, files", _processes_and_peers()),
            Row("Event loop", _event_loop()),
            Row("Code", _code()),
            Row("Logs and traces", _behind()),
        ],
        since="now-1h",
    )
