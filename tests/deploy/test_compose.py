"""The compose file and what it mounts agree with each other; nothing here needs Docker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.backends.collector import version

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "compose"


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


COMPOSE = read(FOLDER / "compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DATA_SOURCES = read(ROOT / "grafana" / "files" / "provisioning" / "datasources" / "otel-audit.yaml")["datasources"]

# Where the servers in these images listen, by their documentation or the configuration beside the compose file.
LISTENING = {
    "prometheus": {9090},
    "alertmanager": {9093},
    "loki": {3100},
    "tempo": {3200, 4317},
    "jaeger": {16686, 4317},
    "collector": {4317, 4318},
    "grafana": {3000},
}


def mounts(service: str) -> list[tuple[Path, str, str]]:
    """Source, target and mode of each."""
    parts = [volume.split(":") for volume in SERVICES[service].get("volumes", [])]
    return [((FOLDER / source).resolve(), target, mode) for source, target, mode in parts]


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned(service: str) -> None:
    image = SERVICES[service]["image"]
    assert re.fullmatch(r"[a-z0-9/-]+:(v?\d+\.\d+\.\d+|local)", image), image
    # `local` is what this file builds itself.
    assert image.endswith(":local") is (service in ("shop", "load"))


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_on_loopback(service: str) -> None:
    for port in SERVICES[service].get("ports", []):
        address, outside, inside = port.split(":")
        assert address == "127.0.0.1"
        assert outside == inside
        assert int(inside) in LISTENING[service]


def test_no_port_is_taken_twice() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == len(set(ports))


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_mounted_is_there_and_read_only(service: str) -> None:
    for source, target, mode in mounts(service):
        assert source.exists(), source
        assert source.is_relative_to(ROOT)
        assert target.startswith("/")
        assert mode == "ro"


@pytest.mark.parametrize("service", SERVICES)
def test_configuration_files_of_the_command_line_are_mounted(service: str) -> None:
    targets = {target for _, target, _ in mounts(service)}
    for word in SERVICES[service].get("command", []):
        if "config" in word and "=/" in word:
            assert word.partition("=")[2] in targets


@pytest.mark.parametrize("service", SERVICES)
def test_memory_is_bounded(service: str) -> None:
    assert re.fullmatch(r"\d+m", SERVICES[service]["mem_limit"])


def test_everything_configured_to_be_reached_listens() -> None:
    files = [FOLDER / name for name in ("compose.yaml", "collector.yaml", "prometheus.yaml", "loki.yaml")]
    said = [text for file in files for text in texts(read(file))] + [source["url"] for source in DATA_SOURCES]
    reached = {
        (host, int(port))
        for text in said
        for host, port in re.findall(r"(?:https?://|^)([a-z]+):(\d+)", text)
        if host in SERVICES
    }
    assert {host for host, _ in reached} >= {"collector", "prometheus", "loki", "tempo", "jaeger", "alertmanager"}
    for host, port in reached:
        assert port in LISTENING[host], f"{host}:{port}"


def test_the_collector_is_the_release_that_is_built_and_checked_here() -> None:
    assert SERVICES["collector"]["image"].rpartition(":")[2] == version()


def test_grafana_is_a_release_whose_types_the_dashboards_were_held_against() -> None:
    checked = json.loads((ROOT / "tools" / "schema" / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert f"npm:@grafana/schema@{SERVICES['grafana']['image'].rpartition(':')[2]}" in checked.values()


def test_prometheus_takes_what_the_collector_writes() -> None:
    exporter = read(FOLDER / "collector.yaml")["exporters"]["prometheusremotewrite"]
    assert exporter["endpoint"].endswith("/api/v1/write")
    assert exporter["target_info"]["enabled"] is True
    command = SERVICES["prometheus"]["command"]
    assert "--web.enable-remote-write-receiver" in command
    assert "--enable-feature=exemplar-storage" in command


def test_the_rules_are_where_prometheus_and_loki_look() -> None:
    (pattern,) = read(FOLDER / "prometheus.yaml")["rule_files"]
    mounted = {target for service in ("prometheus", "loki") for _, target, _ in mounts(service)}
    assert f"/etc/prometheus/{pattern.replace('*', 'prometheus')}" in mounted
    local = read(FOLDER / "loki.yaml")["ruler"]["storage"]["local"]["directory"]
    assert f"{local}/fake/loki.yaml" in mounted


def test_the_shop_is_built_from_what_its_context_holds() -> None:
    text = (FOLDER / "shop.Dockerfile").read_text(encoding="utf-8")
    sent = (FOLDER / "shop.Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = [line[1:] for line in sent if line.startswith("!")]
    for path in allowed:
        assert (ROOT / path).exists(), path
    assert "*" in sent
    copied = re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE)
    assert {path for path in copied if path != "."} <= set(allowed)
    assert all(re.search(r":\d+\.\d+\.\d+-", image) for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE))


def test_the_load_reaches_the_shop_inside_its_network() -> None:
    assert SERVICES["load"]["network_mode"] == "service:shop"
    assert f"http://127.0.0.1:{SERVICES['shop']['environment']['SHOP_PORT']}" in SERVICES["load"]["command"][-1]
