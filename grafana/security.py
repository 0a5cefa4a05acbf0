"""Security: severities, sensitive paths, metadata addresses, shells, listeners, tracing, start-up code."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import hints, links, logql, promql
from grafana.frame import Row, framed
from grafana.panels import VALUE, Column, PanelBuilder, Text, lines, number, rows, series
from grafana.record_tables import EVENT, ROUTE, SERVICE, record_table
from grafana.targets import log_count, log_lines, log_series, metric, metric_now
from grafana.variables import baseline, shared

SENSITIVE = (
    "/etc/(passwd|shadow|gshadow|sudoers|krb5[.]keytab|ssh/).*",
    ".*/[.](ssh|aws|kube|azure|gnupg|docker)/.*",
    ".*/[.](netrc|pypirc|pgpass|git-credentials|env)",
    ".*/[.]config/gcloud/.*",
    ".*(id_rsa|id_ecdsa|id_ed25519|[.]pem|[.]p12|[.]keytab|[.]kdbx).*",
    "/(var/)?run/secrets/.*",
    "(/var)?/run/(docker|containerd/containerd|crio/crio)[.]sock",
    "/proc/([0-9]+|self)/(environ|mem|maps)",
)
"""Where credentials and other processes' memory lie, on Linux and in containers."""

METADATA = (
    "169[.]254[.]169[.]254",  # AWS, Azure, Google, OpenStack, Oracle, ...
    "fd00:ec2::254",  # AWS, IPv6
    "169[.]254[.]170[.](2|23)",  # AWS: credentials of ECS tasks and EKS pods
    "168[.]63[.]129[.]16",  # Azure's platform
    "100[.]100[.]100[.]200",  # Alibaba
    "metadata[.]google[.]internal",
)
"""Where clouds hand out credentials to whoever asks from inside."""

SHELLS = (
    "(.*[/\\\\\\\\])?(sh|bash|dash|zsh|ksh|ash|csh|tcsh|fish|busybox|cmd([.]exe)?|powershell([.]exe)?|pwsh([.]exe)?)"
)
"""Executables, with or without their path; the backslashes are those of a LogQL string."""

HOOKS = (
    "sys.addaudithook", "setopencodehook", "sys.settrace", "sys.setprofile", "sys.monitoring.register_callback",
    "sys.remote_exec", "cpython.remote_debugger_script", "cpython.PyConfig_Set", "builtins.breakpoint", "pdb.Pdb",
)  # fmt: skip
STARTS = (
    "cpython.run_command", "cpython.run_file", "cpython.run_module", "cpython.run_stdin", "cpython.run_startup",
    "cpython.run_interactivehook", "ensurepip.bootstrap",
)  # fmt: skip
START_FILES = (
    "(?i)(.*[/\\\\\\\\])?((site|dist)-packages[/\\\\\\\\]+[^/\\\\\\\\]+[.]pth|(site|user)customize[.]py|pyvenv[.]cfg)"
)
"""Files whose code, or whose word, every later interpreter start obeys. A `.pth` file elsewhere is mostly a model's."""

_GROUP = f'{logql.GROUP}=~"$group"'
_WARN = (f'{logql.SEVERITY}="WARN"', _GROUP)
_SENSITIVE = (f'{logql.FILE}=~"{"|".join(SENSITIVE)}"',)
_ADDRESSES = "|".join(METADATA)
_METADATA = (
    f'({logql.PEER}=~"{_ADDRESSES}" or {logql.SERVER}=~"{_ADDRESSES}" or {logql.QUESTION}=~"{_ADDRESSES}"'
    f' or {logql.URL}=~"https?://\\\\[?({_ADDRESSES})([/:\\\\]].*)?")',
)
_SHELL = (
    f'({logql.is_event("os.system", "pty.spawn")} or {logql.EXECUTABLE}=~"{SHELLS}"'
    f' or process_executable_name=~"{SHELLS}")',
    f'{logql.GROUP}="process"',
)
_LISTEN = (logql.is_event("socket.bind"), f"{logql.LOCAL_PORT}>0")
_HOOK = (logql.is_event(*HOOKS),)
_START = (f'({logql.is_event(*STARTS)} or {logql.FILE}=~"{START_FILES}")',)


def _number(title: str, description: str, filters: tuple[str, ...], *events: str) -> PanelBuilder:
    return number(
        Text(title, f"{description} Records of the time range, from the logs.", "none"),
        log_count(logql.count(of=logql.records(*filters))),
        steps=((None, "text"), (1, "orange")),
        links=[links.records(*filters), links.traces(logql.spans(*events))],
    )


def _strip() -> list[PanelBuilder]:
    return [
        _number("Security records", "Severity WARN: events of the selector security.", _WARN),
        _number(
            "Shells", "A shell was started, or a command string handed to one.", _SHELL, "subprocess.Popen", "os.system"
        ),
        _number("Metadata addresses", "A cloud's metadata service was contacted.", _METADATA, "socket.connect"),
        _number("Sensitive paths", "Files where credentials lie were opened or changed.", _SENSITIVE, "open"),
        _number("Listeners", "Sockets bound to a port that was named.", _LISTEN, "socket.bind"),
        _number("Hooks and tracers", "Audit hooks, tracers, profilers, debuggers were installed.", _HOOK, *HOOKS),
    ]


