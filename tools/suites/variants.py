"""In which ways a suite runs: plain, under the bridge, and under its equals, to tell whose a difference is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

INSTRUMENT: Final = "opentelemetry-instrument"
"""Arms the bridge in every process, through the `sitecustomize` that it puts on the path."""
RUN: Final = "otel-audit run"
"""Arms it in one process, and nothing in those that it starts, nor in its subinterpreters."""

PLAIN: Final = "plain"
CORES: Final = ("c", "python")
OPENTELEMETRY: Final = "opentelemetry"
"""The same command with the bridge switched off: the SDK's threads and imports."""
EQUAL: Final = "hook and thread"
"""No OpenTelemetry: any audit hook in Python that does nothing, and any thread that sleeps."""
EXPORTING: Final = "exporting"
"""OpenTelemetry with a log record to export each second, and the empty hook."""
CONTROLS: Final = (OPENTELEMETRY, EQUAL, EXPORTING)

_STAND_INS: Final = {
    EQUAL: Path(__file__).with_name("stand_in"),
    EXPORTING: Path(__file__).with_name("stand_in_exporting"),
}
"""Each holds the `sitecustomize` of a control."""


def environment(variant: str, receiver: Mapping[str, str], root: Path) -> dict[str, str]:
    """Variables of a run; the same in all of them but for what makes the variant.

    Args:
        variant: one of those above, or a core.
        receiver: variables that point exporters at the receiver.
        root: of the virtual environment: its programs come first.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON", "PYTEST"))}
    kept["PATH"] = f"{root / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
    kept["NO_PROXY"] = kept["no_proxy"] = "127.0.0.1,localhost"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):  # a suite's own servers are on loopback
        kept.pop(name, None)
        kept.pop(name.lower(), None)
    if variant in _STAND_INS:
        kept["PYTHONPATH"] = str(_STAND_INS[variant])
    if variant in (PLAIN, EQUAL):
        return kept
    ours = {"OTEL_PYTHON_AUDIT_ENABLED": "false"}
    if variant in CORES:
        ours = {"OTEL_PYTHON_AUDIT_INCLUDE": "all", "OTEL_PYTHON_AUDIT_CORE": variant}
    return {**kept, **receiver, "OTEL_SERVICE_NAME": "suites", "OTEL_EXPORTER_OTLP_TIMEOUT": "5", **ours}


def command(variant: str, under: str, root: Path, arguments: tuple[str, ...]) -> list[str]:
    """`python` with arguments; under the command that arms the bridge where the variant wants it, as a user would.

    Args:
        variant: as above.
        under: `INSTRUMENT` or `RUN`.
        root: of the virtual environment.
        arguments: of `python`.
    """
    python = [str(root / "bin" / "python"), *arguments]
    if variant in (PLAIN, *_STAND_INS):
        return python
    if under == RUN:
        return [str(root / "bin" / "otel-audit"), "run", *arguments]
    return [str(root / "bin" / INSTRUMENT), *python]
