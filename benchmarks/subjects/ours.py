"""The states of our hook, of both cores."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.subjects.floor import ARGUMENTS
from benchmarks.subjects.subject import EVENT, LIBRARY, Batch, Subject

PLENTY, NEVER, RARELY = "100000000/s", "0.001/s", "0.000001"
"""Rules: a limiter that lets everything pass, one that is always empty, a ratio that keeps next to nothing."""


def core(
    name: str,
    *,
    selected: bool = True,
    ring: bool = True,
    spans: bool = True,
    rule: str = "all",
    blocking: bool = False,
    located: bool = False,
    arguments: int = 3,
) -> Any:
    """A core that listens to EVENT, whose arguments are those of `open`, or the first of them."""
    from otel_audit import capture, events, sdk
    from otel_audit.model import Kind
    from otel_audit.plan import build_plan
    from otel_audit.settings import Settings

    signals = [signal for signal, on in (("logs", ring), ("span_events", spans), ("metrics", True)) if on]
    settings = Settings(
        include=f"{EVENT},{EVENT}.*" if selected else "process",
        exclude="" if selected else EVENT,
        signals=",".join(signals),
        sampling=f"{EVENT}={rule}" if selected else "",
        core=name,
        location_skip=LIBRARY,
    )
    found, _ = capture.choose(name)
    plan = build_plan(settings, catalogue=events)
    kinds = (Kind.PATH, Kind.TEXT, Kind.INT)[:arguments]
    rows = (
        row._replace(kinds=kinds if row.name == EVENT else row.kinds, blocking=blocking, loop_location=float(located))
        for row in plan.events
    )
    capture.load(found, plan._replace(events=tuple(rows)))
    assert found.bind_event_loop(sys.modules["_asyncio"], sys.modules["_socket"])
    parts = sdk.context_parts()
    assert parts is not None
    found.bind_context(*parts)
    assert found.arm()
    return found


def in_span(core: Any, emptied: bool = True) -> Batch:
    """Each batch in a span of its own, the ring emptied after it.

    The span is the API's: the core knows spans by their address, whatever they are.
    """
    from opentelemetry import context, trace

    numbers = iter(range(1, 1 << 60))

    @contextmanager
    def batch() -> Iterator[None]:
        place = trace.SpanContext(1 << 100, next(numbers), is_remote=False, trace_flags=trace.TraceFlags(1))
        span = trace.NonRecordingSpan(place)
        owner = core.span_open(span, place.trace_id, place.span_id, int(place.trace_flags))
        span._otel_audit = owner  # type: ignore[attr-defined]
        token = context.attach(trace.set_span_in_context(span))
        yield
        context.detach(token)
        core.span_close(owner)
        if emptied:
            core.drain(1 << 22)
        core.turn()

    return batch


def where_nothing_fits(core: Any) -> Batch:
    """Each batch in a span that has had its share, the ring full."""
    spanned, numbers = in_span(core, emptied=False), itertools.count()

    def lost() -> list[int]:
        stats = core.stats()
        return [stats["ring_queue_full"], stats["span_over"]]

    @contextmanager
    def batch() -> Iterator[None]:
        with spanned():
            before = lost()
            while any(now == earlier for now, earlier in zip(lost(), before)):
                for number in itertools.islice(numbers, 256):
                    sys.audit(EVENT, f"/srv/app/data/other-{number}.json", "r", 524288)
            yield

    return batch


def outside(core: Any) -> Batch:
    """No span, and an empty context."""

    @contextmanager
    def batch() -> Iterator[None]:
        yield
        core.drain(1 << 22)
        core.turn()

    return batch


def ours(name: str) -> dict[str, Subject]:
    """The rows of one core."""

    def made(place: Callable[[Any], Batch], **options: Any) -> Callable[[str], Batch]:
        return lambda _: place(core(name, **options))

    recorded = f"{name}: recorded, ring and span"
    located = made(in_span, blocking=True, located=True)
    return {
        f"{name}: ignored": Subject(made(outside, selected=False)),
        f"{name}: counted, no context": Subject(made(outside, ring=False, spans=False)),
        f"{name}: counted, in a span": Subject(made(in_span, ring=False, spans=False)),
        f"{name}: sampled out, in a span": Subject(made(in_span, rule=RARELY)),
        f"{name}: rate limited, in a span": Subject(made(in_span, rule=NEVER)),
        f"{name}: recorded, ring, outside": Subject(made(outside)),
        f"{name}: recorded, ring": Subject(made(in_span, spans=False)),
        f"{name}: recorded, span": Subject(made(in_span, ring=False)),
        **{recorded + ending: Subject(made(in_span, arguments=number), number) for number, ending in ARGUMENTS.items()},
        f"{recorded}, limiter": Subject(made(in_span, rule=PLENTY)),
        f"{name}: merged, ring and span": Subject(made(in_span), equal=True),
        f"{name}: lost, ring and span full": Subject(made(where_nothing_fits)),
        f"{recorded}, blocking, no loop": Subject(made(in_span, blocking=True)),
        f"{recorded}, on a loop": Subject(made(in_span, blocking=True), on_loop=True),
        f"{recorded}, on a loop, located": Subject(located, on_loop=True),
        f"{recorded}, the same 5 frames deep": Subject(located, depth=5, on_loop=True),
        f"{recorded}, the same 30 frames deep": Subject(located, depth=30, on_loop=True),
    }
