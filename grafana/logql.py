"""LogQL and TraceQL: records as Loki's OTLP endpoint keeps them, attributes as structured metadata with underscores."""

from __future__ import annotations

from collections.abc import Sequence

STREAM = '{service_name=~"${service_name:pipe}"}'
"""`service_name` is a hidden variable: the chosen jobs without their namespace, which Loki keeps apart."""

SCOPE = 'deployment_environment_name=~"$environment" | service_instance_id=~"$instance"'
"""As filters, not in the stream selector: whether these are index labels is each Loki's own decision."""

EVENT, GROUP, SERVICE = "python_audit_event", "python_audit_group", "service_name"
MODULE, NAME = "python_audit_arg_module", "python_audit_arg_name"
EXECUTABLE, COMMAND = "process_executable_path", "process_command_line"
ROUTE, SEVERITY, TRACE = "http_route", "severity_text", "trace_id"
FILE, FLAGS = "file_path", "python_audit_arg_open_flags"
PEER = "network_peer_address"
LOCAL, LOCAL_PORT = "network_local_address", "network_local_port"
SERVER, SERVER_PORT, URL, QUESTION = "server_address", "server_port", "url_full", "dns_question_name"
CODE_FILE, CODE_FUNCTION, CODE_LINE = "code_file_path", "code_function_name", "code_line_number"
ON_EVENT_LOOP, TASK = "python_audit_on_event_loop", "python_audit_task"
BLOCKING = f'{ON_EVENT_LOOP}="true"'
"""Filter for what was done on a thread whose event loop had to wait for it."""


LIMIT = 100
"""Rows of a table: one that nobody scrolls through is no answer, and Loki refuses over 500 series."""


def records(*filters: str) -> str:
    """Audit records of the chosen services, narrowed by label filters and pipeline stages.

    The group tells them from the services' other logs, and from the bridge's notices, which have none.
    """
    return " | ".join((f"{STREAM} | {SCOPE}", f'{GROUP}!=""', *filters))


def notices() -> str:
    """The bridge's own words that a rate limit began to leave records out, or stopped."""
    return f'{STREAM} | {SCOPE} | python_audit_bridge_state=~"started|stopped"'


def is_event(*names: str) -> str:
    """Filter for some events by their exact names."""
    if len(names) == 1:
        return f'{EVENT}="{names[0]}"'
    return f'{EVENT}=~"{"|".join(name.replace(".", "[.]") for name in names)}"'


def first_of(name: str, *labels: str) -> str:
    """Stage that makes a label of the first of some others that is not empty, and drops records without any.

    Lists are JSON in Loki; their quotes go, so that a link can carry the value inside JSON of its own.
    """
    first = " ".join(f".{label}" for label in labels)
    return f'label_format {name}=`{{{{ or {first} | replace "\\"" "" }}}}` | {name}!=""'


def count(*by: str, of: str, window: str = "$__range", offset: str = "") -> str:
    """Records by some labels. Records, not events: a sampled or merged one stands for several."""
    at = f" offset {offset}" if offset else ""
    grouped = f" by ({', '.join(by)})" if by else ""
    return f"sum{grouped} (count_over_time({of} [{window}]{at}))"


def top(*by: str, of: str) -> str:
    """The most frequent ones of the range."""
    return f"topk({LIMIT}, {count(*by, of=of)})"


def first_seen(*by: str, of: str) -> str:
    """What the range has and the days before it (variable `baseline`) have not."""
    before = count(*by, of=of, window="$baseline", offset="$__range")
    return f"topk({LIMIT}, {count(*by, of=of)} unless {before})"


TRACEQL_SERVICE = 'resource.service.name =~ "${service_name:pipe}"'


def spans(*events: str, also: Sequence[str] = ()) -> str:
    """TraceQL: spans of the chosen services that hold one of some audit events, or any, and meet further conditions."""
    if len(events) == 1:
        name = f'event:name = "python.audit.{events[0]}"'
    else:
        names = "|".join(event.replace(".", "[.]") for event in events)
        name = f'event:name =~ "python[.]audit[.]({names})"' if events else 'event:name =~ "python[.]audit[.].+"'
    return f"{{ {' && '.join((TRACEQL_SERVICE, name, *also))} }}"
