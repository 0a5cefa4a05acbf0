"""Decoders, on what CPython really passes and on anything else."""

from __future__ import annotations

import os
import signal
import socket
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_audit import semconv
from otel_audit.events import CATALOGUE
from otel_audit.events.decode import local_address, peer_address, port, socket_family, socket_type
from otel_audit.events.describe import body, describe
from otel_audit.events.filesystem import lock_operation, open_flags, owner
from otel_audit.events.native import library
from otel_audit.events.windows import registry_key
from otel_audit.model import MISSING, CodeRef, Event, Items, Kind, Opaque, Record, Size, Value

DECODED = [(event.name, arg) for event in CATALOGUE.values() for arg in event.args if arg.decode]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.builds(Size, st.integers(0, 1 << 40), st.text(max_size=8)),
    st.builds(Opaque, st.text(max_size=8)),
    st.just(MISSING),
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    SCALARS,
    st.builds(CodeRef, st.text(max_size=8), st.text(max_size=8), st.integers(0, 1 << 31)),
    st.builds(
        lambda items, more: Items(tuple(items), len(items) + more), st.lists(SCALARS, max_size=6), st.integers(0, 9)
    ),
)
EXAMPLES: tuple[Value, ...] = (
    None,
    MISSING,
    True,
    False,
    0,
    1,
    -1,
    420,
    65535,
    65536,
    1 << 63,
    -(1 << 70),
    10**5000,
    0.5,
    "",
    "text",
    "/a/path",
    "\0abstract",
    "8080",
    Size(3, "bytes"),
    Opaque("Thing"),
    CodeRef("f.py", "f", 1),
    Items((), 0),
    Items(("127.0.0.1", 80), 2),
    Items(("::1", 80, 0, 0), 4),
    Items((0, 0), 2),
    Items(("a", 1, None, Opaque("X")), 99),
)


def record(event: Event, values: tuple[Value, ...], argc: int | None = None) -> Record:
    return Record(1, 0, 0, 0, 0, 1, "main", 0, 1, 0, len(event.args) if argc is None else argc, values)


def type_of(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        assert all(type(item) is str for item in value), value
        return "list[str]"
    if type(value) is int:
        assert -(1 << 63) <= value < 1 << 63
    return type(value).__name__


@pytest.mark.parametrize(("name", "arg"), DECODED, ids=[f"{name}-{arg.name}" for name, arg in DECODED])
@given(value=VALUES)
@example(value=10**5000)
@example(value=-(10**5000))
def test_decoder_never_raises(name: str, arg: Any, value: Value) -> None:
    assert isinstance(arg.decode(value), dict), name


def test_a_key_has_one_type_in_all_events() -> None:
    types: dict[str, set[str]] = defaultdict(set)
    for event in CATALOGUE.values():
        captured = sum(arg.kind is not Kind.SKIP for arg in event.args)
        for value in EXAMPLES:
            for argc in (0, captured, 12):
                for key, attribute in describe(event, record(event, (value,) * captured, argc)).items():
                    types[key].add(type_of(attribute))
    assert {key: found for key, found in types.items() if len(found) > 1} == {}
    assert {next(iter(found)) for found in types.values()} == {"str", "int", "float", "bool", "list[str]"}


@given(name=st.sampled_from(sorted(CATALOGUE)), values=st.lists(VALUES, max_size=9), argc=st.integers(0, 12))
def test_describe_and_body_never_raise(name: str, values: list[Value], argc: int) -> None:
    event = CATALOGUE[name]
    attributes = describe(event, record(event, tuple(values), argc))
    line = body(event, name, attributes)
    assert len(line) <= 512
    assert line.isprintable() or not any(character < " " for character in line)
    assert all(type_of(value) for value in attributes.values())


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (
            Items(("10.0.0.1", 443), 2),
            {"network.peer.address": "10.0.0.1", "network.peer.port": 443, "network.type": "ipv4"},
        ),
        (
            Items(("::1", 443, 0, 0), 4),
            {"network.peer.address": "::1", "network.peer.port": 443, "network.type": "ipv6"},
        ),
        (
            Items(("fe80::1", 22, 0, 2), 4),
            {"network.peer.address": "fe80::1%2", "network.peer.port": 22, "network.type": "ipv6"},
        ),
        (
            Items(("fe80::1%eth0", 22, 0, 2), 4),
            {"network.peer.address": "fe80::1%eth0", "network.peer.port": 22, "network.type": "ipv6"},
        ),
        (
            Items(("example.org", 80), 2),
            {
                "network.peer.address": "example.org",
                "network.peer.port": 80,
                "server.address": "example.org",
                "server.port": 80,
            },
        ),
        ("/run/app.sock", {"network.peer.address": "/run/app.sock", "network.transport": "unix"}),
        ("\0app", {"network.peer.address": "@app", "network.transport": "unix"}),
        ("", {"network.transport": "unix"}),
        (Items((0, 1), 2), {"network.peer.address": "0:1"}),
        (Items(("can0",), 1), {"network.peer.address": "can0"}),
        (Items(("eth0", 3, 0, 1, Opaque("bytearray")), 5), {"network.peer.address": "eth0:3:0:1:bytearray"}),
        (Items((), 0), {}),
        (None, {}),
    ],
)
def test_address_of_any_family_becomes_what_is_known(value: Value, attributes: dict[str, object]) -> None:
    assert peer_address(value) == attributes


