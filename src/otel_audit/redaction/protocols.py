"""Credentials in the lines that clients of mail, files, news and caches send, and in statements of SQL."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.masking import Mark, Span, splice
from otel_audit.redaction.shapes import is_credential

_MECHANISMS = (
    r"(?:PLAIN|LOGIN|XOAUTH2?|OAUTHBEARER|CRAM-MD5|DIGEST-MD5|NTLM|MSN|GSSAPI|GSS-SPNEGO|EXTERNAL|ANONYMOUS|SCRAM-SHA-\d+"
    r"(?:-PLUS)?|KERBEROS_V[45]|USER)"
)
_TAG = r"(?=[A-Za-z.+]{0,15}\d)[A-Za-z0-9.+]{1,16}"
_NO_CREDENTIAL = (
    r"(?!(?i:failed|failures?|ok|required|success|successful|error|tls|ssl|tls-c|tls-p)(?![^\s\"'`\\.,:;)\]]))"
)
"""A word of prose, or of FTP over TLS, to its end: secrets may begin like one."""

_LINE = lazy(
    rf"""(?:^|(?<=[\r\n"'`])|(?<=\\n)|(?<=\\r))[ \t]{{0,8}}(?:
    (?:PASS|Pass|ACCT|Acct)[ ]{{1,4}}
    |(?:pass|acct)[ ](?=[^\s]+[ ]?(?:["'`\r\n]|\\[rn]|\Z)|[^\r\n]*(?:\r\n|\\r\\n|…))
    |(?:{_TAG}[ ])?(?i:authenticate|auth)[ ]{{1,4}}["']?(?i:{_MECHANISMS})["']?[ ]{{1,4}}(?!-)
    |AUTH[ ]{{1,4}}{_NO_CREDENTIAL}(?!(?i:{_MECHANISMS})\s*(?:\Z|["'`\r\n]))(?:[^\s"']+[ ](?=[^\s]))?
    |(?i:authinfo)[ ]{{1,4}}(?i:pass|sasl[ ]{{1,4}}[\w-]+|simple)[ ]{{1,4}}
    |(?i:apop|oper)[ ]{{1,4}}[^\s"']+[ ]{{1,4}}
    |(?i:hello)[ ]\d[ ](?i:auth)[ ][^\s"']+[ ]
    |(?:{_TAG}[ ](?i:login)|LOGIN|login(?=[ ][^\s]+[ ][^\s]+(?:[\r\n]|\\[rn]|\Z)))[ ]{{1,4}}
        {_NO_CREDENTIAL}(?!(?i:as|for|from|to|page|attempt|by|with|at|in|is|was|user|password)\b|-)
        (?:\{{\d+\+?\}}|"(?:[^"\\]|\\.)*"|\\"[^"]*\\"|[^\s"]+)[ ]{{1,4}}
    )(?P<value>[^\r\n]+)""",
    re.VERBOSE,
)
_ESCAPED_END = lazy(r"(?<!\\)(?:\\\\)*\\[rn]")
"""Of a line in a repr: behind an even number of backslashes the letter is one."""
_CONTINUED = lazy(r"(?:\r?\n|\\r\\n|\\n)[ \t]{0,8}(?P<value>[A-Za-z0-9+/]{4,}={0,2})(?=[\r\n\\\"']|\Z)")
_ANYWHERE = lazy(
    r"""(?i:
    config[ ]set[ ](?:requirepass|masterauth)[ ]{1,4}["']?
    |nickserv[ ]{1,4}:?identify[ ]{1,4}
    |\bmachine[ ]\S{1,256}\s{1,8}login\s{1,4}\S{1,256}\s{1,8}password\s{1,4}
    |\bidentified[ ](?:with[ ]\S{1,64}[ ])?(?:by|as)[ ](?:password[ ])?["']
    |\bpassword(?:[ ]{1,2}|[ ]?\([ ]?)'
    |\bconvertto-securestring[ ](?:-string[ ])?["']
    |\bpassword[ ]for[ ]\S{1,128}[ ]{0,2}=[ ]{0,2}'
    |\bpragma[ ]{1,4}(?:hex|re|text)?key[ ]{0,2}=[ ]{0,2}(?:x'|"x'|["'])
    )(?P<value>(?<=')(?:[^']|'')+|(?<=")[^"]+|[^\s"';]+)""",
    re.VERBOSE,
)
_WHOLE = lazy(r"(?:b?[\"'])?(?P<value>[A-Za-z0-9+/]{8,}={0,2})(?P<end>\r\n|\\r\\n|\n|\\n)?[\"']?\Z")


def mask_lines(text: str, mark: Mark) -> str:
    """`PASS x`, `a1 LOGIN u x`, `AUTH PLAIN x` and what follows it."""
    return splice(splice(text, _LINE, _line, mark), _CONTINUED, _continued, mark)


def mask_statements(text: str, mark: Mark) -> str:
    """`IDENTIFIED BY 'x'`, `CONFIG SET requirepass x`, netrc, wherever they stand."""
    return splice(text, _ANYWHERE, lambda match: (*match.span("value"), "password"), mark)


def mask_exchange(text: str, mark: Mark) -> str:
    """A text that is one line of base64: what a client answers when it is asked for user and password."""
    return splice(text, _WHOLE, _whole, mark) if _padded(text) else text


def _padded(text: str) -> bool:
    return text.endswith(("=", "\n", "\\n", '="', "='", "n'", 'n"')) and _WHOLE.match(text) is not None


def _whole(match: re.Match[str]) -> Span | None:
    if match.start() or not (match["end"] or match["value"].endswith("=")) or not is_credential(match["value"]):
        return None
    return (*match.span("value"), "token")


def _continued(match: re.Match[str]) -> Span | None:
    return (*match.span("value"), "token") if is_credential(match["value"]) else None


def _line(match: re.Match[str]) -> Span:
    """To the end of the line, or of the quotes it stands in."""
    start, end = match.span("value")
    text = match.string
    if escaped := _ESCAPED_END.search(text, start, end):
        end = escaped.start()
    opened = text[match.start() - 1 : match.start()]
    if opened and opened in "\"'`" and not text.startswith(opened, start):
        closing = text.find(opened, start, end)
        end = end if closing < 0 else closing
    verb = text[match.start() : start].lower()
    kind = "token" if "auth" in verb and "info" not in verb else "password"
    if text.startswith(("'", '"'), start) and text[end - 1] == text[start] and end - start > 2:
        return start + 1, end - 1, kind
    return start, end, kind
