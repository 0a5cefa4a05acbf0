"""Names resolved to addresses, and back."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.addresses import peer_address
from otel_audit.events.decode import port
from otel_audit.events.family import Family
from otel_audit.events.sockets import silent, socket_kind
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "dns"

_PROTOCOL_NAME = Arg("protocolname", Kind.TEXT, semconv.NETWORK_TRANSPORT)

EVENTS = (
    Event(
        "socket.getaddrinfo",
        GROUP,
        (
            Arg("host", Kind.TEXT, semconv.DNS_QUESTION_NAME),
            Arg("port", Kind.TEXT, decode=port),  # a number, digits or a service name
            Arg("family", Kind.INT, decode=silent),
            Arg("type", Kind.INT, decode=silent),
            Arg("protocol", Kind.INT, decode=silent),
        ),
        "resolve[ {DNS_QUESTION_NAME}][ port {SERVER_PORT}][ service {service}]",
        "medium",
        "A name is resolved: the first sign of an outgoing connection, and it blocks the thread.",
        together=socket_kind,
        blocking=True,
    ),
    Event(
        "socket.gethostbyname",
        GROUP,
        (Arg("hostname", Kind.TEXT, semconv.DNS_QUESTION_NAME),),
        "resolve {DNS_QUESTION_NAME}",
        meaning="A name is resolved by the old interface: IPv4 only, and it blocks the thread.",
        blocking=True,
    ),
    Event(
        "socket.gethostbyaddr",
        GROUP,
        (Arg("ip_address", Kind.TEXT, semconv.DNS_QUESTION_NAME),),
        "look up the name of {DNS_QUESTION_NAME}",
        meaning="A reverse look-up: often slow, often unwanted in a request (socket.getfqdn does it).",
        blocking=True,
    ),
    Event(
        "socket.getnameinfo",
        GROUP,
        (Arg("sockaddr", Kind.ADDRESS, decode=peer_address),),
        "look up the name of {PEER}",
        meaning="A reverse look-up of an address and port: slow when its name server is, unless numeric.",
        blocking=True,
    ),
    Event(
        "socket.getservbyname",
        GROUP,
        (Arg("servicename", Kind.TEXT), _PROTOCOL_NAME),
        "look up the port of {servicename}[ over {NETWORK_TRANSPORT}]",
        meaning="A service name becomes a port, from the local table /etc/services.",
    ),
    Event(
        "socket.getservbyport",
        GROUP,
        (Arg("port", Kind.INT), _PROTOCOL_NAME),
        "look up the service of port {port}[ over {NETWORK_TRANSPORT}]",
        meaning="A port becomes a service name, from the local table /etc/services: what port scanners do.",
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
