"""What holds for every row and every value: nothing raises, a key has one type, every attribute can be encoded."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_audit import wire
from otel_audit.capture import _pyvalues
from otel_audit.events import CATALOGUE, CUSTOM_KINDS, MESSAGE, generic
from otel_audit.events.describe import describer, sayer
from otel_audit.model import Arg, Event, Kind, Value
from tests.events.values import EXAMPLES, VALUES, captured, record, type_of

ROWS = {**CATALOGUE, "message": MESSAGE, "myapp.sold": generic("myapp.sold")}
NAMES = st.sampled_from(sorted(ROWS))
DECODED = [(event.name, arg) for event in CATALOGUE.values() for arg in event.args if arg.decode]
TYPES: dict[str, set[str]] = defaultdict(set)


def check(event: Event, values: tuple[Value, ...], argc: int) -> None:
    attributes = describer(event)(record(event, values, argc))
    line = sayer(event)(event.name, attributes)
    assert line
    assert len(line) <= 512
    assert not any(character < " " for character in line)
    for key, value in attributes.items():
        TYPES[key].add(type_of(value))
        assert len(TYPES[key]) == 1, key


@pytest.mark.parametrize(("name", "arg"), DECODED, ids=[f"{name}-{arg.name}" for name, arg in DECODED])
def test_decoder_knows_a_value_or_says_so(name: str, arg: Arg) -> None:
    assert arg.decode is not None
    for value in (*EXAMPLES, -(10**5000)):
        found = arg.decode(value)
        assert found is None or isinstance(found, dict), name


@settings(max_examples=1000)
@given(decoded=st.sampled_from(DECODED), value=VALUES)
def test_decoder_never_raises(decoded: tuple[str, Arg], value: Value) -> None:
    decode = decoded[1].decode
    assert decode is not None
    found = decode(value)
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_every_row_takes_every_example(name: str) -> None:
    event = ROWS[name]
    for value in EXAMPLES:
        for argc in (0, captured(event), 12):
            check(event, (value,) * captured(event), argc)


@settings(max_examples=500)
@given(name=NAMES, values=st.lists(VALUES, max_size=9), argc=st.integers(0, 12))
def test_any_values_in_any_number_are_described_and_said(name: str, values: list[Value], argc: int) -> None:
    check(ROWS[name], tuple(values), argc)


class Text(str):
    """A hostile subclass: whoever calls its methods is found out."""

    def __str__(self) -> str:
        raise AssertionError

    __repr__ = __len__ = __eq__ = __iter__ = __getitem__ = encode = __str__  # type: ignore[assignment]
    __hash__ = str.__hash__


class Number(int):
    def __int__(self) -> int:
        raise AssertionError

    __index__ = __repr__ = __str__ = __and__ = __eq__ = __int__  # type: ignore[assignment]
    __hash__ = int.__hash__


class Pair(tuple):  # type: ignore[type-arg]  # of anything
    def __iter__(self) -> Any:
        raise AssertionError

    __len__ = __getitem__ = __eq__ = __iter__  # type: ignore[assignment]
    __hash__ = tuple.__hash__


RAW: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.binary(max_size=40),
        st.text(st.characters(exclude_categories=()), max_size=40),  # lone surrogates and NUL too
        st.builds(lambda character, times: character * times, st.characters(exclude_categories=()), st.just(5000)),
        st.builds(Text, st.text(max_size=8)),
        st.builds(Number, st.integers()),
        st.just(object()),
    ),
    lambda items: st.one_of(
        st.lists(items, max_size=5),
        st.lists(items, max_size=5).map(tuple),
        st.lists(items, max_size=5).map(Pair),
        st.dictionaries(st.text(max_size=3), items, max_size=2),
    ),
    max_leaves=6,
)


def as_captured(event: Event, arguments: tuple[Any, ...]) -> tuple[Value, ...]:
    """What the hook makes of arguments: through the writers and the reader that it uses."""
    kinds = [arg.kind for arg in event.args] if event.args and event is not MESSAGE else list(CUSTOM_KINDS)
    places = tuple(place for place, kind in enumerate(kinds) if kind is not Kind.SKIP)
    writers = tuple(writer for place in places if (writer := _pyvalues.WRITERS[kinds[place]]) is not None)
    data, count = _pyvalues.encode(writers, places, arguments)
    head = wire.HEADER.pack(
        wire.HEADER.size + len(data), wire.VERSION, 0, 2, 0, 5, bytes(16), bytes(8), 1, 0, 0, count, len(arguments), 0,
        len(data), 0, 0,
    )  # fmt: skip
    return wire.decode(head + data).values


@settings(max_examples=500)
@given(name=NAMES, arguments=st.lists(RAW, max_size=8))
def test_any_arguments_come_through_the_hook_as_attributes(name: str, arguments: list[Any]) -> None:
    event = ROWS[name]
    check(event, as_captured(event, tuple(arguments)), len(arguments))
