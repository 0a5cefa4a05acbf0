"""Sockets, and the clients of the standard library that open them. Of what they send only known commands are read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.addresses import local_address, peer_address
from otel_audit.events.decode import always, port
from otel_audit.events.family import Family
from otel_audit.events.sockets import silent, socket_kind
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "network"

_SELF = Arg("self", Kind.SKIP)
_CLIENT = Arg("self", Kind.TYPE)  # FTP or FTP_TLS, HTTPConnection or HTTPSConnection: encrypted or not
_HOST = Arg("host", Kind.TEXT, semconv.SERVER_ADDRESS)
_PORT = Arg("port", Kind.TEXT, decode=port)
_PEER = Arg("address", Kind.ADDRESS, decode=peer_address)
_HTTP = always({semconv.NETWORK_PROTOCOL_NAME: "http"})
_FTP = always({semconv.NETWORK_PROTOCOL_NAME: "ftp"})
_NNTP = always({semconv.NETWORK_PROTOCOL_NAME: "nntp"})
_TELNET = always({semconv.NETWORK_PROTOCOL_NAME: "telnet"})

SOCKETS = (
    Event(
        "socket.connect",
        GROUP,
        (_SELF, _PEER),
        "connect to {PEER}",
        "medium",
        "A socket connects: every outgoing connection, whichever library asked for it.",
        blocking=True,
    ),
    Event(
        "socket.bind",
        GROUP,
        (_SELF, Arg("address", Kind.ADDRESS, decode=local_address)),
        "bind to {LOCAL}",
        meaning="A socket takes a local address (port 0: the kernel chooses): a new listener is a new way in.",
    ),
    Event(
        "socket.sendto",
        GROUP,
        (_SELF, _PEER),
        "send to {PEER}",
        "medium",
        "A datagram goes to an address, without a connection before it: DNS, statsd, or data on its way out.",
    ),
    Event(
        "socket.sendmsg",
        GROUP,
        (_SELF, _PEER),
        "send a message[ to {PEER}]",
        "medium",
        "A message is sent, maybe with descriptors; a connected socket passes no address.",
        platforms="posix",
    ),
    Event(
        "socket.__new__",
        GROUP,
        (
            _SELF,
            Arg("family", Kind.INT, decode=silent),
            Arg("type", Kind.INT, decode=silent),
            Arg("protocol", Kind.INT, decode=silent),
        ),
        "create a socket[ {family}][ {type}][ {protocol}]",
        "medium",
        "A socket object is made, accepted ones included: raw and packet sockets stand out here.",
        together=socket_kind,
    ),
    Event(
        "socket.sethostname",
        GROUP,
        (Arg("name", Kind.TEXT),),
        "set the host name to {name}",
        meaning="The host's name changes for every process on it: certificates, logs and peers know it by the old one.",
        platforms="posix",
    ),
    Event(
        "socket.gethostname",
        GROUP,
        (),
        "read the host name",
        meaning="The host's own name is read, without a look-up: loggers and telemetry do it.",
    ),
)

CLIENTS = (
    Event(
        "http.client.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        "connect over HTTP to {SERVER}",
        "medium",
        "An HTTP client connects, urllib3's too: names the server before it is resolved, and TLS or not.",
        together=_HTTP,
        since="3.10",
        blocking=True,
    ),
    Event(
        "http.client.send",
        GROUP,
        (_CLIENT, Arg("data", Kind.SIZE)),
        "send[ {data.size} bytes] over HTTP",
        "medium",
        "A block of headers or body of an HTTP request goes out: how much, never what.",
        together=_HTTP,
        since="3.10",
        blocking=True,
    ),
    Event(
        "ftplib.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        "connect over FTP to {SERVER}",
        meaning="An FTP client connects; FTP without TLS sends passwords in the clear.",
        together=_FTP,
        blocking=True,
    ),
    Event(
        "ftplib.sendcmd",
        GROUP,
        (_CLIENT, Arg("cmd", Kind.WORD)),
        "send[ {command}][ ({cmd.size} characters)] over FTP",
        meaning="An FTP command goes out: its verb and size; STOR uploads, PASS sends the password in the clear.",
        together=_FTP,
        blocking=True,
    ),
    Event(
        "nntplib.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        "connect over NNTP to {SERVER}",
        meaning="A news client connects: rare enough today to ask why.",
        together=_NNTP,
        until="3.12",
        blocking=True,
    ),
    Event(
        "nntplib.putline",
        GROUP,
        (_CLIENT, Arg("line", Kind.WORD)),
        "send[ {command}][ ({line.size} bytes)] over NNTP",
        meaning="A news client sends a line: its verb and size, never what it says.",
        together=_NNTP,
        until="3.12",
        blocking=True,
    ),
    Event(
        "telnetlib.Telnet.open",
        GROUP,
        (_SELF, _HOST, _PORT),
        "connect over telnet to {SERVER}",
        meaning="A telnet client connects: everything after it, passwords included, is in the clear.",
        together=_TELNET,
        until="3.12",
        blocking=True,
    ),
    Event(
        "telnetlib.Telnet.write",
        GROUP,
        (_SELF, Arg("buffer", Kind.SIZE)),
        "send[ {buffer.size} bytes] over telnet",
        meaning="A telnet client sends data, passwords included, so how much, never what.",
        together=_TELNET,
        until="3.12",
        blocking=True,
    ),
)

EVENTS = SOCKETS + CLIENTS

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
