"""Sockets, names, web and mail: the other end is loopback, or a socket pair that nobody reads."""

from __future__ import annotations

import ftplib
import http.client
import imaplib
import poplib
import smtplib
import socket
import urllib.request
import warnings
import webbrowser
from contextlib import closing, suppress

from tools.fire.triggers.registry import fires

LOOPBACK = "127.0.0.1"
CLOSED = 9
"""The discard port, which nothing serves any more: refused at once, and the event came before."""
TIMEOUT = 2.0


def pair() -> socket.socket:
    """A connected socket; its other end is kept by it."""
    here, there = socket.socketpair()
    _ENDS.append(there)
    return here


_ENDS: list[socket.socket] = []


@fires("socket.__new__")
def new() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


@fires("socket.bind")
def bind() -> None:
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))


@fires("socket.connect")
def connect() -> None:
    with socket.socket() as client, suppress(OSError):
        client.connect((LOOPBACK, CLOSED))


@fires("socket.getaddrinfo")
def getaddrinfo() -> None:
    with suppress(OSError):
        socket.getaddrinfo("localhost", 443, type=socket.SOCK_STREAM)


@fires("socket.gethostbyaddr")
def gethostbyaddr() -> None:
    with suppress(OSError):
        socket.gethostbyaddr(LOOPBACK)


@fires("socket.gethostbyname")
def gethostbyname() -> None:
    with suppress(OSError):
        socket.gethostbyname("localhost")


@fires("socket.gethostname", "socket.sethostname")
def gethostname() -> None:
    name = socket.gethostname()
    with suppress(OSError):  # only root may, and the event comes first
        socket.sethostname(name)


@fires("socket.getnameinfo")
def getnameinfo() -> None:
    socket.getnameinfo((LOOPBACK, 443), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)


@fires("socket.getservbyname")
def getservbyname() -> None:
    with suppress(OSError):
        socket.getservbyname("https", "tcp")


@fires("socket.getservbyport")
def getservbyport() -> None:
    with suppress(OSError):
        socket.getservbyport(443, "tcp")


@fires("socket.sendto")
def sendto() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client, suppress(OSError):
        client.sendto(b"shop.sold:1|c", (LOOPBACK, 8125))


@fires("socket.sendmsg")
def sendmsg() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as client, suppress(OSError):
        client.sendmsg([b"shop.sold:1|c"], [], 0, (LOOPBACK, 8125))


@fires("urllib.Request")
def urllib_request() -> None:
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{CLOSED}/orders?page=2&token=hunter2hunter2", headers={"Authorization": "Bearer sesame"}
    )
    with suppress(OSError):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=TIMEOUT)


@fires("http.client.connect")
def http_connect() -> None:
    with suppress(OSError):
        http.client.HTTPConnection(LOOPBACK, CLOSED, timeout=TIMEOUT).connect()


@fires("http.client.send")
def http_send() -> None:
    connection = http.client.HTTPConnection("shop.test")
    connection.sock = pair()
    connection.request("GET", "/orders?token=hunter2hunter2", headers={"Authorization": "Bearer sesame"})
    connection.close()


@fires("webbrowser.open")
def webbrowser_open() -> None:
    webbrowser.GenericBrowser("true").open("http://shop.test/reset?token=hunter2hunter2")


@fires("ftplib.connect")
def ftp_connect() -> None:
    with suppress(OSError):
        ftplib.FTP().connect(LOOPBACK, CLOSED, timeout=TIMEOUT)


@fires("ftplib.sendcmd")
def ftp_sendcmd() -> None:
    client = ftplib.FTP()
    with closing(pair()) as client.sock:
        client.putcmd("PASS hunter2hunter2")


@fires("smtplib.connect")
def smtp_connect() -> None:
    with suppress(OSError):
        smtplib.SMTP(local_hostname="shop.test", timeout=TIMEOUT).connect(LOOPBACK, CLOSED)


@fires("smtplib.send")
def smtp_send() -> None:
    client = smtplib.SMTP(local_hostname="shop.test")
    with closing(pair()) as client.sock:
        client.putcmd("AUTH", "PLAIN AGFubmEAaHVudGVyMg==")


@fires("imaplib.open")
def imap_open() -> None:
    with suppress(OSError):
        imaplib.IMAP4(LOOPBACK, CLOSED, TIMEOUT)


@fires("imaplib.send")
def imap_send() -> None:
    client = imaplib.IMAP4.__new__(imaplib.IMAP4)
    with closing(pair()) as client.sock:
        client.send(b"A1 LOGIN anna hunter2hunter2\r\n")


@fires("poplib.connect")
def pop_connect() -> None:
    with suppress(OSError):
        poplib.POP3(LOOPBACK, CLOSED, TIMEOUT)


@fires("poplib.putline")
def pop_putline() -> None:
    client = poplib.POP3.__new__(poplib.POP3)
    with closing(pair()) as client.sock:
        client._debugging = 0  # type: ignore[attr-defined]
        client._putcmd("PASS hunter2hunter2")  # type: ignore[attr-defined]


@fires("nntplib.connect", "nntplib.putline", until=(3, 12))
def nntp() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import nntplib  # type: ignore[import-not-found,unused-ignore]  # until 3.12
    with suppress(OSError):
        nntplib.NNTP(LOOPBACK, CLOSED, timeout=TIMEOUT)
    client = nntplib.NNTP.__new__(nntplib.NNTP)
    with closing(pair()) as here:
        client.file, client.debugging = here.makefile("wb"), 0
        client._putline(b"AUTHINFO PASS hunter2hunter2")  # type: ignore[attr-defined,unused-ignore]


@fires("telnetlib.Telnet.open", "telnetlib.Telnet.write", until=(3, 12))
def telnet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import telnetlib  # type: ignore[import-not-found,unused-ignore]  # until 3.12
    with suppress(OSError):
        telnetlib.Telnet(LOOPBACK, CLOSED, TIMEOUT)
    client = telnetlib.Telnet()
    with closing(pair()) as client.sock:
        client.write(b"hunter2hunter2\n")
        client.sock = None
