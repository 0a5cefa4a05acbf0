"""What the command line says of settings and of the environment holds no secret of theirs."""

from __future__ import annotations

import pytest

from tests.cli.command import otel_audit
from tests.secrets.planting import Garden
from tests.secrets.scan import find


def environment(plant: Garden, *, exporting: bool) -> dict[str, str]:
    """Where OpenTelemetry and the bridge take secrets from."""
    common = {
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer {plant('header')},x-api-key={plant('header')}",
        "OTEL_RESOURCE_ATTRIBUTES": f"token={plant('resource')}",
        "OTEL_PYTHON_AUDIT_REDACT_KEY": plant("key"),
    }
    if not exporting:
        return common
    return {
        **common,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://bob:{plant('endpoint')}@127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:9/v1/traces?token={plant('endpoint of traces')}",
    }


@pytest.mark.parametrize("arguments", [("doctor",), ("run", "--summary", "-c", "import os; os.listdir()"), ("events",)])
def test_no_command_shows_a_secret_of_its_environment(arguments: tuple[str, ...]) -> None:
    plant = Garden()
    # With an endpoint, the SDK's own complaints about it would show it.
    done = otel_audit(*arguments, variables=environment(plant, exporting=arguments == ("doctor",)))
    said = (done.stdout + done.stderr).encode()
    assert len(said) > 200
    assert {each.what for each in find(plant.planted, said)} == set()


@pytest.mark.parametrize("length", [10, 15])
@pytest.mark.parametrize("arguments", [("doctor",), ("run", "-c", "import os; os.listdir()")])
def test_a_key_that_is_refused_is_not_shown(arguments: tuple[str, ...], length: int) -> None:
    plant = Garden()
    done = otel_audit(*arguments, variables={"OTEL_PYTHON_AUDIT_REDACT_KEY": plant("key", length=length)})
    assert "OTEL_PYTHON_AUDIT_REDACT_KEY" in done.stdout + done.stderr
    assert not find(plant.planted, (done.stdout + done.stderr).encode())


@pytest.mark.parametrize("url", ["http://bob:{}/x@127.0.0.1:9", "bob:{}@127.0.0.1:9", "http://127.0.0.1:9/?key={}"])
def test_an_endpoint_that_is_none_is_shown_without_its_password(url: str) -> None:
    plant = Garden()
    endpoint = url.format(plant("endpoint"))
    done = otel_audit("doctor", variables={"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint})
    assert "127.0.0.1" in done.stdout
    assert not find(plant.planted, (done.stdout + done.stderr).encode())
