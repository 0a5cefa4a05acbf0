"""Spans told by the application's threads become bars, and names of requests."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from otel_audit.report import spans as module
from otel_audit.report.spans import UNKNOWN, Spans
from tests.report.pages import SPAN, TRACE, Span


def told(spans: Spans, *given: Any) -> None:
    for each in given:
        spans.observe(each)
    spans.learn()


def ended(span: Any, end: int = 9) -> Any:
    span.end_time = end
    return span


def test_a_span_has_its_last_name_and_its_end() -> None:
    spans = Spans()
    span: Any = Span("GET")
    told(spans, span)
    assert [(each.name, each.end_ns) for each in spans.kept()] == [("GET", None)]
    span.name = "GET /cart"
    told(spans, ended(span))
    assert [(each.name, each.end_ns) for each in spans.kept()] == [("GET /cart", 9)]
    assert spans.request(TRACE) == "GET /cart"


def test_a_live_root_is_called_what_it_is_called_by_now() -> None:
    spans = Spans()
    span: Any = Span("GET")
    told(spans, span)
    span.name = "GET /cart"
    assert spans.request(TRACE) == "GET /cart"
    del span  # never ended: it is not kept alive for its name
    assert spans.request(TRACE) == "GET"


def test_the_first_root_names_the_trace_also_before_the_next_turn() -> None:
    spans = Spans()
    root: Any = Span("POST /checkout")
    child: Any = Span("charge", 2, parent=SPAN)
    itself: Any = Span("POST /reserve", 3, parent=2, remote=True)
    for span in (root, child, itself):
        spans.observe(span)
    assert spans.request(TRACE) == "POST /checkout"
    told(spans, ended(itself), ended(child), ended(root))
    assert spans.request(TRACE) == "POST /checkout"
    found = {each.name: (each.local_root, each.parent_id) for each in spans.kept()}
    assert found == {"POST /checkout": (True, 0), "charge": (False, SPAN), "POST /reserve": (True, 2)}


def test_outside_and_unknown_are_told_apart() -> None:
    spans = Spans()
    assert spans.request(0) == ""
    assert spans.request(77) == UNKNOWN


def test_the_first_and_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SPANS", 6)
    spans = Spans()
    for number in range(1, 21):
        span: Any = Span(f"s{number}", number, number)
        span.start_time = number
        told(spans, span)
        told(spans, ended(span, number + 1))
    assert [each.name for each in spans.kept()] == ["s1", "s2", "s3", "s18", "s19", "s20"]
    assert all(each.end_ns for each in spans.kept())
    assert spans.left_out() == 14


def test_an_end_without_room_for_its_start_is_no_span() -> None:
    """What was forgotten stays so, or short spans would push each other out twice."""
    spans = Spans()
    told(spans, ended(Span("x")))
    assert spans.kept() == []


def test_names_of_traces_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_ROOTS", 5)
    spans = Spans()
    for number in range(1, 9):
        told(spans, Span(f"s{number}", number, number))
    assert spans.request(1) == UNKNOWN
    assert spans.request(8) == "s8"


def test_threads_may_tell_while_they_are_learnt() -> None:
    spans = Spans()

    def tell(first: int) -> None:
        for number in range(first, first + 500):
            span: Any = Span("x", number, number)
            spans.observe(span)
            spans.observe(ended(span))

    threads = [threading.Thread(target=tell, args=(1 + at * 500,)) for at in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        spans.learn()
    spans.learn()
    assert len(spans.kept()) == 2_000
    assert spans.left_out() == 0
