"""Tables of records by some of their labels; every row leads to its records and to the traces with such events."""

from __future__ import annotations

from collections.abc import Sequence

from grafana import links, logql
from grafana.panels import VALUE, Column, PanelBuilder, Text, rows
from grafana.targets import log_count

_ALWAYS_THERE = {logql.FILE: "file.path", logql.QUESTION: "dns.question.name"}
"""Columns that a query demands, by the attribute of the span event that says the same."""

SERVICE = Column(logql.SERVICE, "Service", width=140)
ROUTE = Column(logql.ROUTE, "Route", width=120)
EVENT = Column(logql.EVENT, "Event", width=160)


def record_table(
    text: Text,
    columns: Sequence[Column],
    *filters: str,
    events: Sequence[str] = (),
    new: bool = False,
    width: int = 12,
) -> PanelBuilder:
    """Records of the time range, most frequent first.

    Args:
        columns: labels to count by; one that may be empty must not be the only one.
        filters: LogQL label filters and stages.
        events: what the traces must hold, where no column says it.
        new: only what the days before the range had not.
        width: of 24 columns.
    """
    labels = [column.source for column in columns]
    found = logql.records(*filters)
    query = logql.first_seen(*labels, of=found) if new else logql.top(*labels, of=found)
    row = [f"{label}=`{links.cell(label)}`" for label in labels]
    return rows(
        text,
        log_count(query),
        columns=[*columns, Column(VALUE, "Records", "short", 90)],
        links=[links.records(*filters, *row), links.traces(_spans(labels, events))],
        width=width,
    )


def _spans(labels: Sequence[str], events: Sequence[str]) -> str:
    """Spans that hold what the row says, as far as its columns are attributes of a span event."""
    named = (links.cell(logql.EVENT),) if logql.EVENT in labels else tuple(events)
    said = [f'event.{_ALWAYS_THERE[label]} = "{links.cell(label)}"' for label in labels if label in _ALWAYS_THERE]
    return logql.spans(*named, also=said)
