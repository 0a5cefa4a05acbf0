"""A receiver, and pipelines over it that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry import _logs

from tests.otlp.pipes import Pipe, exporter
from tests.receiver import Protocol, Receiver


@pytest.fixture(scope="module")
def running() -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture
def receiver(running: Receiver) -> Receiver:
    running.heal()
    running.clear()
    return running


@pytest.fixture(params=("grpc", "http/protobuf"))
def protocol(request: pytest.FixtureRequest) -> Protocol:
    found: Protocol = request.param
    return found


@pytest.fixture
def pipe(receiver: Receiver, protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Pipe]]:
    """Makes one, whose provider is the global one until the next is made."""
    made: list[Pipe] = []

    def make(exported_by: Any = None, **options: Any) -> Pipe:
        found = Pipe(exported_by or exporter(receiver, protocol), **options)
        made.append(found)
        monkeypatch.setattr(_logs, "get_logger_provider", lambda: found.provider)
        return found

    yield make
    for each in made:
        each.provider.shutdown()