def test_bound_address_is_local_and_an_empty_host_is_every_interface() -> None:
    assert local_address(Items(("127.0.0.1", 80), 2)) == {
        semconv.NETWORK_LOCAL_ADDRESS: "127.0.0.1",
        semconv.NETWORK_LOCAL_PORT: 80,
        semconv.NETWORK_TYPE: "ipv4",
    }
    assert local_address(Items(("", 8080), 2)) == {semconv.NETWORK_LOCAL_ADDRESS: "*", semconv.NETWORK_LOCAL_PORT: 8080}


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (25, {"server.port": 25}),
        ("25", {"server.port": 25}),
        ("http", {"python.audit.arg.service": "http"}),
        ("99999", {}),
        (-1, {}),
        (None, {}),
    ],
)
def test_port_is_a_number_digits_or_a_service(value: Value, attributes: dict[str, object]) -> None:
    assert port(value) == attributes


def test_socket_type_is_read_without_the_flags_linux_adds() -> None:
    flags = getattr(socket, "SOCK_CLOEXEC", 0) | getattr(socket, "SOCK_NONBLOCK", 0)
    assert socket_type(int(socket.SOCK_DGRAM) | flags) == {"python.audit.arg.type": "SOCK_DGRAM"}


def test_socket_family_implies_network_type() -> None:
    assert socket_family(int(socket.AF_INET6)) == {"python.audit.arg.family": "AF_INET6", "network.type": "ipv6"}
    assert socket_family(12345) == {"python.audit.arg.family": "12345"}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (os.O_RDONLY, ["read"]),
        (os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ["write", "create", "truncate"]),
        (os.O_WRONLY | os.O_CREAT | os.O_APPEND, ["write", "append", "create"]),
        (os.O_RDWR | os.O_CREAT | os.O_EXCL, ["read", "write", "create", "exclusive"]),
    ],
)
def test_open_flags_are_words(flags: int, words: list[str]) -> None:
    assert open_flags(flags) == {"python.audit.arg.open_flags": words}


def test_lock_operation_is_words() -> None:
    assert lock_operation(6) == {"python.audit.arg.operation": "exclusive nonblocking"}


def test_signal_has_its_name_or_number() -> None:
    sig = next(arg for arg in CATALOGUE["os.kill"].args if arg.name == "sig")
    assert sig.decode is not None
    assert sig.decode(int(signal.SIGTERM)) == {"python.audit.arg.sig": "SIGTERM"}
    assert sig.decode(0) == {"python.audit.arg.sig": "0"}


@pytest.mark.parametrize("unchanged", [-1, 0xFFFFFFFF])
def test_owner_that_stays_says_nothing(unchanged: int) -> None:
    assert owner(unchanged) == {}
    assert owner(0) == {"file.owner.id": "0"}
    assert owner("www-data") == {"file.owner.name": "www-data"}


def test_only_a_path_of_a_library_is_a_file() -> None:
    assert library("libc.so.6") == {"python.audit.arg.name": "libc.so.6"}
    assert library("/tmp/x.so") == {"python.audit.arg.name": "/tmp/x.so", "file.path": "/tmp/x.so"}


@pytest.mark.parametrize("handle", [0x80000002, 0xFFFFFFFF80000002, -0x7FFFFFFE])
def test_registry_root_has_its_name(handle: int) -> None:
    assert registry_key(handle) == {"python.audit.arg.key": "HKEY_LOCAL_MACHINE"}
    assert registry_key(0x1A4) == {"python.audit.arg.key": "0x1a4"}
