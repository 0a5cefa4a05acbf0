"""Every alert for Prometheus, provoked by real processes: it fires at a webhook, and is over when the cause is.

Services of one name per scenario. Those in `QUIET` do what is harmless and resembles a cause; nothing may ever fire for
them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.receiver import Receiver
from tests_stack.alerts_rules import alert_names, past, quick
from tests_stack.alerts_webhook import Alert, Webhook, webhook
from tests_stack.processes import Program, program
from tools.backends import Stack, stack, until

WORKER = str(Path(__file__).with_name("alerts_worker.py"))
LOOKBACK = "15s"
"""How long a series that ended is taken for alive; five minutes by default. A loaded machine exports late."""
HISTORY = {"steady": 20.0, "small": 0.01, "novel": 2.0, "burst": 1.0}
"""Events a second in the last week, of services that have a past."""
QUIET = ("steady", "small", "fresh", "finished")
_SOME_TIME_S = 120.0


class Scene:
    """Backends with the rules, and services that come and go.

    Args:
        backends: run the rules.
        inbox: gets the notifications.
        services: ends what still runs, at the end.
    """

    def __init__(self, backends: Stack, inbox: Webhook, services: ExitStack) -> None:
        self.backends, self.inbox, self._services = backends, inbox, services

    def service(self, job: str, instance: str = "0", environment: str = "production", **variables: str) -> Program:
        """Start an instance that records the events `alerts.*` and `os.system`, and runs."""
        chosen = {"OTEL_PYTHON_AUDIT_INCLUDE": "alerts.*,os.system", "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "100"}
        started = program(
            self.backends, job, f"{job}-{instance}", WORKER, deployment=environment, **{**chosen, **variables}
        )
        return self._services.enter_context(started)

    def reports(self, job: str, instance: str = "0", state: str = "armed") -> None:
        """Wait until Prometheus knows this instance in this state."""
        name = '__name__=~"python_audit_bridge_status(_ratio)?"'
        series = f'{{{name}, job="{job}", instance="{job}-{instance}", python_audit_bridge_state="{state}"}}'
        until(lambda: bool(self.backends.query(series)), f"{job}-{instance} reports {state}", _SOME_TIME_S)

    def fired(self, name: str, **labels: str) -> Alert:
        """Wait until the alert fires, and see that a person can use what it says."""
        alert = self.inbox.fired(name, _SOME_TIME_S, **labels)
        said = alert["annotations"]
        assert labels["job"] in said["summary"]
        assert labels["job"] in said["description"]
        assert "<no value>" not in said["summary"] + said["description"]
        assert said["runbook_url"] == f"docs/runbooks/{name}.md"
        instance = alert["labels"].get("instance")
        chosen = {"var-service": labels["job"], **({"var-instance": instance} if instance else {})}
        assert said["dashboard"] == f"/d/{said['dashboard_uid']}?{urlencode(chosen)}"
        assert alert["labels"]["severity"] in ("critical", "warning", "info")
        environment = labels.get("deployment_environment_name", "production")
        assert alert["labels"]["deployment_environment_name"] == environment
        assert f"({environment})" in said["summary"]
        return alert

    def over(self, name: str, **labels: str) -> None:
        """Wait until the alert is resolved."""
        self.inbox.resolved(name, _SOME_TIME_S, **labels)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("alerts")
    with ExitStack() as opened:
        inbox = opened.enter_context(webhook())
        running = stack(
            folder / "stack",
            rules=quick(folder),
            webhook=inbox.url,
            aspire=False,
            lookback=LOOKBACK,
            blocks=past(folder, time.time(), HISTORY),
        )
        backends = opened.enter_context(running)
        scene = Scene(backends, inbox, opened.enter_context(ExitStack()))
        scene.service("steady").tell("flow alerts.work 10")
        scene.service("small").tell("flow alerts.work 0.2")
        yield scene


@pytest.fixture
def endpoint() -> Iterator[Receiver]:
    """A second OTLP endpoint, for the logs of services whose export shall go wrong."""
    with Receiver() as running:
        yield running
        running.heal()


def kill(service: Program) -> None:
    """End a process as the kernel does when memory runs out."""
    service.process.kill()
    service.process.wait()
    for stream in (service.process.stdin, service.process.stdout):
        assert stream is not None
        stream.close()


def logs_to(endpoint: Receiver, **variables: str) -> dict[str, str]:
    """Variables that send the logs elsewhere than the metrics."""
    return {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": endpoint.grpc_endpoint, **variables}


def test_an_event_that_the_service_never_raised(scene: Scene) -> None:
    fresh, novel = scene.service("fresh"), scene.service("novel")
    for service in (fresh, novel):
        service.tell("flow alerts.work 2")
        service.tell("system")
    alert = scene.fired("OtelAuditNewEvent", job="novel", python_audit_event="os.system")
    assert alert["labels"]["python_audit_group"] == "process"


def test_records_that_the_hook_drops(scene: Scene) -> None:
    service = scene.service("drops", OTEL_PYTHON_AUDIT_SAMPLING="alerts.many=first")
    health = service.tell("different alerts.many 2500")
    dropped = health["dropped"]["first_full"]
    alert = scene.fired("OtelAuditEventsDropped", job="drops", instance="drops-0", error_type="first_full")
    assert f"dropped {dropped} " in alert["annotations"]["description"]
    scene.over("OtelAuditEventsDropped", job="drops")


def test_an_exporter_that_hangs_fills_the_ring(scene: Scene, endpoint: Receiver) -> None:
    """Records wait, the ring fills, records are lost."""
    endpoint.hang("logs")
    queue = {"OTEL_BLRP_MAX_QUEUE_SIZE": "64", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": "32"}
    slow = {"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "1", "OTEL_PYTHON_AUDIT_RING_SIZE": "131072"}
    service = scene.service("slow", OTEL_PYTHON_AUDIT_SIGNALS="metrics,logs", **logs_to(endpoint, **queue, **slow))
    service.tell("flow alerts.work 400")
    scene.fired("OtelAuditQueueNearFull", job="slow", instance="slow-0")
    scene.fired("OtelAuditRecordsLost", job="slow", python_audit_bridge_destination="logs", error_type="queue_full")
    scene.fired("OtelAuditExportLag", job="slow", instance="slow-0")
    service.tell("flow alerts.work 5")
    endpoint.heal()
    for name in ("OtelAuditQueueNearFull", "OtelAuditRecordsLost", "OtelAuditExportLag"):
        scene.over(name, job="slow")
    service.end()


def test_an_endpoint_that_refuses(scene: Scene, endpoint: Receiver) -> None:
    """A warning at first, critical when nothing arrives; over when the endpoint takes records again."""
    endpoint.fail("INVALID_ARGUMENT", signal="logs")
    service = scene.service("failing", **logs_to(endpoint))
    service.tell("flow alerts.work 10")
    labels = {"job": "failing", "instance": "failing-0", "python_audit_bridge_destination": "logs"}
    assert (
        scene.fired("OtelAuditExportFailing", error_type="export_failed", **labels)["labels"]["severity"] == "warning"
    )
    assert scene.fired("OtelAuditExportDown", **labels)["labels"]["severity"] == "critical"
    endpoint.heal()
    scene.over("OtelAuditExportDown", **labels)
    scene.over("OtelAuditExportFailing", **labels)
    assert not scene.inbox.alerts("OtelAuditRecordsLost", job="failing")
    service.end()


def test_a_configuration_that_is_refused(scene: Scene) -> None:
    """One in production, one on a laptop: each alert says which it is."""
    laptop = scene.service("refusing", "laptop", "development", OTEL_PYTHON_AUDIT_RING_SIZE="many")
    refusing = scene.service("refusing", OTEL_PYTHON_AUDIT_RING_SIZE="many")
    reason = refusing.tell()["status"]["reason"]
    alert = scene.fired("OtelAuditBridgeRefused", job="refusing", instance="refusing-0")
    assert reason in alert["annotations"]["description"]
    at_home = {"instance": "refusing-laptop", "deployment_environment_name": "development"}
    scene.fired("OtelAuditBridgeRefused", job="refusing", **at_home)
    laptop.end()
    refusing.end()
    scene.service("refusing")
    for instance in ("refusing-laptop", "refusing-0"):
        scene.over("OtelAuditBridgeRefused", job="refusing", instance=instance)


def test_a_bridge_that_is_paused(scene: Scene) -> None:
    service = scene.service("pausing")
    scene.reports("pausing")
    service.tell("pause")
    scene.fired("OtelAuditBridgePaused", job="pausing", instance="pausing-0")
    service.tell("resume")
    scene.over("OtelAuditBridgePaused", job="pausing")


def test_an_instance_that_is_killed_and_then_the_whole_service(scene: Scene) -> None:
    """A laptop under the same name goes on, and does not hide that production is gone."""
    scene.service("killed", "laptop", "development")
    first, second = scene.service("killed", "0"), scene.service("killed", "1")
    scene.reports("killed", "0")
    scene.reports("killed", "1")
    kill(first)
    scene.fired("OtelAuditInstanceSilent", job="killed", instance="killed-0")
    assert not scene.inbox.alerts("OtelAuditServiceSilent", job="killed")
    kill(second)
    scene.fired("OtelAuditServiceSilent", job="killed")
    assert not scene.inbox.alerts(job="killed", deployment_environment_name="development")
    scene.service("killed", "2")
    scene.over("OtelAuditServiceSilent", job="killed")


def test_a_program_that_ends_is_not_silent(scene: Scene) -> None:
    service = scene.service("finished")
    scene.reports("finished")
    service.end()
    scene.reports("finished", state="closed")
    gone = 'absent({__name__=~"python_audit_bridge_status(_ratio)?", job="finished"})'
    until(lambda: bool(scene.backends.query(gone)), "finished is gone", _SOME_TIME_S)


def test_a_spike_against_the_last_week(scene: Scene) -> None:
    service = scene.service("burst")
    service.tell("flow alerts.work 40")
    scene.fired("OtelAuditEventSpike", job="burst", python_audit_group="custom")
    service.tell("flow alerts.work 1")
    scene.over("OtelAuditEventSpike", job="burst")


def test_after_an_hour_the_event_is_known(scene: Scene) -> None:
    """The hour, here a minute, passed while the other scenes played."""
    scene.over("OtelAuditNewEvent", job="novel")
    assert {alert["labels"]["python_audit_event"] for alert in scene.inbox.alerts(job="novel")} == {"os.system"}


def test_nothing_fired_for_those_who_did_no_harm(scene: Scene) -> None:
    """After all of the above. Every alert that is shipped was provoked, and the quiet services were there."""
    assert {alert["labels"]["alertname"] for alert in scene.inbox.alerts()} == alert_names()
    for job in QUIET:
        assert scene.backends.query(f'last_over_time(python_audit_bridge_events_total{{job="{job}"}}[1h])'), job
        assert not scene.inbox.alerts(job=job)
