"""The capacity model: inputs with units and origin, and what follows from them for a fleet of some size.

Fleet figures are simulated: every process gets a load of its own, every trace a sampler by the exporter's hash ring,
every process' metrics a partition of Kafka by hash; tiers are then sized for the fullest place at the peak.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

from tools.scaling.ring import shares

DAY_S = 86_400
MB = 1_000_000
GB = 1_000_000_000


@dataclass(frozen=True)
class Inputs:
    """What the model is given. Bytes are OTLP as protobuf; `packed` is with gzip, as sent.

    The first block is measured by `tools.scaling`, the second is assumed: put in what you know.
    """

    logs_per_request: float
    log_bytes: float
    log_bytes_packed: float
    span_bytes: float
    span_bytes_packed: float
    metric_bytes: float
    metric_bytes_packed: float
    points: float
    cpu_ms: float
    collector_cpu_ms_per_mb: float

    requests_per_s: float = 20.0
    spread: float = 1.0
    peak: float = 3.0
    metric_interval_s: float = 60.0
    kept_traces: float = 0.1
    collector_cores: float = 2.0
    utilisation: float = 0.5
    cell: float = 100.0
    partition_mb_per_s: float = 5.0
    replicas: float = 3.0
    stored_per_packed_byte: float = 1.2
    metric_sample_bytes: float = 1.5


MEANING = {
    "logs_per_request": ("1", "log records of the bridge per HTTP request"),
    "log_bytes": ("B", "one log record, protobuf, with its share of the resource"),
    "log_bytes_packed": ("B", "the same on the wire, gzip"),
    "span_bytes": ("B", "spans of one request with their span events, protobuf"),
    "span_bytes_packed": ("B", "the same on the wire, gzip"),
    "metric_bytes": ("B", "one collection of all metrics of a process, protobuf"),
    "metric_bytes_packed": ("B", "the same on the wire, gzip"),
    "points": ("1", "data points in one collection"),
    "cpu_ms": ("ms", "CPU that the bridge adds to one request, description and export included"),
    "collector_cpu_ms_per_mb": ("ms/MB", "CPU of a collector for 1 MB of protobuf, gzip in and out"),
    "requests_per_s": ("1/s", "requests per process, the day's mean"),
    "spread": ("1", "sigma of the lognormal distribution of load over processes"),
    "peak": ("1", "the busiest hour over the day's mean; tiers are sized for it"),
    "metric_interval_s": ("s", "OTEL_METRIC_EXPORT_INTERVAL; the SDK's default is 60,000 ms"),
    "kept_traces": ("1", "share of traces that tail sampling keeps"),
    "collector_cores": ("1", "cores of one collector"),
    "utilisation": ("1", "share of its cores that a collector may use at the peak"),
    "cell": ("1", "samplers behind one hash ring at most; it has 131,071 places, 200 of them for each sampler"),
    "partition_mb_per_s": ("MB/s", "what one Kafka partition takes and gives, compressed"),
    "replicas": ("1", "copies that Kafka keeps"),
    "stored_per_packed_byte": ("1", "bytes in a store of logs or traces, index included, per byte of gzip"),
    "metric_sample_bytes": ("B", "one sample in Prometheus' blocks"),
}
"""Unit and meaning of each input."""
MEASURED = 10
"""So many of them, the first, are measured."""


@dataclass(frozen=True)
class Streams:
    """Bytes per second."""

    spans: float
    metrics: float
    logs: float

    @property
    def total(self) -> float:
        """Of all three."""
        return self.spans + self.metrics + self.logs

    def __mul__(self, factor: float) -> Streams:
        return Streams(self.spans * factor, self.metrics * factor, self.logs * factor)


@dataclass(frozen=True)
class Fleet:
    """What a fleet of some size needs.

    Args:
        processes: of Python.
        requests: per second, the day's mean.
        records: log records per second, the day's mean.
        mb: protobuf of all signals at the peak, megabytes per second.
        fronts, samplers, writers: collectors of each tier.
        cells: groups of fronts and samplers, each with a hash ring of its own; a trace stays in one.
        skew: load of the fullest sampler over their mean.
        partitions: of Kafka's topics for spans, metrics, logs.
        kafka_gb: on Kafka's disks for one day of retention, replicas included.
        logs_gb, traces_gb, metrics_gb: growth of the stores per day.
        cores: what the bridge costs in all processes together, mean.
    """

    processes: int
    requests: float
    records: float
    mb: float
    fronts: int
    cells: int
    samplers: int
    writers: int
    skew: float
    partitions: tuple[int, int, int]
    kafka_gb: float
    logs_gb: float
    traces_gb: float
    metrics_gb: float
    cores: float


def loads(inputs: Inputs, processes: int, seed: int = 1) -> list[float]:
    """Requests per second of each process."""
    chance = random.Random(seed)
    middle = math.log(inputs.requests_per_s) - inputs.spread**2 / 2  # so that the mean is the one that is given
    return [chance.lognormvariate(middle, inputs.spread) for _ in range(processes)]


def streams(inputs: Inputs, requests: float, processes: int) -> tuple[Streams, Streams]:
    """Protobuf from the processes, and what goes through Kafka compressed; the day's mean."""
    records, collections = requests * inputs.logs_per_request, processes / inputs.metric_interval_s
    produced = Streams(requests * inputs.span_bytes, collections * inputs.metric_bytes, records * inputs.log_bytes)
    kept = requests * inputs.span_bytes_packed * inputs.kept_traces
    return produced, Streams(kept, collections * inputs.metric_bytes_packed, records * inputs.log_bytes_packed)


