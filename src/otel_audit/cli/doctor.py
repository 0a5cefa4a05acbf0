"""`otel-audit doctor`: would it work here, and if not, what is missing."""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from otel_audit import capture, processors, settings, startup_file
from otel_audit.cli import starting
from otel_audit.cli.table import number, printable
from otel_audit.errors import AuditError
from otel_audit.plan import build_plan
from otel_audit.redaction import Redactor
from otel_audit.settings import Settings
from otel_audit.visible import visible

CHILD_TIMEOUT_S = 60
"""The slowest instrumentors import for seconds on a loaded machine."""
CONNECT_TIMEOUT_S = 1.0
_PACKAGES = (
    ("otel-audit", True),
    ("opentelemetry-api", True),
    ("opentelemetry-sdk", True),
    ("opentelemetry-instrumentation", True),
    ("structlog", True),
    ("opentelemetry-distro", False),
    ("opentelemetry-exporter-otlp", False),
    ("orjson", False),
)
_COLORS = {"ok": "32", "warn": "33", "fail": "31"}

Mark = Literal["ok", "warn", "fail", ""]


@dataclass(frozen=True)
class Finding:
    """One line.

    Args:
        section: heading it stands under.
        name: what was looked at.
        mark: `fail` where the bridge would not work; "" for what is neither good nor bad.
        text: what was found.
        hint: what to do about it.
    """

    section: str
    name: str
    mark: Mark
    text: str
    hint: str = ""


