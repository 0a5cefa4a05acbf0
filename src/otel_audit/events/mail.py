"""Mail clients. Their lines hold passwords and letters, and are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import port
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "mail"

_CLIENT = Arg("self", Kind.TYPE)  # with or without TLS
_HOST = Arg("host", Kind.TEXT, semconv.SERVER_ADDRESS)
_PORT = Arg("port", Kind.INT, semconv.SERVER_PORT)
_SERVER_TEXT = "{server.address}[:{server.port}]"

EVENTS = (
    Event(
        "smtplib.connect",
        GROUP,
        (_CLIENT, _HOST, Arg("port", Kind.TEXT, decode=port)),
        f"connect over SMTP to {_SERVER_TEXT}",
        meaning="A mail is about to be sent.",
    ),
    Event("smtplib.send", GROUP, (_CLIENT, Arg("data", Kind.SIZE)), meaning="Part of an SMTP exchange goes out."),
    Event(
        "imaplib.open",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        f"connect over IMAP to {_SERVER_TEXT}",
        meaning="A mailbox is opened over IMAP.",
    ),
    Event("imaplib.send", GROUP, (_CLIENT, Arg("data", Kind.SIZE)), meaning="Part of an IMAP exchange goes out."),
    Event(
        "poplib.connect",
        GROUP,
        (_CLIENT, _HOST, _PORT),
        f"connect over POP3 to {_SERVER_TEXT}",
        meaning="A mailbox is opened over POP3.",
    ),
    Event("poplib.putline", GROUP, (_CLIENT, Arg("line", Kind.SIZE)), meaning="A POP3 line goes out."),
)

FAMILY = Family(EVENTS, dict.fromkeys(("smtplib.connect", "imaplib.open", "poplib.connect"), KEEP_ALL))
