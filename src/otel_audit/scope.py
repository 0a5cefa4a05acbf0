"""The instrumentation scope of everything the bridge emits."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

NAME = "otel_audit"


def _installed_version() -> str:
    try:
        return version("otel-audit")
    except PackageNotFoundError:  # run from a source tree
        return "0+unknown"


VERSION = _installed_version()
