"""The tiers of deploy/fleet on loopback, from the files that ship: fronts, samplers, a Kafka in memory, a writer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from tools.backends import collector, kafka, ports, web
from tools.backends.processes import running

FILES = Path(__file__).parents[2] / "deploy" / "fleet"
PARTITIONS = 4


@dataclass(frozen=True)
class Tier:
    """One running collector.

    Args:
        grpc, http: host and port that take OTLP.
        own: URL of its own metrics.
    """

    process: Popen[bytes]
    grpc: str
    http: str
    own: str

    def total(self, metric: str) -> float:
        """Sum of one of its own counters over its attributes; 0 while it is not there."""
        found = re.findall(rf"^{metric}(?:_total)?(?:\{{.*\}})? (\S+)$", web.text(self.own), re.MULTILINE)
        return sum(map(float, found))


@dataclass(frozen=True)
class Fleet:
    """Running tiers."""

    fronts: tuple[Tier, ...]
    samplers: tuple[Tier, ...]
    writer: Tier


@contextmanager
def fleet(
    folder: Path, stores: str, *, tiers: tuple[int, int] = (2, 2), wait: str = "2s", share: float = 0
) -> Iterator[Fleet]:
    """Start all tiers, and end them when the context closes.

    Args:
        folder: for their logs.
        stores: URL below which OTLP over HTTP takes all three signals.
        tiers: number of fronts and of samplers.
        wait: how long a sampler waits for a trace's spans.
        share: percent of the traces that no other policy keeps.
    """
    with ExitStack() as started:
        start = _Starting(started, folder)
        common = {"KAFKA": json.dumps([start.broker()])}
        away = {"TRACES": stores, "METRICS": stores, "LOGS": stores}
        writer = start.tier("writer", "writer", {**common, **away})
        decides = {**common, "DECISION_WAIT": wait, "SHARE_PERCENT": str(share)}
        samplers = tuple(start.tier("sampler", f"sampler-{number}", decides) for number in range(tiers[1]))
        resolver = {"static": {"hostnames": [sampler.grpc for sampler in samplers]}}
        leads = {**common, "SAMPLERS": json.dumps(resolver)}
        fronts = tuple(start.tier("front", f"front-{number}", leads) for number in range(tiers[0]))
        yield Fleet(fronts, samplers, writer)


class _Starting:
    """Starts one after the other, on free ports."""

    def __init__(self, started: ExitStack, folder: Path) -> None:
        self._started, self._folder = started, folder

    def broker(self) -> str:
        """Host and port of the broker."""
        (address,) = ports.addresses(1)
        log = self._folder / "kafka.log"
        command: list[str | Path] = [kafka.kafka(), address.rpartition(":")[2], str(PARTITIONS), *kafka.TOPICS]
        self._started.enter_context(running("kafka", command, self._folder, lambda: address in log.read_text()))
        return address

    def tier(self, file: str, name: str, variables: Mapping[str, str]) -> Tier:
        """A collector with one of the shipped files, unchanged."""
        grpc, http, health, own = ports.addresses(4)
        placed = {
            "OTLP_GRPC": grpc,
            "OTLP_HTTP": http,
            "HEALTH": health,
            "TELEMETRY_HOST": "127.0.0.1",
            "TELEMETRY_PORT": own.rpartition(":")[2],
        }
        command: list[str | Path] = [collector.collector(), f"--config={FILES / f'{file}.yaml'}"]
        healthy = f"http://{health}/"
        process = self._started.enter_context(
            running(name, command, self._folder, lambda: web.answers(healthy), {**placed, **variables})
        )
        return Tier(process, grpc, http, f"http://{own}/metrics")
