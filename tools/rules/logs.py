"""Alerts on log records: paths, hosts and executables are in no metric label.

The stream selector takes every service; narrow it to those under otel-audit where Loki holds much besides.
"""

from __future__ import annotations

from tools.rules.model import SECURITY, Alert, Group

WHERE = (
    "{{ $labels.service_name }}{{ with $labels.service_instance_id }}, instance {{ . }}{{ end }}"
    "{{ with $labels.deployment_environment_name }} ({{ . }}){{ end }}"
)
STREAMS = '{service_name=~".+"}'
WINDOW = "5m"

SHELLS = r"(.*[/\\])?(sh|ash|bash|busybox|csh|dash|fish|ksh|tcsh|zsh|cmd|powershell|pwsh)(\.exe)?"
STARTS = (
    *("subprocess.Popen", "_posixsubprocess.fork_exec", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"),
    "_winapi.CreateProcess",
)
SHELL_ITSELF = "os.system"
"""Its argument is a command for the shell, whatever the shell is: there is no executable to compare."""

METADATA_ADDRESSES = (
    *(r"169\.254\.169\.254", r"fd00:ec2::254", r"169\.254\.170\.(2|23)", r"fd00:ec2::23"),  # EC2 and most; ECS, EKS
    *(r"100\.100\.100\.200", r"168\.63\.129\.16", r"fd20:ce::254"),  # Alibaba; Azure's wire server; Google
)
METADATA_NAMES = (r"metadata(\.google\.internal)?\.?", r"instance-data(\.ec2\.internal)?\.?")

LOOPBACK = r"127\..*|::1|::ffff:127\..*|localhost"
PORTS = ("0", "80", "443", "5000", "8000", "8080", "8443", "9464")
"""Where services are expected to listen: edit this list. 0 asks the kernel to choose, as UDP clients do; 9464 is the
SDK's Prometheus exporter."""

HOOKS = (
    *("sys.settrace", "sys.setprofile", "sys.monitoring.register_callback", "sys.addaudithook", "setopencodehook"),
    *("sys.remote_exec", "cpython.remote_debugger_script", "cpython.PyConfig_Set", "builtins.breakpoint", "pdb.Pdb"),
)
NOT_PRODUCTION = r"(?i)(dev(el(opment)?)?|test(ing)?|local(host)?|stag(e|ing)|qa|ci|sandbox|preview)([^a-z].*)?"
STARTUP_FILES = r"(?i)(.*[/\\])?((site|dist)-packages[/\\]+[^/\\]+\.pth|(site|user)customize\.py)"
"""Python reads `.pth` files right below its site folders; elsewhere they are mostly the weights of models."""
MOVES = ("os.rename", "os.link", "os.symlink", "shutil.copyfile", "shutil.move")


def _any(values: tuple[str, ...]) -> str:
    return "|".join(values)


def _names(events: tuple[str, ...]) -> str:
    return _any(tuple(event.replace(".", r"\.") for event in events))


def _counted(by: str, *stages: str) -> str:
    labels = f"service_namespace, service_name, service_instance_id, deployment_environment_name, {by}"
    body = "\n    ".join((STREAMS, *stages))
    return f"sum by ({labels}) (\n  count_over_time(\n    {body}\n  [{WINDOW}])\n) > 0"


_METADATA = (
    f"| network_peer_address =~ `{_any(METADATA_ADDRESSES)}` or server_address =~ "
    f"`{_any((*METADATA_ADDRESSES, *METADATA_NAMES))}` or dns_question_name =~ `{_any(METADATA_NAMES)}` or "
    f"url_full =~ `https?://\\[?({_any((*METADATA_ADDRESSES, *METADATA_NAMES))})\\]?([:/].*)?`"
)

ALERTS = (
    Alert(
        "OtelAuditShellFromRequest",
        "critical",
        "0m",
        _counted(
            "http_route",
            '| http_route != ""',
            f"| python_audit_event = `{SHELL_ITSELF}` or (python_audit_event =~ `{_names(STARTS)}` and "
            f"(process_executable_path =~ `{SHELLS}` or process_executable_name =~ `{SHELLS}`))",
        ),
        f"{WHERE}: a request to {{{{ $labels.http_route }}}} started a shell",
        f"Inside requests to {{{{ $labels.http_route }}}}, {WHERE} started a shell {{{{ $value }}}} times in five "
        "minutes. Command injection looks like this.",
        SECURITY,
        "Shells",
    ),
    Alert(
        "OtelAuditMetadataFromRequest",
        "critical",
        "0m",
        _counted("http_route, python_audit_event", '| http_route != ""', _METADATA),
        f"{WHERE}: a request to {{{{ $labels.http_route }}}} contacted the cloud's metadata address",
        f"Inside requests to {{{{ $labels.http_route }}}}, {WHERE} turned to the address that hands out the machine's "
        "credentials, {{ $value }} times in five minutes ({{ $labels.python_audit_event }}). Server-side request "
        "forgery looks like this; so does a library of the cloud that renews its credentials while a request waits.",
        SECURITY,
        "Metadata addresses",
    ),
    Alert(
        "OtelAuditMetadataAddress",
        "info",
        "0m",
        _counted("python_audit_event", '| http_route = ""', _METADATA),
        f"{WHERE}: contacted the cloud's metadata address, in no request",
        f"{WHERE} turned to the address that hands out the machine's credentials, {{{{ $value }}}} times in five "
        "minutes ({{ $labels.python_audit_event }}), and no web request was behind it. Libraries of the cloud do so at "
        "start and every few hours; so does who explores from inside.",
        SECURITY,
        "Metadata addresses",
    ),
    Alert(
        "OtelAuditUnexpectedListener",
        "warning",
        "0m",
        _counted(
            "network_local_address, network_local_port",
            "| python_audit_event = `socket.bind`",
            f'| network_local_port != "" | network_local_port !~ `{_any(PORTS)}`',
            f"| network_local_address !~ `{LOOPBACK}`",
        ),
        f"{WHERE}: a new listener on {{{{ $labels.network_local_address }}}}:{{{{ $labels.network_local_port }}}}",
        f"{WHERE} bound {{{{ $labels.network_local_address }}}} port {{{{ $labels.network_local_port }}}}, which is "
        "reachable from other machines and in no list of expected ports.",
        SECURITY,
        "New listeners",
    ),
    Alert(
        "OtelAuditTracingHook",
        "warning",
        "0m",
        _counted(
            "python_audit_event",
            f"| python_audit_event =~ `{_names(HOOKS)}`",
            f"| deployment_environment_name !~ `{NOT_PRODUCTION}`",
        ),
        f"{WHERE}: {{{{ $labels.python_audit_event }}}} in production",
        f"A tracer, a debugger or a hook was installed in {WHERE} ({{{{ $labels.python_audit_event }}}}). It sees "
        "everything the process handles, and can change it.",
        SECURITY,
        "Tracing and hook installation",
    ),
    Alert(
        "OtelAuditStartupFile",
        "critical",
        "0m",
        _counted(
            "python_audit_event",
            f"| file_path =~ `{STARTUP_FILES}`",
            f"| python_audit_event =~ `{_names(MOVES)}` or (python_audit_event = `open` and "
            "python_audit_arg_open_flags =~ `.*write.*`)",
        ),
        f"{WHERE}: wrote a file that Python runs at start",
        f"{WHERE} wrote a .pth file into a site folder, or sitecustomize.py or usercustomize.py "
        "({{ $labels.python_audit_event }}). Every interpreter that finds it runs it at start: a way to stay.",
        SECURITY,
        "Start-up activity",
    ),
)

GROUPS = (Group("otel-audit-logs", "1m", ALERTS),)
