"""Lines of protocols, statements of SQL, standard input."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.redaction.said import LETTERS, MARK, default

SECRETS = st.text(LETTERS + "_-.~!*/+", min_size=1, max_size=24).map(lambda text: f"x{text}{MARK}")

FORMS = (
    "PASS {}",
    "pass {}",
    "b'PASS {}\\r\\n'",
    "USER bob\r\nPASS {}\r\nLIST\r\n",
    "ACCT {}\r\n",
    "a001 LOGIN bob {}",
    'a001 LOGIN "bob" "{}"\r\n',
    "A1 login bob {}",
    "LOGIN bob {}",
    "AUTH PLAIN {}",
    "AUTH LOGIN {}\r\n",
    "AUTH XOAUTH2 {}",
    "auth plain {}",
    "AUTH CRAM-MD5 {}",
    "AUTH {}",
    "AUTH bob {}",
    "a1 AUTHENTICATE PLAIN {}",
    "AUTHENTICATE XOAUTH2 {}",
    "AUTHINFO PASS {}",
    "authinfo pass {}",
    "AUTHINFO SASL PLAIN {}",
    "APOP bob {}",
    "HELLO 3 AUTH default {}",
    "CONFIG SET requirepass {}",
    "OPER bob {}",
    "NICKSERV IDENTIFY {}",
    "machine h login bob password {}",
    "machine h\n  login bob\n  password {}",
    "ALTER USER bob WITH PASSWORD '{}'",
    "CREATE USER bob IDENTIFIED BY '{}'",
    "ALTER USER bob IDENTIFIED WITH mysql_native_password BY '{}'",
    "SET PASSWORD FOR bob = PASSWORD('{}')",
    "PRAGMA key='{}'",
    'PRAGMA key = "{}"',
    "passwd --stdin bob <<< {}",
    "passwd --stdin bob <<<'{} x'",
    "echo {} | sudo -S ls",
    "echo 'bob:{}' | chpasswd",
    "printf '%s' {} | docker login --password-stdin -u bob",
    "ConvertTo-SecureString '{}' -AsPlainText",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_in_a_line_never_comes_out(form: str) -> None:
    @given(SECRETS)
    def check(secret: str) -> None:
        found = default.text(form.format(secret))
        assert MARK not in found
        assert "[redacted:" in found
        assert default.text(found) == found

    check()


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=6, max_size=40))
def test_what_follows_a_challenge_is_told_from_one_line(secret: str) -> None:
    line = base64.b64encode(secret.encode()).decode()
    assert line not in default.text(line + "\r\n")
    assert line not in default.text(f"AUTH LOGIN\r\n{line}\r\n")
    assert line not in default.text("b'" + line + "\\r\\n'")


@pytest.mark.parametrize(
    "text",
    [
        "USER bob\r\n",
        "MAIL FROM:<bob@example.com>\r\n",
        "AUTH TLS\r\n",
        "AUTHINFO USER bob",
        "LIST\r\n",
        "login failed",
        "pass show email",
        "AUTH failed",
        "NOOP\r\n",
        "RETR 12345678\r\n",
        "docker login -u bob example.com",
        'grep x <<< "$text"',
        "echo $TOKEN | docker login --password-stdin",
        "echo hello | grep h",
        "SELECT password FROM users",
        "verbose=",
    ],
)
def test_other_lines_stay(text: str) -> None:
    assert default.text(text) == text