def samplers(load: float, capacity: float, cell: int) -> tuple[int, int, float]:
    """How many cells of how many samplers, so that the fullest can bear its part, and that over the samplers' mean.

    Args:
        load, capacity: in one unit.
        cell: samplers behind one hash ring at most.
    """
    cells = math.ceil(max(1.0, load / capacity) / cell)
    while True:
        each, number = load / cells, max(2, math.ceil(load / cells / capacity))
        while number <= cell and each * shares(number)[0] > capacity:
            number = max(number + 1, int(number * each * shares(number)[0] / capacity))
        if number <= cell:
            return cells, number, shares(number)[0] * number
        cells += 1


def partitions(streams_: int, load: float, capacity: float) -> int:
    """How many, so that the fullest can bear the streams that a hash gives it, all of one size."""
    number = max(1, math.ceil(load / capacity))
    hashes = [_hash(stream) for stream in range(streams_)]
    while number < streams_:
        fullest = max(Counter(one % number for one in hashes).values()) / streams_
        if load * fullest <= capacity:
            break
        number = max(number + 1, int(number * load * fullest / capacity))
    return number


def _hash(stream: int) -> int:
    return int.from_bytes(hashlib.blake2b(stream.to_bytes(8, "big"), digest_size=8).digest(), "big")


def fleet(inputs: Inputs, processes: int, seed: int = 1) -> Fleet:
    """Size a fleet."""
    requests = sum(loads(inputs, processes, seed))
    produced, compressed = streams(inputs, requests, processes)
    top, through = produced * inputs.peak, compressed * inputs.peak
    capacity = inputs.collector_cores * inputs.utilisation * 1000 / inputs.collector_cpu_ms_per_mb * MB
    cells, number, skew = samplers(top.spans, capacity, int(inputs.cell))
    behind = top.spans * inputs.kept_traces + top.metrics + top.logs
    partition = inputs.partition_mb_per_s * MB
    return Fleet(
        processes=processes,
        requests=requests,
        records=requests * inputs.logs_per_request,
        mb=top.total / MB,
        fronts=max(2, math.ceil(top.total / capacity)),
        cells=cells,
        samplers=cells * number,
        writers=max(2, math.ceil(behind / capacity)),
        skew=skew,
        partitions=(
            max(1, math.ceil(through.spans / partition)),
            partitions(processes, through.metrics, partition),
            max(1, math.ceil(through.logs / partition)),
        ),
        kafka_gb=compressed.total * DAY_S * inputs.replicas / GB,
        logs_gb=compressed.logs * DAY_S * inputs.stored_per_packed_byte / GB,
        traces_gb=compressed.spans * DAY_S * inputs.stored_per_packed_byte / GB,
        metrics_gb=processes / inputs.metric_interval_s * inputs.points * DAY_S * inputs.metric_sample_bytes / GB,
        cores=requests * inputs.cpu_ms / 1000,
    )


def described(inputs: Inputs) -> Iterator[tuple[str, float, str, str, str]]:
    """Name, value, unit, origin and meaning of each input."""
    for number, field in enumerate(fields(inputs)):
        unit, meaning = MEANING[field.name]
        value: float = getattr(inputs, field.name)
        yield field.name, value, unit, "measured" if number < MEASURED else "assumed", meaning
