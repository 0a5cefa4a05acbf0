"""sentry-sdk with its own OpenTelemetry integration: its errors, transactions and breadcrumbs stay its own."""

from __future__ import annotations

import sys

import pytest

from tests_compat.tools.conftest import PROGRAMS, Bench


@pytest.mark.parametrize("unhandled", [False, True], ids=["handled", "unhandled"])
def test_sentry_gets_what_is_its_own_and_we_ours(bench: Bench, unhandled: bool) -> None:
    program = str(PROGRAMS / "sentry_app.py")
    options = ["--unhandled"] if unhandled else []
    code = 1 if unhandled else 0
    plain = bench.run("opentelemetry-instrument", sys.executable, program, *options, env=off(), code=code)
    bench.receiver.clear()
    ended = bench.run("opentelemetry-instrument", sys.executable, program, *options, code=code)
    for key in ("errors", "transactions", "breadcrumbs"):
        assert ended.said[key] == plain.said[key]
    assert ended.said["errors"] == ["LookupError"]
    assert ended.said["breadcrumbs"] == ["before the error"]
    assert ended.said["transactions"] == ["work"]
    spans = [span for span in bench.receiver.spans if span.name == "work"]
    assert [span.trace_id for span in spans] == ended.said["traces"]
    if unhandled:
        assert ended.err.count("LookupError: nobody catches it") == 1
    bench.row("sentry-sdk", "OpenTelemetry integration, " + ("unhandled error" if unhandled else "captured error"))


def off() -> dict[str, str]:
    """Variables that leave the bridge out."""
    return {"OTEL_PYTHON_AUDIT_ENABLED": "false"}
