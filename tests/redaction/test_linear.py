"""Hostile text costs what its length costs, and no more."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT, environment
from tests.redaction.said import strict

REPEATED = (
    "a", "-", " -", "a@", "a%40", "://", "password", "password=", ";password=", "=", '"', "'\\", 'token="\\', ";a",
    "cookie:''", "-----BEGIN PRIVATE KEY", "eyJ", "sk-", "xoxb-", "AKIA", "Bearer ", "curl -u ", "mysql -p'",
    "2024-01-31 ", "0()", "/", "%3D", "key%3D", "%3A%2F%2F", "%3A%2F%2Fa%3A", "a:b@", ":b@h", "echo x|", "<<<",
    "<<<'", "PASS ", "PASS x\n", "a1 LOGIN x ", "\na1 LOGIN x", "AUTH PLAIN ", "\nAUTH PLAIN AAAA",
    "identified by '", "password '", "<a>", "<password>", "<password ", "name=a value=", "name=", "('password', ",
    "('password',('", "password=[", 'password=["', "password={", "password=(", "password=$(", 'password=\\"', '\\"',
    "password='\\", "--password ", "--password '", "-p'", "http -a ", "A=' ", "A='b ", "Private-Lines:",
    "hooks.slack.com/services/", "://hooks.slack.com/services/a/", "Basic aaaaaaaa ", "Digest a=", "ghp_",
    "a.atlasv1.", "MMMMMMMMMMMMMMMMMMMMMMMMM.", "8Q~", "key-", "123456789:", "password:\n", "password: |\n ",
    "password: !a ", "jdbc:", "(", "pass-", "a-", "a_", "_", "aaaaaaaaaaaaaaaaa_", "AUTH a ", "machine a login b ",
    "password is ", "with password ", "pragma key=", "set password ", "sqlplus ", "a/b@", "thin:a/", "://a:b ",
    "://a:bb c", "Cookie: a\n ", "signature:", "a-signature", "authorization", "curl -H 'Authorization: ",
    "[redacted:token]", "password=[redacted:token]", "AAAA", "%", "pwd ", "pwd:", "\\", "\\\\'", "`", "$(",
    "mysql -p`", "-p<(", "\uff50", "https://u:", "smbclient -U a ", "htpasswd -b ", "/password ",
)  # fmt: skip
"""Beginnings of everything that a mask looks for, again and again."""
ENDED = (
    ("1 ", "a"), ("1", "a"), ("1.1.1.", "x"), ("a.a.", "@"), ("://a:b/", "@"), ("a.", "!"), ("::", "g"), ("echo ", "|"),
    ("printf %s a b c ", "| sudo -S"),
)  # fmt: skip
"""Repeats that only their end makes hostile."""
HOSTILE = (*((repeated, "") for repeated in REPEATED), *ENDED)


def hostile(repeated: str, end: str, length: int) -> str:
    """A text of about that length."""
    return (repeated * (length // len(repeated) + 1))[:length] + end


def test_work_grows_with_the_length_of_hostile_text_only() -> None:
    """Calls into patterns and edits are counted: a fixed number of them per character at most."""
    for repeated, end in HOSTILE:
        text = hostile(repeated, end, 4_000)
        calls = 0

        def count(frame: object, event: str, argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            strict({"process.command_line": text}, custom=True)
        finally:
            sys.setprofile(None)
        assert calls < 80 * len(text), repeated


_GROWTH = """
import time
from tests.redaction.said import strict
from tests.redaction.test_linear import HOSTILE, hostile

def cost(repeated, end, length):
    text = hostile(repeated, end, length)
    began = time.process_time()
    strict({"process.command_line": text, "a": text, "b": [text, text]}, custom=True)
    return time.process_time() - began

def grows_faster(repeated, end):
    short, long = cost(repeated, end, 4_000), cost(repeated, end, 32_000)
    # Eight times the length: linear is 8, quadratic 64. What takes no time at all proves nothing.
    return long >= 0.25 and long >= 24 * short

for repeated, end in HOSTILE:
    # What grows does so each time; a busy machine does not.
    assert not all(grows_faster(repeated, end) for _ in range(4)), repeated
print("done")
"""


def test_what_a_pattern_does_inside_one_call_grows_no_faster() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _GROWTH],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.stdout == "done\n", ended.stderr
