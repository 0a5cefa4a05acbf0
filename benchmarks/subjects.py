"""What is measured: one function per subject, which installs it and returns how to prepare a batch.

Run in a child process, because a hook cannot be removed.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

EVENT = "bench.event"
BATCH = 48
"""Events per batch: below the cap of events per span, so that every one is recorded."""

Batch = Callable[[], Any]
"""A context manager around one batch; what it does is not timed."""


@contextmanager
def _bare() -> Iterator[None]:
    yield


def build_empty_hook(folder: Path) -> Path:
    """Compile the empty hook for this interpreter."""
    target = folder / ("_empty_hook" + sysconfig.get_config_var("EXT_SUFFIX"))
    if not target.exists():
        include = sysconfig.get_paths()["include"]
        source = Path(__file__).with_name("_empty_hook.c")
        command = ["cc", "-O2", "-fPIC", "-shared", f"-I{include}", str(source), "-o", str(target)]
        subprocess.run(command, check=True)
    return target


def no_hook(_: str) -> Batch:
    """Nobody listens."""
    return _bare


def empty_c(library: str) -> Batch:
    """A C hook that returns at once."""
    spec = spec_from_file_location("_empty_hook", library)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install()
    return _bare


def empty_python(_: str) -> Batch:
    """A Python hook that returns at once."""

    def hook(event: str, args: tuple[object, ...]) -> None:
        return

    sys.addaudithook(hook)
    return _bare


def _provider() -> Any:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider()
    trace.set_tracer_provider(provider)
    return provider


def _core(name: str, *, selected: bool = True, ring: bool = True, spans: bool = True, rule: str = "all") -> Any:
    from otel_audit import capture, events, sdk
    from otel_audit.plan import build_plan
    from otel_audit.settings import Settings

    signals = [signal for signal, on in (("logs", ring), ("span_events", spans), ("metrics", True)) if on]
    settings = Settings(
        include=EVENT if selected else "process",
        exclude="" if selected else EVENT,
        signals=",".join(signals),
        sampling=f"{EVENT}={rule}" if selected else "",
        core=name,
    )
    core, _ = capture.choose(name)
    capture.load(core, build_plan(settings, catalogue=events))
    parts = sdk.context_parts()
    assert parts is not None
    core.bind_context(*parts)
    assert core.arm()
    return core


def _in_span(core: Any) -> Batch:
    tracer = _provider().get_tracer("bench")

    @contextmanager
    def batch() -> Iterator[None]:
        with tracer.start_as_current_span("request") as span:
            context = span.get_span_context()
            owner = span._otel_audit = core.span_open(span, context.trace_id, context.span_id, context.trace_flags)
            yield
            core.span_close(owner)
        core.drain(1 << 22)
        core.turn()

    return batch


def _outside(core: Any) -> Batch:
    @contextmanager
    def batch() -> Iterator[None]:
        yield
        core.drain(1 << 22)
        core.turn()

    return batch


def ours(core: str) -> dict[str, Callable[[str], Batch]]:
    """The states of one of our cores."""
    return {
        f"{core}: ignored": lambda _: _outside(_core(core, selected=False)),
        f"{core}: counted, no context": lambda _: _outside(_core(core, ring=False, spans=False)),
        f"{core}: counted, in a span": lambda _: _in_span(_core(core, ring=False, spans=False)),
        f"{core}: recorded, ring, outside": lambda _: _outside(_core(core)),
        f"{core}: recorded, span": lambda _: _in_span(_core(core, ring=False)),
        f"{core}: recorded, ring and span": lambda _: _in_span(_core(core)),
        f"{core}: recorded, ring and span, limiter": lambda _: _in_span(_core(core, rule="100000000/s")),
    }


def naive(_: str) -> Batch:
    """What one would write first: a span event, a counter and a log record from a Python hook."""
    import time

    from opentelemetry import _logs, trace
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    tracer = _provider().get_tracer("bench")
    counter = MeterProvider([InMemoryMetricReader()]).get_meter("naive").create_counter("python.audit.events")
    logger = LoggerProvider().get_logger("naive")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event != EVENT:
            return
        attributes = {"file.path": args[0], "mode": args[1], "flags": args[2]}
        trace.get_current_span().add_event(event, attributes)
        counter.add(1, {"event": event})
        logger.emit(
            _logs.LogRecord(
                timestamp=time.time_ns(),
                severity_number=_logs.SeverityNumber.INFO,
                body=event,
                attributes=dict(attributes),
                event_name=event,
            )
        )

    sys.addaudithook(hook)

    @contextmanager
    def batch() -> Iterator[None]:
        with tracer.start_as_current_span("request"):
            yield

    return batch


SUBJECTS: dict[str, Callable[[str], Batch]] = {
    "no hook": no_hook,
    "empty C hook": empty_c,
    "empty Python hook": empty_python,
    **ours("c"),
    **ours("python"),
    "naive bridge": naive,
}
