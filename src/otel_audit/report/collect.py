"""The sink: counts every record, keeps some."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from otel_audit import semconv
from otel_audit.destination import Account
from otel_audit.model import Described
from otel_audit.processors import NOTICES
from otel_audit.report.activity import Activity
from otel_audit.report.rows import Rows
from otel_audit.report.spans import Spans
from otel_audit.report.subjects import TABLES, subjects
from otel_audit.report.tally import Tally

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan


class Report:
    """A destination of records that becomes a page at the end."""

    name = "report"

    def __init__(self) -> None:
        self.account = Account(self.name)
        self.process = os.getpid()
        """The process it speaks for: a forked child writes none."""
        self.begin()

    def begin(self) -> None:
        """Time is told from here on; what was collected before is forgotten."""
        self._using = threading.Lock()
        self._ended = False
        self.start_ns = time.time_ns()
        self.tables = {name: Tally() for name in TABLES}
        self.activity = Activity(self.start_ns)
        self.rows = Rows(self.start_ns)
        self.spans = Spans()

    def span(self, span: ReadableSpan) -> None:
        """Take a span that begins or has ended. Called by the application's threads."""
        self.spans.observe(span)

    def refresh(self) -> None:
        """Learn of the spans that began or ended since the last turn."""
        with self._using:
            if not self._ended:
                self.spans.learn()

    def end(self) -> None:
        """The page is made now, of what is there: a background thread that was not done in time may still go on."""
        with self._using:
            self.spans.learn()
            self._ended = True

    def reason(self) -> str | None:
        """Nothing can stand in the way of collecting."""
        return None

    def room(self) -> int:
        """As many as come."""
        return 1 << 16

    def emit(self, described: Described) -> None:
        """Count one record, keep it while there is room."""
        if described.fields["event"] in NOTICES:
            return
        with self._using:
            if self._ended:  # the books are closed: for them it waits
                return
            self._collect(described)
        self.account.add("delivered")

    def _collect(self, described: Described) -> None:
        record, fields = described
        self.rows.add(described)  # first: what raises here, by a value of a user's processor, is counted nowhere else
        request = self.spans.request(record.trace_id)
        for subject in subjects(fields):
            self.tables[subject.table].add(subject, record.count, request, record.time_ns)
        self.activity.add(str(fields.get(semconv.AUDIT_GROUP, "")), record.time_ns, record.count)

    def flush(self) -> None:
        """The page is written at the end."""

    def after_fork_child(self) -> None:
        """The parent tells of what it saw; the child's memory is its own."""
        self.account.clear()
        self.begin()
