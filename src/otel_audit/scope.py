"""The instrumentation scope of everything the bridge emits."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

NAME = "otel_audit"


def _installed_version() -> str:
    """Of the metadata's head: `importlib.metadata.version` parses all of it, the long description included."""
    try:
        head = distribution("otel-audit").read_text("METADATA") or ""
    except PackageNotFoundError:  # run from a source tree
        head = ""
    _, found, rest = head.partition("\n\n")[0].partition("\nVersion: ")
    return rest.partition("\n")[0].strip() if found else "0+unknown"


VERSION = _installed_version()
