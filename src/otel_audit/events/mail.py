"""Mail clients. Their lines hold passwords and letters: only known commands are read, and how much was sent."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import always, port
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "mail"

_CLIENT = Arg("self", Kind.TYPE)  # with or without TLS
_HOST = Arg("host", Kind.TEXT, semconv.SERVER_ADDRESS)
_PORT = Arg("port", Kind.TEXT, decode=port)
_DATA = Arg("data", Kind.WORD)
_SMTP = always({semconv.NETWORK_PROTOCOL_NAME: "smtp"})
_IMAP = always({semconv.NETWORK_PROTOCOL_NAME: "imap"})
_POP3 = always({semconv.NETWORK_PROTOCOL_NAME: "pop3"})

EVENTS = (
    Event(
        "smtplib.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        "connect over SMTP to {SERVER}",
        meaning="A mail is about to be sent: which relay, and whether by TLS (SMTP_SSL) from the start.",
        together=_SMTP,
        blocking=True,
    ),
    Event(
        "smtplib.send",
        GROUP,
        (_CLIENT, _DATA),
        "send[ {command}][ ({data.size} bytes)] over SMTP",
        meaning="A command or a whole letter goes to the relay: its verb and size, never what it says.",
        together=_SMTP,
        blocking=True,
    ),
    Event(
        "imaplib.open",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        "connect over IMAP to {SERVER}",
        meaning="A mailbox is opened over IMAP: which server, and whether by TLS (IMAP4_SSL) from the start.",
        together=_IMAP,
        blocking=True,
    ),
    Event(
        "imaplib.send",
        GROUP,
        (_CLIENT, _DATA),
        "send[ {command}][ ({data.size} bytes)] over IMAP",
        meaning="An IMAP command goes out: its verb and size; LOGIN outside TLS sends the password in the clear.",
        together=_IMAP,
        blocking=True,
    ),
    Event(
        "poplib.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        "connect over POP3 to {SERVER}",
        meaning="A mailbox is opened over POP3: which server, and whether by TLS (POP3_SSL) from the start.",
        together=_POP3,
        blocking=True,
    ),
    Event(
        "poplib.putline",
        GROUP,
        (_CLIENT, Arg("line", Kind.WORD)),
        "send[ {command}][ ({line.size} bytes)] over POP3",
        meaning="A POP3 command goes out: its verb and size; PASS outside TLS sends the password in the clear.",
        together=_POP3,
        blocking=True,
    ),
)

FAMILY = Family(EVENTS, dict.fromkeys(("smtplib.connect", "imaplib.open", "poplib.connect"), KEEP_ALL))
