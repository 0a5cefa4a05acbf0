"""Names resolved to addresses, and back."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import peer_address, port, socket_family, socket_type
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "dns"

_PROTOCOL_NAME = Arg("protocolname", Kind.TEXT)

EVENTS = (
    Event(
        "socket.getaddrinfo",
        GROUP,
        (
            Arg("host", Kind.TEXT, semconv.DNS_QUESTION_NAME),
            Arg("port", Kind.TEXT, decode=port),  # a number, digits or a service name
            Arg("family", Kind.INT, decode=socket_family),
            Arg("type", Kind.INT, decode=socket_type),
            Arg("protocol", Kind.INT),
        ),
        "resolve {dns.question.name}[ port {server.port}]",
        "medium",
        "A name is resolved: the first sign of an outgoing connection, and it blocks the thread.",
    ),
    Event(
        "socket.gethostbyname",
        GROUP,
        (Arg("hostname", Kind.TEXT, semconv.DNS_QUESTION_NAME),),
        "resolve {dns.question.name}",
        meaning="A name is resolved by the old interface (IPv4 only).",
    ),
    Event(
        "socket.gethostbyaddr",
        GROUP,
        (Arg("ip_address", Kind.TEXT, semconv.DNS_QUESTION_NAME),),
        "look up the name of {dns.question.name}",
        meaning="A reverse look-up: often slow, often unwanted in a request.",
    ),
    Event(
        "socket.getnameinfo",
        GROUP,
        (Arg("sockaddr", Kind.ADDRESS, decode=peer_address),),
        "look up the name of {network.peer.address}[:{network.peer.port}]",
        meaning="A reverse look-up of an address and port.",
    ),
    Event(
        "socket.getservbyname",
        GROUP,
        (Arg("servicename", Kind.TEXT), _PROTOCOL_NAME),
        "look up the port of {python.audit.arg.servicename}",
        meaning="A service name becomes a port, from the local table.",
    ),
    Event(
        "socket.getservbyport",
        GROUP,
        (Arg("port", Kind.INT), _PROTOCOL_NAME),
        "look up the service of port {python.audit.arg.port}",
        meaning="A port becomes a service name, from the local table.",
    ),
)

# Left out of `default`: the local tables, which no one operates.
FAMILY = Family(
    EVENTS,
    dict.fromkeys(
        ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"),
        KEEP_ALL,
    ),
)