def main(arguments: Sequence[str]) -> int:
    """Print the findings; 1 when the bridge would not work."""
    options = _parser().parse_args(arguments)
    findings = list(examine())
    working = all(finding.mark != "fail" for finding in findings)
    if options.json:
        print(json.dumps({"ok": working, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        color = sys.stdout.isatty() and not settings.no_color()
        for line in _lines(findings, color):
            print(line)
    return 0 if working else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="otel-audit doctor",
        description="Say whether the bridge works with this interpreter, these packages and these variables.",
        epilog="Run it with the interpreter and the environment of the service. Exit code 0: the bridge would work\n"
        "(a warning may still mean that a signal goes nowhere); 1: it would not.\n\n"
        "examples:\n  otel-audit doctor\n  OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4317 otel-audit doctor\n"
        "  otel-audit doctor --json | jq '.findings[] | select(.mark == \"fail\")'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="an object with `ok` and a list of findings")
    return parser


def examine() -> Iterator[Finding]:
    """Everything that is looked at, in the order of the report."""
    chosen, refused = _read_settings()
    yield from _bridge(chosen, refused)
    yield from _settings(chosen)
    yield from _packages()
    found = _child("otel_audit.cli.pipelines", *(() if chosen is None else (chosen.otlp, chosen.core)))
    yield from _signals(chosen, found)
    yield from _endpoints(found)
    yield from _starts()
    yield from _self_tests(chosen)


def _starts() -> Iterator[Finding]:
    """When the hook is armed: what was before is not seen."""
    found = [directory for directory in startup_file.directories() if _is_there(directory)]
    if found:
        start = starting.by_startup_file()
        wanted = "" if settings.variable(starting.VARIABLE) else f"acts only with {starting.VARIABLE}=true"
        yield Finding("start", "start-up file", "ok" if start.armed else "warn", start.text, wanted)
    else:
        yield Finding("start", "start-up file", "", "none (otel-audit startup install)")
    run = starting.by_run()
    yield Finding("start", "otel-audit run", "" if run.armed else "warn", run.text)


def _is_there(directory: Path) -> bool:
    try:
        return startup_file.look(directory) in ("ours", "old")
    except AuditError:
        return False


def _read_settings() -> tuple[Settings | None, str]:
    try:
        chosen = Settings()
        build_plan(chosen, custom=chosen.events)
        for at, path in enumerate(chosen.processors):
            processors.load(path, f"{chosen.config_file}: processors[{at}]")
    except AuditError as error:
        return None, str(error)
    return chosen, ""


def _bridge(chosen: Settings | None, refused: str) -> Iterator[Finding]:
    section, python = "bridge", ".".join(map(str, sys.version_info[:3]))
    yield Finding(section, "python", "ok", f"{python}, {sys.executable}")
    if chosen is None:
        yield Finding(section, "settings", "fail", refused, "the bridge stays off until this is right")
        return
    off = settings.switched_off() or ("" if chosen.enabled else "OTEL_PYTHON_AUDIT_ENABLED=false")
    if off:
        yield Finding(section, "settings", "fail", f"switched off: {off}")
    else:
        yield Finding(section, "settings", "ok", "can be used")
    try:
        core, reason = capture.choose(chosen.core)
    except AuditError as error:
        yield Finding(section, "core", "fail", str(error), "OTEL_PYTHON_AUDIT_CORE=auto falls back to Python")
        return
    slower = core.core_name == "python" and chosen.core == "auto"
    hint = "slower; install a compiler or a wheel of this Python for the C core" if slower else ""
    yield Finding(section, "core", "warn" if slower else "ok", f"{core.core_name}: {reason}", hint)


def _settings(chosen: Settings | None) -> Iterator[Finding]:
    if chosen is not None:
        for row in settings.ROWS:
            text = chosen.shown(row.name) or "-"
            yield Finding("settings", row.name.upper(), "", f"{text}  ({chosen.origin(row.name)})")
        if chosen.config_file:
            holds = f"{number(len(chosen.events), 'event')}, {number(len(chosen.processors), 'processor')}"
            yield Finding("settings", "in the file", "ok", holds)
    for line in settings.unknown_variables():
        name, _, problem = line.partition(": ")
        yield Finding("settings", name, "warn", problem)


def _packages() -> Iterator[Finding]:
    for name, needed in _PACKAGES:
        try:
            yield Finding("packages", name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Finding("packages", name, "fail" if needed else "", "not installed")


def _child(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run one of our modules in a process of its own; `error` says what went wrong."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            capture_output=True,
            text=True,
            timeout=CHILD_TIMEOUT_S,
            check=False,
            env=env,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"no answer within {CHILD_TIMEOUT_S} s"}
    except OSError as error:
        return {"error": str(error)}
    return _last_json(done.stdout) or {"error": (done.stderr.strip().splitlines() or ["no answer"])[-1]}


def _last_json(output: str) -> dict[str, Any] | None:
    """The child's line; what a distro or an exporter printed before it is not ours."""
    try:
        found: dict[str, Any] = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        return None
    return found


def _signals(chosen: Settings | None, found: dict[str, Any]) -> Iterator[Finding]:
    if "error" in found:
        yield Finding(
            "signals",
            "set-up",
            "warn",
            found["error"],
            f"opentelemetry-instrument stops here; {settings.missing_pipeline()}",
        )
    wanted = settings.SIGNALS if chosen is None else chosen.signals
    for signal in settings.SIGNALS:
        if signal not in wanted:
            yield Finding("signals", signal, "", "not wanted (OTEL_PYTHON_AUDIT_SIGNALS)")
        else:
            yield _signal(signal, found.get("traces" if signal == "span_events" else signal))
    if "logs" in wanted and found.get("way"):
        yield Finding("signals", "log records", "", found["way"])
    if chosen is not None and chosen.log_stream != "none":
        yield Finding("signals", "stream", "ok", f"log lines to {chosen.log_stream}")


def _signal(signal: str, exporters: list[str] | None) -> Finding:
    if exporters is None:
        return Finding("signals", signal, "warn", "no provider would be configured", settings.missing_pipeline())
    if exporters:
        return Finding("signals", signal, "ok", ", ".join(exporters))
    named = ",".join(settings.exporter_names(signal)) or "unset"
    variable = settings.exporter_variable(signal)
    return Finding("signals", signal, "warn", f"no exporter: {variable}={named}", f"{variable}=otlp")


def _endpoints(found: dict[str, Any]) -> Iterator[Finding]:
    """Those the OTLP exporters would use; nothing where there are none."""
    seen: set[str] = set()
    for signal in ("traces", "metrics", "logs"):
        if not any(name.startswith("OTLP") for name in found.get(signal) or ()):
            continue
        grpc = (settings.otlp_protocol(signal) or "grpc") == "grpc"  # the distro's default
        url = settings.otlp_endpoint(signal) or f"http://localhost:{4317 if grpc else 4318}"
        if url not in seen:
            seen.add(url)
            yield _endpoint(url, grpc)


def _endpoint(url: str, grpc: bool) -> Finding:
    """TCP only: what speaks there is not asked."""
    shown = printable(_without_user(Redactor().text(url)))  # whose password may hold a slash
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname, parts.port
    except ValueError:  # whose text holds what it took for a port: part of a password
        return Finding("endpoint", shown, "warn", "not a URL")
    if host is None:
        return Finding("endpoint", shown, "warn", "names no host", "http://host:4317, or 4318 for http/protobuf")
    hint = "" if port else f"names no port; collectors listen on {4317 if grpc else 4318}"
    port = port or (80 if parts.scheme == "http" and not grpc else 443)
    try:
        socket.create_connection((host, port), CONNECT_TIMEOUT_S).close()
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        return Finding("endpoint", shown, "warn", f"cannot connect to {host}:{port}: {reason}", hint)
    return Finding("endpoint", shown, "warn" if hint else "ok", f"reachable, {host}:{port}", hint)


def _without_user(url: str) -> str:
    """Credentials in a URL are nobody's business in a report."""
    scheme, separator, rest = url.rpartition("://")
    host, slash, path = rest.partition("/")
    return scheme + separator + host.rpartition("@")[2] + slash + path.partition("?")[0]


def _self_tests(chosen: Settings | None) -> Iterator[Finding]:
    if settings.disabled_by_sdk():
        yield Finding("self-test", "hook", "", "left out: OTEL_SDK_DISABLED=true")
        return
    used = _core_in_use(chosen)
    for core in ("c", "python"):
        found = _child("otel_audit.cli.selftest", core, env=settings.without_ours())  # a bad one is told above
        bad: Mark = "fail" if core == used else "warn"
        if "error" in found:
            yield Finding("self-test", f"{core} core", bad, found["error"])
            continue
        missed = [name for name, held in found.items() if not held]
        if missed:
            yield Finding("self-test", f"{core} core", bad, f"an event was not {', '.join(missed)}")
        else:
            yield Finding("self-test", f"{core} core", "ok", f"an event was {', '.join(found)}")


def _core_in_use(chosen: Settings | None) -> str:
    try:
        return capture.choose("auto" if chosen is None else chosen.core)[0].core_name
    except AuditError:
        return "c"


def _lines(findings: Sequence[Finding], color: bool) -> Iterator[str]:
    width = max(len(visible(finding.name)) for finding in findings)
    for section, members in groupby(findings, key=lambda finding: finding.section):
        yield section
        for finding in members:
            yield f"  {_mark(finding.mark, color)}  {visible(finding.name).ljust(width)}  {visible(finding.text)}"
            if finding.hint:
                yield f"  {'':4}  {'':{width}}  -> {visible(finding.hint)}"
    yield ""
    yield _verdict(findings)


def _mark(mark: Mark, color: bool) -> str:
    padded = mark.ljust(4)
    return f"\033[{_COLORS[mark]}m{padded}\033[0m" if color and mark else padded


def _verdict(findings: Sequence[Finding]) -> str:
    failed = sum(finding.mark == "fail" for finding in findings)
    warned = sum(finding.mark == "warn" for finding in findings)
    if failed:
        return f"The bridge would not work: {number(failed, 'failure')}, {number(warned, 'warning')}."
    return f"The bridge works; {number(warned, 'warning')}." if warned else "The bridge works."
