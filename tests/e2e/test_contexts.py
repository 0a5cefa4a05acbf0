"""An event belongs to the span of the work that caused it: in tasks, their children, threads that got the context."""

from __future__ import annotations

import subprocess

from tests.e2e.conftest import PROGRAMS, environment, instrumented
from tests.receiver import Receiver


def test_each_event_is_in_the_span_it_happened_in(receiver: Receiver, core: str) -> None:
    variables = environment(**receiver.env("http/protobuf"), OTEL_PYTHON_AUDIT_CORE=core)
    subprocess.run(instrumented(str(PROGRAMS / "contexts.py")), env=variables, check=True, timeout=60)
    spans = {span.span_id: span for span in receiver.spans if span.scope == "contexts"}
    logs = [log for log in receiver.logs if log.event_name == "python.audit.contexts.work"]
    assert len(logs) == 5 * 3 + 5
    for log in logs:
        where = str(log.attributes["python.audit.args"])
        if where == "nowhere":
            assert not log.trace_id
            continue
        span = spans[log.span_id]
        assert where.startswith(span.name)
        assert log.trace_id == span.trace_id
    for span in spans.values():
        assert all(str(event.attributes["python.audit.args"]).startswith(span.name) for event in span.events)
    assert sum(len(span.events) for span in spans.values()) == 5 * 3 + 4
