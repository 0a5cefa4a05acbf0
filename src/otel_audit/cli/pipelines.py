"""`python -m otel_audit.cli.pipelines`: which exporters opentelemetry-instrument would set up in this environment.

It sets them up for real, so `doctor` runs this as a child. Prints one line of JSON and leaves without exporting.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from otel_audit import sdk, settings


def main() -> None:
    """Print, for each signal, the exporters' names, or null where no provider of the SDK was set."""
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
    print(json.dumps(found))
    sys.stdout.flush()
    os._exit(0)  # exit handlers would export, and wait for an endpoint that is not there


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
