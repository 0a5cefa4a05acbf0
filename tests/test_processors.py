"""Between a record and the sinks: described, redacted, said in one line."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from otel_audit.chain import Chain
from otel_audit.model import Described
from otel_audit.processors import RESERVED, add_trace_fields, is_drop
from tests.sinks.fakes import SPAN, TRACE, FakeCore, chain, record


def decoded(data: bytes, *processors: Any, redact: str = "default") -> Described:
    found = chain(None, *processors, redact=redact).decode(data)
    assert found is not None
    return found


def test_a_record_becomes_an_event_with_trace_fields() -> None:
    fields = decoded(record("open", "/etc/hosts", "r", 0)).fields
    assert fields["event"] == "python.audit.open"
    assert fields["level"] == "debug"
    assert (fields["trace_id"], fields["span_id"], fields["trace_flags"]) == (f"{TRACE:032x}", f"{SPAN:016x}", "01")
    assert fields["file.path"] == "/etc/hosts"
    assert fields["python.audit.event"] == "open"
    assert fields["python.audit.group"] == "filesystem"
    assert (fields["thread.id"], fields["thread.name"]) == (77, "MainThread")


def test_without_a_trace_there_are_no_trace_fields() -> None:
    fields = decoded(record("app.e", trace=0, span=0)).fields
    assert not {"trace_id", "span_id", "trace_flags"} & fields.keys()


def test_a_count_and_a_sampler_are_told_where_they_say_something() -> None:
    plain = decoded(record("app.e")).fields
    assert not {"python.audit.count", "python.audit.sampler"} & plain.keys()
    limited = decoded(record("app.limited", count=4)).fields
    assert (limited["python.audit.count"], limited["python.audit.sampler"]) == (4, "100/s")


def test_redaction_comes_before_everything_that_others_see() -> None:
    seen: list[dict[str, Any]] = []

    def spy(logger: Any, method: str, fields: Any) -> Any:
        seen.append(dict(fields))
        return fields

    secret = "password=hunter2hunter2"
    described = decoded(record("app.e", secret), spy)
    assert "hunter2" not in repr(seen)
    assert "hunter2" not in repr(described.fields)
    assert "hunter2" in repr(decoded(record("app.e", secret), redact="off").fields)


def test_the_message_is_one_line() -> None:
    message = decoded(record("open", "/a\nb", "r", 0)).fields["message"]
    assert "\n" not in message
    assert message


def test_a_users_processor_may_change_and_add() -> None:
    def more(logger: Any, method: str, fields: Any) -> Any:
        return {**fields, "team": "blue", "method": method}

    fields = decoded(record("subprocess.Popen", "ls"), more).fields
    assert (fields["team"], fields["method"]) == ("blue", "warn")


def test_a_users_processor_may_drop_a_record() -> None:
    def drop(logger: Any, method: str, fields: Any) -> Any:
        raise structlog.DropEvent

    assert chain(None, drop).decode(record()) is None


def test_other_errors_of_a_processor_come_out() -> None:
    def fail(logger: Any, method: str, fields: Any) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        chain(None, fail).decode(record())


def test_only_drop_event_drops() -> None:
    assert is_drop(structlog.DropEvent())
    assert not is_drop(KeyError())


def test_attributes_are_what_is_not_reserved() -> None:
    described = decoded(record("open", "/x"))
    attributes = Chain.attributes(described)
    assert not RESERVED & attributes.keys()
    assert described.fields.keys() - RESERVED == attributes.keys()
    json.dumps(attributes)


def test_an_id_given_out_later_is_asked_of_the_core_once() -> None:
    core = FakeCore()
    found = chain(core)
    assert found.event_name(99) == "python.audit.app.unknown99"
    core.event_name = lambda event_id: "renamed"  # type: ignore[method-assign]
    name, row, severity, rule = found.event(99)[:4]
    assert (name, row.group, severity, str(rule)) == ("app.unknown99", "custom", "info", "first")


def test_the_trace_processor_adds_the_current_span_to_any_log() -> None:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("t")
    with tracer.start_as_current_span("s") as span:
        fields = add_trace_fields(logging.getLogger(), "info", {"event": "hello"})
        context = span.get_span_context()
        assert context is not None
        assert fields["trace_id"] == trace.format_trace_id(context.trace_id)
        assert fields["span_id"] == trace.format_span_id(context.span_id)
        assert fields["trace_flags"] == f"{context.trace_flags:02x}"


def test_the_trace_processor_adds_nothing_without_a_span() -> None:
    assert add_trace_fields(None, "info", {"event": "hello"}) == {"event": "hello"}
