"""`python -m otel_audit.cli.pipelines`: which exporters opentelemetry-instrument would set up in this environment.

It sets them up for real, so `doctor` runs this as a child. Prints one line of JSON and leaves without exporting.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from otel_audit import scope, sdk, settings
from otel_audit.otlp.choosing import Choice


def main() -> None:
    """Print, for each signal, the exporters' names, or null where no provider of the SDK was set.

    And which way log records would go: `sys.argv` says `auto` or `sdk`, and which core was asked for.
    """
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    found: dict[str, Any] = {}
    try:
        with settings.configuring(exporters=True, bridge=False):
            initialize(swallow_exceptions=False)
    except BaseException as error:  # of the SDK, a distro, an exporter or an instrumentor
        found["error"] = f"{type(error).__name__}: {error}".splitlines()[0]
    logs, traces, metrics = sdk.providers()
    found["traces"] = _exporters(sdk.span_processors(traces))
    found["metrics"] = _exporters(sdk.metric_readers(metrics))
    found["logs"] = _exporters(sdk.log_processors(logs))
    found["way"] = _way(logs, *sys.argv[1:]) if found["logs"] else ""
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # exit handlers would export, and wait for an endpoint that is not there


def _way(provider: Any, otlp: str = "auto", core: str = "auto") -> str:
    def head(event_id: int) -> Mapping[str, Any]:
        return {}

    choice = Choice(head if otlp == "auto" else None, core)
    choice.look(provider, provider.get_logger(scope.NAME), None)
    return choice.note


def _exporters(processors: Iterable[Any] | None) -> list[str] | None:
    if processors is None:
        return None
    names = []
    for processor in processors:
        batch = getattr(processor, "_batch_processor", processor)
        exporter = getattr(batch, "_exporter", None) or getattr(processor, "span_exporter", None) or processor
        kind = type(exporter)
        way = next((word for word in ("grpc", "http") if f".{word}." in f"{kind.__module__}."), "")
        names.append(f"{kind.__name__} ({way})" if way else kind.__name__)
    return names


if __name__ == "__main__":
    main()
