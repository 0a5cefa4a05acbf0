"""One attempt to start the backends of a plan: who sends to whom."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tools.backends import configs, ports, servers
from tools.backends.handle import Stack
from tools.backends.processes import until


@dataclass(frozen=True)
class Plan:
    """What `stack` was asked for."""

    folder: Path
    rules: list[Path]
    webhook: str | None
    scrape_interval: str
    evaluation_interval: str
    lookback: str
    aspire: bool
    naming: configs.Naming

    @property
    def alerting(self) -> bool:
        """Whether Alertmanager has something to do."""
        return bool(self.rules) or self.webhook is not None


def attempt(started: ExitStack, plan: Plan) -> Stack:
    """The backends, running; what is sent to starts before what sends.

    Raises:
        PortTaken: another program was faster; what did start is in `started`.
    """
    one = _Attempt(started, plan)
    alertmanager = one.alertmanager()
    page, traces = one.aspire()
    (exported,) = ports.addresses(1) if plan.naming == "scrape" else (None,)
    prometheus = one.prometheus(alertmanager, exported)
    grpc, http, health = ports.addresses(3)
    sends = configs.Pipelines(grpc, http, health, prometheus, exported, traces)
    one.collector(sends)
    backends = Stack(
        folder=plan.folder,
        prometheus=f"http://{prometheus}",
        alertmanager=_url(alertmanager),
        aspire=_url(page),
        otlp_grpc=f"http://{grpc}",
        otlp_http=f"http://{http}",
        processes=one.processes,
    )
    if alertmanager:
        _until_alerts_have_a_way(backends)
    return backends


class _Attempt:
    """Starts one after the other; each method returns the addresses to reach it by, None if the plan is without it."""

    def __init__(self, started: ExitStack, plan: Plan) -> None:
        self.started, self.plan = started, plan
        self.processes: dict[str, Popen[bytes]] = {}

    def _start(self, name: str, server: servers.Running) -> None:
        self.processes[name] = self.started.enter_context(server)

    def alertmanager(self) -> str | None:
        if not self.plan.alerting:
            return None
        (address,) = ports.addresses(1)
        config = configs.write(self.plan.folder / "alertmanager.yml", configs.alertmanager(self.plan.webhook))
        self._start("alertmanager", servers.alertmanager(self.plan.folder, config, address))
        return address

    def aspire(self) -> tuple[str | None, str | None]:
        """Page, OTLP over gRPC."""
        if not self.plan.aspire:
            return None, None
        page, grpc, http = ports.addresses(3)
        self._start("aspire", servers.dashboard(self.plan.folder, page, grpc, http))
        return page, grpc

    def prometheus(self, alertmanager: str | None, exported: str | None) -> str:
        (address,) = ports.addresses(1)
        plan = self.plan
        intervals = plan.scrape_interval, plan.evaluation_interval
        settings = configs.prometheus(*intervals, plan.rules, alertmanager, exported)
        config = configs.write(plan.folder / "prometheus.yml", settings)
        self._start("prometheus", servers.prometheus(plan.folder, config, address, plan.lookback))
        return address

    def collector(self, sends: configs.Pipelines) -> None:
        config = configs.write(self.plan.folder / "collector.yml", configs.collector(sends))
        self._start("collector", servers.otelcol(self.plan.folder, config, sends.health))


def _url(address: str | None) -> str | None:
    return f"http://{address}" if address else None


def _until_alerts_have_a_way(backends: Stack) -> None:
    """Prometheus takes some 5 s to discover its Alertmanager; alerts before that wait in vain."""
    until(lambda: bool(backends.api("alertmanagers")["activeAlertmanagers"]), "Prometheus finds Alertmanager")
