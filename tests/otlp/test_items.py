"""What lies in the SDK's queue: the record it stands for, to whoever asks; nothing, to the garbage collector."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import pytest

from otel_audit.model import Described
from otel_audit.otlp.items import items, items_in_python
from tests.otlp.pipes import Pipe, emit, encoded

Make = Callable[..., Pipe]


class Source:
    """An origin whose records are their own words."""

    def readable(self, data: bytes) -> Any:
        """An exception has a message and few other attributes."""
        if data == b"broken":
            raise ValueError("not to be read")
        return ValueError(data.decode())


BOTH = pytest.mark.parametrize("make", [items, items_in_python], ids=["found", "python"])


@BOTH
def test_an_item_keeps_where_it_comes_from_and_its_bytes(make: Any) -> None:
    source, data = Source(), [b"one", b"two"]
    made = make(source, data)
    assert [(item.origin, item.data) for item in made] == [(source, b"one"), (source, b"two")]
    assert encoded([*made, object(), b"one"]) == [True, True, False, False]
    assert make(source, []) == []


@BOTH
def test_whatever_else_is_asked_for_is_the_records(make: Any) -> None:
    one, broken = make(Source(), [b"one", b"broken"])
    assert one.args == ("one",)
    assert not hasattr(one, "resource")
    with pytest.raises(AttributeError):
        _ = one.__html__
    with pytest.raises(ValueError, match="not to be read"):
        _ = broken.args


@BOTH
def test_items_go_with_what_they_hold(make: Any) -> None:
    source, data = Source(), [bytes(100) + b"x"]
    before = sys.getrefcount(source), sys.getrefcount(data[0])
    made = [make(source, data) for _ in range(100)]
    assert sys.getrefcount(source) == before[0] + 100
    del made
    assert (sys.getrefcount(source), sys.getrefcount(data[0])) == before


def test_compiled_items_do_not_call_the_garbage_collector() -> None:
    if items is items_in_python:
        pytest.skip("no C encoder was compiled")
    assert not any(map(gc.is_tracked, items(Source(), [b"one"])))  # type: ignore[arg-type]


def described() -> int:
    """How many records in their long form there are, whoever holds them."""
    gc.collect()
    return sum(type(each) is Described for each in gc.get_objects())


def test_what_waits_for_its_batch_does_not_either(pipe: Make) -> None:
    made = pipe()
    sink = made.sink()
    emit(sink, made.described("open", "/etc/hosts", "r", 0))
    before = described()
    for number in range(20):
        sink.emit(made.described("open", f"/etc/hosts{number}", "r", 0))
    assert described() == before
