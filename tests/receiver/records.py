"""What tests read: one flat, frozen record per span, log record and metric point."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

# Arrays become tuples, so that an attribute set can be a dictionary key.
Value: TypeAlias = str | bool | int | float | bytes | tuple["Value", ...] | dict[str, "Value"] | None
Attributes: TypeAlias = dict[str, Value]


@dataclass(frozen=True)
class SpanEvent:
    name: str
    time_ns: int
    attributes: Attributes
    dropped_attributes: int


@dataclass(frozen=True)
class Span:
    """Ids are lowercase hex; `parent_span_id` is empty on a root span; `kind` is the protobuf's name, `SERVER`."""

    name: str
    trace_id: str
    span_id: str
    parent_span_id: str
    kind: str
    attributes: Attributes
    events: tuple[SpanEvent, ...]
    resource: Attributes
    scope: str
    dropped_events: int
    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Log:
    """Ids are lowercase hex, empty where the record has none."""

    event_name: str
    body: Value
    severity_number: int
    severity_text: str
    trace_id: str
    span_id: str
    flags: int
    time_ns: int
    observed_ns: int
    attributes: Attributes
    resource: Attributes
    scope: str
    scope_version: str
    schema_url: str


@dataclass(frozen=True)
class Exemplar:
    """Ids are lowercase hex, empty where the exemplar is of no trace."""

    trace_id: str
    span_id: str
    value: float
    time_ns: int


@dataclass(frozen=True)
class Point:
    """`value` is a histogram's sum; `count` is its number of measurements, 0 for sums and gauges."""

    metric: str
    unit: str
    value: float
    attributes: Attributes
    resource: Attributes
    monotonic: bool
    scope: str
    start_ns: int
    time_ns: int
    kind: str
    cumulative: bool
    count: int
    exemplars: tuple[Exemplar, ...] = ()


def value_of(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(value_of(item) for item in value.array_value.values)
    if kind == "kvlist_value":
        return attributes_of(value.kvlist_value.values)
    scalar: Value = getattr(value, kind) if kind else None
    return scalar


def attributes_of(pairs: Iterable[KeyValue]) -> Attributes:
    return {pair.key: value_of(pair.value) for pair in pairs}


def spans_in(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for group in request.resource_spans:
        resource = attributes_of(group.resource.attributes)
        for scoped in group.scope_spans:
            for span in scoped.spans:
                yield _span(span, resource, scoped.scope.name)


def _span(span: trace_pb2.Span, resource: Attributes, scope: str) -> Span:
    return Span(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex(),
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        attributes=attributes_of(span.attributes),
        events=tuple(
            SpanEvent(event.name, event.time_unix_nano, attributes_of(event.attributes), event.dropped_attributes_count)
            for event in span.events
        ),
        resource=resource,
        scope=scope,
        dropped_events=span.dropped_events_count,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
    )


def logs_in(request: ExportLogsServiceRequest) -> Iterator[Log]:
    for group in request.resource_logs:
        resource = attributes_of(group.resource.attributes)
        for scoped in group.scope_logs:
            for record in scoped.log_records:
                yield _log(record, resource, scoped.scope.name, scoped.scope.version, scoped.schema_url)


def _log(record: LogRecord, resource: Attributes, scope: str, scope_version: str, schema_url: str) -> Log:
    return Log(
        event_name=record.event_name,
        body=value_of(record.body),
        severity_number=record.severity_number,
        severity_text=record.severity_text,
        trace_id=record.trace_id.hex(),
        span_id=record.span_id.hex(),
        flags=record.flags,
        time_ns=record.time_unix_nano,
        observed_ns=record.observed_time_unix_nano,
        attributes=attributes_of(record.attributes),
        resource=resource,
        scope=scope,
        scope_version=scope_version,
        schema_url=schema_url,
    )


def points_in(request: ExportMetricsServiceRequest) -> Iterator[Point]:
    for group in request.resource_metrics:
        resource = attributes_of(group.resource.attributes)
        for scoped in group.scope_metrics:
            for metric in scoped.metrics:
                yield from _points(metric, resource, scoped.scope.name)


def _points(metric: metrics_pb2.Metric, resource: Attributes, scope: str) -> Iterator[Point]:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    for point in data.data_points:
        number = point.WhichOneof("value") if kind in ("sum", "gauge") else "sum"
        yield Point(
            metric=metric.name,
            unit=metric.unit,
            value=getattr(point, number) if number else 0,
            attributes=attributes_of(point.attributes),
            resource=resource,
            monotonic=kind == "sum" and data.is_monotonic,
            scope=scope,
            start_ns=point.start_time_unix_nano,
            time_ns=point.time_unix_nano,
            kind=kind,
            cumulative=getattr(data, "aggregation_temporality", 0) == metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE,
            count=getattr(point, "count", 0),
            exemplars=tuple(map(_exemplar, getattr(point, "exemplars", ()))),
        )


def _exemplar(exemplar: metrics_pb2.Exemplar) -> Exemplar:
    number = exemplar.WhichOneof("value")
    return Exemplar(
        trace_id=exemplar.trace_id.hex(),
        span_id=exemplar.span_id.hex(),
        value=getattr(exemplar, number) if number else 0,
        time_ns=exemplar.time_unix_nano,
    )
