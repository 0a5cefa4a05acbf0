"""Mail, file and news clients at little servers: nothing of what they send is captured."""

from __future__ import annotations

import ftplib
import imaplib
import importlib
import io
import poplib
import smtplib
import string
import sys
from typing import Any

from tests.secrets.planting import Garden
from tests.secrets.programs import line_server
from tests.secrets.programs.line_server import LineServer

HOST = "127.0.0.1"
LINES = (
    "smtplib.send",
    "imaplib.send",
    "poplib.putline",
    "nntplib.putline",
    "ftplib.sendcmd",
    "telnetlib.Telnet.write",
)


def run(plant: Garden) -> None:
    for converse in (smtp, ftp, pop3, imap, nntp, telnet):
        converse(plant)
    bare(plant)


def smtp(plant: Garden) -> None:
    with LineServer("220 here", line_server.smtp) as server, smtplib.SMTP(HOST, server.port, timeout=10) as client:
        client.ehlo()
        client.user, client.password = "bob", plant.hidden("SMTP password")
        client.auth("PLAIN", client.auth_plain)
        client.docmd("AUTH", f"LOGIN {plant.hidden('SMTP AUTH LOGIN')}")
        client.docmd(plant.hidden("SMTP password alone on a line"))
        client.putcmd("MAIL", f"FROM:<bob@{plant.hidden('SMTP sender')}>")
        client.getreply()
        client.docmd("DATA")
        client.send(f"Subject: a letter\r\n\r\nDear {plant.hidden('a letter')}\r\n.\r\n")
        client.getreply()


def ftp(plant: Garden) -> None:
    with LineServer("220 here", line_server.ftp) as server, ftplib.FTP() as client:
        client.connect(HOST, server.port, timeout=10)
        client.login("bob", plant.hidden("FTP password"))
        client.sendcmd(f"ACCT {plant.hidden('FTP account')}")
        client.quit()


def pop3(plant: Garden) -> None:
    with LineServer("+OK here <1@h>", line_server.pop3) as server:
        client = poplib.POP3(HOST, server.port, timeout=10)
        client.user("bob")
        client.pass_(plant.hidden("POP3 password"))
        client.apop("bob", plant.hidden("APOP secret"))
        client.close()


def imap(plant: Garden) -> None:
    with LineServer("* OK here", line_server.imap) as server:
        client = imaplib.IMAP4(HOST, server.port)
        client.login("bob", plant.hidden("IMAP password"))
        client.send(f"a1 LOGIN bob {plant.hidden('IMAP line')}\r\n".encode())
        client.shutdown()


def nntp(plant: Garden) -> None:
    if sys.version_info >= (3, 13):  # the module is gone; its events stay in the catalogue
        return
    nntplib: Any = importlib.import_module("nntplib")
    with LineServer("200 here", line_server.nntp) as server:
        client = nntplib.NNTP(HOST, server.port, timeout=10)
        client.login("bob", plant.hidden("NNTP password"), usenetrc=False)
        client.file.close()
        client.sock.close()


def telnet(plant: Garden) -> None:
    if sys.version_info >= (3, 13):
        return
    telnetlib: Any = importlib.import_module("telnetlib")
    with LineServer("login:", line_server.pop3) as server:
        client = telnetlib.Telnet(HOST, server.port, 10)
        client.write(plant.hidden("telnet password").encode() + b"\r\n")
        client.close()


def bare(plant: Garden) -> None:
    """A password alone on a line, as AUTH LOGIN and telnet have it, of letters only: no verb."""
    for event in LINES:
        for length in (8, 12, 24):
            for end in ("", "\r\n", " \r\n", " x\r\n"):
                line = plant(f"{event} bare", hidden=True, alphabet=string.ascii_letters, length=length) + end
                sys.audit(event, io.BytesIO(), line if event == "ftplib.sendcmd" else line.encode())
