"""Each backend on its port: command line, readiness, and what belongs to it in the folder of a run."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import Popen

from tools.backends import alertmanager as alerting
from tools.backends import aspire, collector, debian, web
from tools.backends.processes import running

Running = AbstractContextManager["Popen[bytes]"]
Command = list["str | Path"]


def prometheus(folder: Path, config: Path, address: str, lookback: str) -> Running:
    """Prometheus with exemplars, remote writes, reload over HTTP, and its page."""
    command: Command = [
        debian.program("prometheus"),
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address={address}",
        f"--web.local-assets={debian.prometheus_page()}",
        "--web.enable-remote-write-receiver",
        "--web.enable-lifecycle",
        "--enable-feature=exemplar-storage",
        "--rules.alert.resend-delay=1s",
        f"--query.lookback-delta={lookback}",
    ]
    return running("prometheus", command, folder, lambda: web.answers(f"http://{address}/-/ready"))


def alertmanager(folder: Path, config: Path, address: str) -> Running:
    """Alertmanager, alone: no cluster."""
    command: Command = [
        alerting.program("alertmanager"),
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    return running("alertmanager", command, folder, lambda: web.answers(f"http://{address}/-/ready"))


def dashboard(folder: Path, page: str, grpc: str, http: str) -> Running:
    """The Aspire dashboard, without login, with its JSON API."""
    command: Command = [
        aspire.dashboard(),
        "dashboard",
        f"--ASPNETCORE_URLS=http://{page}",
        f"--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=http://{grpc}",
        f"--ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL=http://{http}",
        "--ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS=true",
        "--ASPIRE_DASHBOARD_API_ENABLED=true",
    ]
    home = folder / "aspire"  # it writes keys there
    home.mkdir(exist_ok=True)
    ready = f"http://{page}/api/telemetry/resources"
    return running("aspire", command, folder, lambda: web.answers(ready), {"HOME": str(home)})


def otelcol(folder: Path, config: Path, health: str) -> Running:
    """The collector."""
    command: Command = [collector.collector(), f"--config={config}"]
    return running("collector", command, folder, lambda: web.answers(f"http://{health}/"))
