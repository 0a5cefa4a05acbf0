"""Family, type and protocol, which only mean something together."""

from __future__ import annotations

import socket

import pytest

from otel_audit.events.sockets import socket_kind
from otel_audit.model import Value

ARG = "python.audit.arg."


@pytest.mark.parametrize(
    ("family", "kind", "protocol", "attributes"),
    [
        ("AF_INET", "SOCK_STREAM", 0, {"network.type": "ipv4", "network.transport": "tcp"}),
        ("AF_INET6", "SOCK_DGRAM", 17, {"network.type": "ipv6", "network.transport": "udp", "protocol": "IPPROTO_UDP"}),
        ("AF_INET", "SOCK_RAW", 1, {"network.type": "ipv4", "protocol": "IPPROTO_ICMP"}),
        ("AF_UNIX", "SOCK_STREAM", 0, {"network.transport": "unix"}),
        ("AF_NETLINK", "SOCK_RAW", 6, {"protocol": "NETLINK_XFRM"}),
        ("AF_BLUETOOTH", "SOCK_STREAM", 3, {"protocol": "BTPROTO_RFCOMM"}),
        ("AF_CAN", "SOCK_RAW", 1, {"protocol": "CAN_RAW"}),
        ("AF_VSOCK", "SOCK_STREAM", 0, {}),
    ],
)
def test_protocol_is_read_by_its_family(family: str, kind: str, protocol: int, attributes: dict[str, object]) -> None:
    if not hasattr(socket, family):
        pytest.skip(f"no {family} here")
    numbers = (int(getattr(socket, family)), int(getattr(socket, kind)), protocol)
    expected = {key if "." in key else ARG + key: value for key, value in attributes.items()}
    assert socket_kind(numbers) == {ARG + "family": family, ARG + "type": kind, **expected}


def test_flags_linux_keeps_in_the_type_are_left_out() -> None:
    flags = getattr(socket, "SOCK_CLOEXEC", 0) | getattr(socket, "SOCK_NONBLOCK", 0)
    assert socket_kind((0, int(socket.SOCK_DGRAM) | flags, 0))[ARG + "type"] == "SOCK_DGRAM"


@pytest.mark.parametrize("unsaid", [(0, 0, 0), (-1, -1, -1), (None, None, None), ("x", None, 0)])
def test_what_is_unsaid_says_nothing(unsaid: tuple[Value, ...]) -> None:
    assert socket_kind(unsaid) == {}


def test_an_unknown_number_stays_a_number() -> None:
    assert socket_kind((12345, 0x7777, 999)) == {
        ARG + "family": "12345",
        ARG + "type": "0x7777",
        ARG + "protocol": "999",
    }


def test_fewer_values_than_three_say_nothing() -> None:
    assert socket_kind((2, 1)) == {}
