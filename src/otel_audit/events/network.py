"""Sockets, and the clients of the standard library that open them."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import local_address, peer_address, port, socket_family, socket_type
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "network"

_SELF = Arg("self", Kind.SKIP)
_CLIENT = Arg("self", Kind.TYPE)  # FTP or FTP_TLS, HTTPConnection or HTTPSConnection: encrypted or not
_HOST = Arg("host", Kind.TEXT, semconv.SERVER_ADDRESS)
_PORT = Arg("port", Kind.INT, semconv.SERVER_PORT)
_PEER = Arg("address", Kind.ADDRESS, decode=peer_address)
_PEER_TEXT = "{network.peer.address}[:{network.peer.port}]"
_SERVER_TEXT = "{server.address}[:{server.port}]"

EVENTS = (
    Event(
        "socket.connect",
        GROUP,
        (_SELF, _PEER),
        f"connect to {_PEER_TEXT}",
        "medium",
        "A socket connects: every outgoing connection, whichever library asked for it.",
    ),
    Event(
        "socket.bind",
        GROUP,
        (_SELF, Arg("address", Kind.ADDRESS, decode=local_address)),
        "bind to {network.local.address}[:{network.local.port}]",
        meaning="A socket takes a local address: a new listener is a new way in.",
    ),
    Event(
        "socket.sendto",
        GROUP,
        (_SELF, _PEER),
        f"send to {_PEER_TEXT}",
        "medium",
        "A datagram goes to an address, without a connection before it.",
    ),
    Event(
        "socket.sendmsg",
        GROUP,
        (_SELF, _PEER),
        f"send a message to {_PEER_TEXT}",
        "medium",
        "A message is sent, maybe with descriptors; the address is absent on a connected socket.",
    ),
    Event(
        "socket.__new__",
        GROUP,
        (
            _SELF,
            Arg("family", Kind.INT, decode=socket_family),
            Arg("type", Kind.INT, decode=socket_type),
            Arg("protocol", Kind.INT),
        ),
        "create a socket[ {python.audit.arg.family}][ {python.audit.arg.type}]",
        "medium",
        "A socket object is made, accepted ones included: raw and packet sockets stand out here.",
    ),
    Event(
        "socket.sethostname",
        GROUP,
        (Arg("name", Kind.TEXT),),
        "set the host name to {python.audit.arg.name}",
        meaning="The host's name changes for every process on it.",
    ),
    Event("socket.gethostname", GROUP, (), "read the host name", meaning="The host's own name is read; no look-up."),
    Event(
        "http.client.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        f"connect over HTTP to {_SERVER_TEXT}",
        "medium",
        "An HTTP client connects; names the server before it is resolved.",
    ),
    Event(
        "http.client.send",
        GROUP,
        (_CLIENT, Arg("data", Kind.SIZE)),
        "send[ {python.audit.arg.data.size} bytes] over HTTP",
        "medium",
        "Part of an HTTP request goes out: how much, never what.",
    ),
    Event(
        "ftplib.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        f"connect over FTP to {_SERVER_TEXT}",
        meaning="An FTP client connects; FTP without TLS sends passwords in the clear.",
    ),
    Event(
        "ftplib.sendcmd",
        GROUP,
        (_CLIENT, Arg("cmd", Kind.SIZE)),
        "send an FTP command",
        meaning="An FTP command goes out; it may be PASS, so its text is not read.",
    ),
    Event(
        "nntplib.connect",
        GROUP,
        (_CLIENT, _HOST, Arg("port", Kind.TEXT, decode=port)),
        f"connect over NNTP to {_SERVER_TEXT}",
        meaning="A news client connects (up to Python 3.12).",
    ),
    Event(
        "nntplib.putline",
        GROUP,
        (_CLIENT, Arg("line", Kind.SIZE)),
        "send an NNTP line",
        meaning="A news client sends a line (up to Python 3.12).",
    ),
    Event(
        "telnetlib.Telnet.open",
        GROUP,
        (_SELF, _HOST, Arg("port", Kind.TEXT, decode=port)),
        f"connect over telnet to {_SERVER_TEXT}",
        meaning="A telnet client connects: everything after it is in the clear (up to Python 3.12).",
    ),
    Event(
        "telnetlib.Telnet.write",
        GROUP,
        (_SELF, Arg("buffer", Kind.SIZE)),
        "send[ {python.audit.arg.buffer.size} bytes] over telnet",
        meaning="A telnet client sends data, passwords included, so it is not read (up to Python 3.12).",
    ),
)

FAMILY = Family(
    EVENTS,
    dict.fromkeys(
        (
            "socket.connect",
            "socket.bind",
            "socket.sethostname",
            "http.client.connect",
            "ftplib.connect",
            "nntplib.connect",
            "telnetlib.Telnet.open",
        ),
        KEEP_ALL,
    ),
    frozenset(("socket.bind", "socket.sethostname")),
)
