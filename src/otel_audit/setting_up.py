"""Sets OpenTelemetry up as `opentelemetry-instrument` does, unseen: for the command line, and for children."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from otel_audit import inheritance, runtime, settings
from otel_audit.bridge import Bridge

SETTLE_TIMEOUT_S = 2.0
"""How long the start may wait for the background thread; it takes about a millisecond."""


def set_up(armed: Bridge, exporting: bool) -> Callable[[], None]:
    """Configure OpenTelemetry; the result is called when the program's own events begin.

    The hook is armed by now, and what instrumentors import and open is not the program's doing. `pause` would not do:
    our own instrumentor, called among the others, resumes. So this thread counts as the bridge's until then.

    Args:
        armed: the bridge.
        exporting: whether exporters are those the variables name; otherwise signals without a variable get none.
    """
    armed.core.own_thread(True)
    armed.early = False
    try:
        if armed.settings.children:
            inheritance.set_up_as("opentelemetry" if exporting else "stream")
        configure(exporting=exporting, bridge=True)
        armed.drain.flush(SETTLE_TIMEOUT_S)  # its turn picks the new providers up, before the first request comes
        if exporting:
            _say_what_is_missing(armed)
        elif missing := settings.missing_provider():
            runtime.say(f"{missing}; nothing is exported")
    except Exception as error:  # the bridge can do without
        runtime.say(f"OpenTelemetry is not set up: {type(error).__qualname__}: {error}")

    def begin() -> None:
        armed.core.own_thread(False)

    return begin


def _say_what_is_missing(armed: Bridge) -> None:
    reasons = [reason for signal, reason in armed.signals().items() if signal in settings.SIGNALS]
    if reasons and all(reason is not None and reason.startswith("no ") for reason in reasons):
        runtime.say(f"{settings.missing_pipeline()}; nothing is exported")


def configure(*, exporting: bool, bridge: bool) -> None:
    """As `opentelemetry-instrument` does in a program's process: distro, configurator, all instrumentors."""
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    with settings.configuring(exporters=exporting, bridge=bridge):
        initialize()
    if exporting or settings.disabled_by_sdk():
        return
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    provider: Any = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):  # no distro is installed; spans are still worth having
        trace.set_tracer_provider(TracerProvider())


def comes_by_itself() -> bool:
    """Whether `opentelemetry-instrument` sets OpenTelemetry up in this interpreter, a moment from now."""
    return any(Path(entry).parts[-2:] == ("instrumentation", "auto_instrumentation") for entry in sys.path)


def unseen_when_it_comes(armed: Bridge) -> None:
    """Leave out what `opentelemetry-instrument` imports and opens when its own `sitecustomize` runs, after ours."""
    from opentelemetry.instrumentation import auto_instrumentation

    initialize = auto_instrumentation.initialize

    def unseen(*args: Any, **kwargs: Any) -> None:
        auto_instrumentation.initialize = initialize
        armed.core.own_thread(True)
        try:
            initialize(*args, **kwargs)
        finally:
            armed.core.own_thread(False)

    auto_instrumentation.initialize = unseen