def _severities() -> list[PanelBuilder]:
    event = f"{promql.EVENT}=`{links.field(promql.EVENT)}`"
    row = (f"{logql.EVENT}=`{links.cell(logql.EVENT)}`",)
    return [
        series(
            Text(
                "Records by severity",
                "WARN is the selector security, INFO what is ordinary, DEBUG what is hot. From the logs.",
                hints.NO_RECORDS,
            ),
            log_series(logql.count(logql.SEVERITY, of=logql.records(_GROUP), window="$__auto"), "{{severity_text}}"),
            unit="short",
            bars=True,
            links=[links.records(f"{logql.SEVERITY}=`{links.field(logql.SEVERITY)}`"), links.traces(logql.spans())],
            colors=(("WARN", "orange"), ("INFO", "blue"), ("DEBUG", "dark-blue")),
        ),
        series(
            Text(
                "Security events",
                "Events of the selector security per second, counted exactly. Diamonds are exemplars: one event each,"
                " with its trace.",
                "None in this range. The selector default holds most of them,"
                " OTEL_PYTHON_AUDIT_INCLUDE=default,security all of them.",
            ),
            metric(
                promql.rate(promql.events(promql.SECURITY_EVENTS), promql.EVENT),
                "{{python_audit_event}}",
                exemplars=True,
            ),
            unit="eps",
            stacked=True,
            links=[
                links.records(event),
                links.traces(f'{{ event:name = "python.audit.{links.field(promql.EVENT)}" }}'),
            ],
        ),
        rows(
            Text(
                "Security events by service",
                "Events of the selector security in the time range, counted exactly; the first one of a new series"
                " included.",
                "None in this range. The selector default holds most of them,"
                " OTEL_PYTHON_AUDIT_INCLUDE=default,security all of them.",
            ),
            metric_now(promql.happened(promql.events(promql.SECURITY_EVENTS), promql.JOB, promql.EVENT)),
            columns=[
                Column(
                    promql.JOB,
                    "Service",
                    links=[links.dashboard(links.SERVICE, "This service", service=links.cell("job"))],
                ),
                Column(promql.EVENT, "Event"),
                Column(VALUE, "Events", "short", 90),
            ],
            links=[links.records(*row)],
        ),
        lines(
            Text("Security records", "Severity WARN, newest first, as lines.", hints.NO_RECORDS),
            log_lines(logql.records(*_WARN)),
            width=12,
            height=8,
        ),
    ]


def _reached() -> list[PanelBuilder]:
    return [
        record_table(
            Text(
                "Shells",
                "A shell, or a command string for one. With a route it came from a web request: where command"
                " injection shows.",
                hints.by_default("process"),
            ),
            [SERVICE, ROUTE, Column("command", "Command")],
            *_SHELL,
            logql.first_of("command", logql.COMMAND, "process_command_args", logql.EXECUTABLE),
            events=("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "pty.spawn"),
        ),
        record_table(
            Text(
                "Metadata addresses",
                "A cloud's metadata service (169.254.169.254 and the like) hands credentials to whoever asks. The"
                " cloud's SDKs do it at start; with a route it may be request forgery.",
                hints.by_default("network"),
            ),
            [SERVICE, ROUTE, EVENT, Column("peer", "Contacted")],
            *_METADATA,
            logql.first_of("peer", logql.URL, logql.PEER, logql.SERVER, logql.QUESTION),
        ),
        record_table(
            Text(
                "Sensitive paths",
                "Files where credentials or other processes' memory lie. Opens outside a sampled trace are sampled"
                " out by default, and only counted.",
                "None in this range. Opens are recorded by default inside sampled traces; all of them with"
                " OTEL_PYTHON_AUDIT_SAMPLING=open=100/s.",
            ),
            [SERVICE, ROUTE, EVENT, Column(logql.FILE, "File")],
            *_SENSITIVE,
        ),
        record_table(
            Text(
                "New listeners",
                "Addresses that were bound in the time range and not in the days before it. Port 0, which the kernel"
                " chooses, is left out.",
                hints.nothing_new("listener"),
            ),
            [SERVICE, Column(logql.LOCAL, "Address"), Column(logql.LOCAL_PORT, "Port", width=90)],
            *_LISTEN,
            events=("socket.bind",),
            new=True,
        ),
    ]


def _interpreter() -> list[PanelBuilder]:
    return [
        record_table(
            Text(
                "Tracing and hook installation",
                "Someone starts to watch or steer the interpreter: audit hooks, tracers, profilers, debuggers, code"
                " injected from another process.",
                hints.by_default("introspection,interpreter"),
            ),
            [SERVICE, ROUTE, EVENT, Column("what", "What")],
            *_HOOK,
            logql.first_of("what", logql.FILE, logql.NAME, logql.EVENT),
        ),
        record_table(
            Text(
                "Start-up activity",
                ".pth files, sitecustomize and the like run in every interpreter start; programs run by -c, from"
                " standard input or as start-up files. What ran before the bridge was armed is not seen.",
                "None in this range. cpython.run_* are recorded by default, .pth files where an open is kept:"
                " OTEL_PYTHON_AUDIT_SAMPLING=open=100/s keeps those outside traces too.",
            ),
            [SERVICE, EVENT, Column("what", "What")],
            *_START,
            logql.first_of("what", logql.FILE, "python_audit_arg_modulename", logql.EVENT),
        ),
    ]


def dashboard() -> Dashboard:
    """otel-audit / Security."""
    return framed(
        links.SECURITY,
        "Security",
        "What an intruder would need, across services. Tables are records of the logs, which may be sampled; counts"
        " say so.",
        [*shared(), baseline()],
        [
            Row("", _strip()),
            Row("Severities", _severities()),
            Row("What was reached", _reached()),
            Row("The interpreter itself", _interpreter()),
        ],
        since="now-24h",
    )
