"""The sink: a destination that counts all, keeps some, and forgets everything in a child."""

from __future__ import annotations

import json
from typing import Any

import pytest

from otel_audit.model import Described
from otel_audit.report import Report
from tests.report.pages import SPAN, TRACE, described, span


def peers(report: Report) -> dict[str, dict[str, int]]:
    return {key: dict(entry.requests) for key, entry in report.tables["peers"].ranked()}


def connect(**changes: Any) -> Described:
    return described("socket.connect", "network", network_peer_address="10.0.0.5", network_peer_port=80, **changes)


def test_a_record_counts_everywhere_and_is_kept() -> None:
    report = Report()
    span(report, "GET /", 0, None)
    report.emit(connect(trace=TRACE, span=SPAN, count=3, time_ns=report.start_ns + 5_000_000))
    report.emit(connect())
    assert peers(report) == {"10.0.0.5:80": {"GET /": 3, "": 1}}
    assert report.activity.series() == {"network": [4]}
    assert [json.loads(row)[1] for row in report.rows.kept()] == ["socket.connect", "socket.connect"]
    assert report.account.totals() == {"delivered": 2}


def test_the_bridges_own_notices_are_no_events() -> None:
    report = Report()
    report.emit(Described(described().record, {"event": "python.audit.bridge.rate_limit"}))
    assert report.account.totals() == {}
    assert report.rows.kept() == []


def test_a_value_that_cannot_be_shown_is_in_no_count() -> None:
    class Silent:
        def __str__(self) -> str:
            raise ValueError("no text")

    report = Report()
    with pytest.raises(ValueError, match="no text"):
        report.emit(connect(file_path=Silent()))
    assert peers(report) == {}
    assert report.account.totals() == {}
    report.emit(connect())  # and nothing is stuck
    assert report.account.totals() == {"delivered": 1}


def test_time_begins_with_the_program() -> None:
    report = Report()
    report.emit(connect())
    before = report.start_ns
    report.begin()
    assert report.start_ns >= before
    assert peers(report) == {}


def test_what_comes_after_the_end_is_accounted_for_and_not_in_the_page() -> None:
    report = Report()
    report.emit(connect())
    report.end()
    report.emit(connect())
    span(report, "late", 0, None)
    report.refresh()
    assert peers(report) == {"10.0.0.5:80": {"": 1}}
    assert report.spans.kept() == []
    assert report.account.totals() == {"delivered": 1}


def test_a_child_begins_anew() -> None:
    report = Report()
    report.emit(connect())
    report.after_fork_child()
    assert peers(report) == {}
    assert report.account.totals() == {}
    assert report.rows.kept() == []
