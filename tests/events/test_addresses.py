"""Addresses of every family, as the socket module passes them."""

from __future__ import annotations

import pytest

from otel_audit.events import CATALOGUE
from otel_audit.events.addresses import ip_type, local_address, peer_address
from otel_audit.events.describe import describer, sayer
from otel_audit.model import Items, Opaque, Value
from tests.events.values import record

PEER, PORT = "network.peer.address", "network.peer.port"
HIGHEST = 0xFFFFFFFF


def items(*values: object) -> Items:
    return Items(values, len(values))


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (items("10.0.0.1", 443), {PEER: "10.0.0.1", PORT: 443, "network.type": "ipv4"}),
        (items("::1", 443, 0, 0), {PEER: "::1", PORT: 443, "network.type": "ipv6"}),
        (items("fe80::1", 22, 0, 2), {PEER: "fe80::1%2", PORT: 22, "network.type": "ipv6"}),
        (items("fe80::1%eth0", 22, 0, 2), {PEER: "fe80::1%eth0", PORT: 22, "network.type": "ipv6"}),
        (
            items("2001:db8::1", 443, 7, 0),
            {PEER: "2001:db8::1", PORT: 443, "network.type": "ipv6", "python.audit.arg.flowinfo": 7},
        ),
        (
            items("example.org", 80),
            {PEER: "example.org", PORT: 80, "server.address": "example.org", "server.port": 80},
        ),
        (items("<broadcast>", 67), {PEER: "255.255.255.255", PORT: 67, "network.type": "ipv4"}),
        (items("", 80), {PORT: 80}),
        ("/run/app.sock", {PEER: "/run/app.sock", "network.transport": "unix"}),
        ("\0app\0x", {PEER: "@app@x", "network.transport": "unix"}),
        ("", {"network.transport": "unix"}),
        ("00:11:22:aa:bb:cc", {PEER: "00:11:22:aa:bb:cc"}),  # SCO
        (items("00:11:22:aa:bb:cc", 3), {PEER: "00:11:22:aa:bb:cc", PORT: 3}),  # RFCOMM
        (items("00:11:22:aa:bb:cc", 4097, 0, 1), {PEER: "00:11:22:aa:bb:cc", PORT: 4097}),  # L2CAP
        (items(0), {PEER: "hci0"}),
        (items(0, 0), {PEER: "0:0"}),  # netlink's kernel
        (items(4242, 1), {PEER: "4242:1"}),
        (items(2, 1024), {PEER: "host", PORT: 1024}),  # vsock
        (items(1, 1024), {PEER: "local", PORT: 1024}),
        (items(HIGHEST, HIGHEST), {PEER: "any", PORT: HIGHEST}),
        (items("can0"), {PEER: "can0", "network.interface.name": "can0"}),
        (items("vcan1", 0x123, 0x456), {PEER: "vcan1:291:1110", "network.interface.name": "vcan1"}),  # ISO-TP
        (items("eth0", 3), {PEER: "eth0:3", "network.interface.name": "eth0"}),  # packet
        (
            items("lan", 3, 0, 1, Opaque("bytearray")),
            {PEER: "lan:3:0:1:bytearray", "network.interface.name": "lan"},
        ),
        (items("hash", "sha256"), {PEER: "hash:sha256"}),  # kernel crypto
        (items(1, 2, 3, 4, 3), {PEER: "1:2:3:4:3"}),  # TIPC
        (items(5, 16), {PEER: "5:16"}),  # QIPCRTR
        (
            items("e0e16197-dd56-4a10-9195-5ee7a155a838", "00000001-facb-11e6-bd58-64006a7986d3"),  # Hyper-V
            {PEER: "e0e16197-dd56-4a10-9195-5ee7a155a838:00000001-facb-11e6-bd58-64006a7986d3"},
        ),
        (items("example.org", 1 << 40), {PEER: f"example.org:{1 << 40}"}),
        (items(), {}),
        (None, None),
        (7, None),
    ],
)
def test_address_of_any_family_becomes_what_is_known(value: Value, attributes: dict[str, object] | None) -> None:
    assert peer_address(value) == attributes


def test_bound_address_is_local_and_an_empty_host_is_every_interface() -> None:
    assert local_address(items("127.0.0.1", 80)) == {
        "network.local.address": "127.0.0.1",
        "network.local.port": 80,
        "network.type": "ipv4",
    }
    assert local_address(items("", 8080)) == {"network.local.address": "*", "network.local.port": 8080}


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("socket.connect", items("10.0.0.1", 443), "connect to 10.0.0.1:443"),
        ("socket.connect", items("::1", 443, 0, 0), "connect to [::1]:443"),
        ("socket.connect", items("8.8.8.8", 0), "connect to 8.8.8.8"),
        ("socket.connect", items("", 80), "connect to port 80"),
        ("socket.connect", "/run/app.sock", "connect to /run/app.sock"),
        ("socket.connect", items("00:11:22:aa:bb:cc", 3), "connect to [00:11:22:aa:bb:cc]:3"),
        ("socket.bind", items("", 0), "bind to *"),
        ("socket.bind", items("::", 8000, 0, 0), "bind to [::]:8000"),
        ("socket.bind", items("::", 0, 0, 0), "bind to ::"),
        ("socket.sendmsg", None, "send a message"),
    ],
)
def test_address_is_said_with_its_port_unless_that_is_any(name: str, value: Value, line: str) -> None:
    event = CATALOGUE[name]
    assert sayer(event)(name, describer(event)(record(event, (value,)))) == line


@pytest.mark.parametrize(
    ("host", "kind"),
    [("1.2.3.4", "ipv4"), ("::ffff:1.2.3.4", "ipv6"), ("fe80::1%eth0", "ipv6"), ("1.2.3", ""), ("1.2.3.400", ""),
     ("host1", ""), ("a:b", ""), ("", ""), ("\0:1", ""), ("é1", ""), (":" * 5000, "")],
)  # fmt: skip
def test_only_a_literal_has_a_network_type(host: str, kind: str) -> None:
    assert ip_type(host) == kind
