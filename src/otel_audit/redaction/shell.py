"""What a shell hands a program on its standard input: here-strings, and `echo secret | program --stdin`."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.masking import Mark, Span, splice

_HERE = lazy(r"<<<[ \t]*(?P<value>\"(?:[^\"\\]|\\.)*\"?|'[^']*'?|\$?(?:[^\s\"'\\;|&]|\\.)+)", re.DOTALL)
_VARIABLE = lazy(r"\"?\$(?:\w+|\{\w+\})\"?")
_ECHO = lazy(
    r"""\b(?:echo|printf)[ ](?:-[neE]+[ ])?(?P<value>[^|;&\n]{1,512})\|[ ]*
    (?=[^|;\n]{0,200}(?:-S\b|stdin|passwd|passphrase-fd|cryptsetup|kinit|smbpasswd|with-token|pinentry|htpasswd
        |gh[ ]auth|login|unlock|[ ]su\b))""",
    re.VERBOSE,
)


def mask_here_strings(text: str, mark: Mark) -> str:
    """Standard input is never shown, a variable's name is."""
    return splice(text, _HERE, _here, mark)


def mask_echoes(text: str, mark: Mark) -> str:
    """What is piped into a program that asks for a password."""
    return splice(text, _ECHO, _echo, mark)


def _here(match: re.Match[str]) -> Span | None:
    return None if _VARIABLE.fullmatch(match["value"]) else (*match.span("value"), "secret")


def _echo(match: re.Match[str]) -> Span | None:
    value = match["value"].rstrip()
    return None if _VARIABLE.fullmatch(value) else (match.start("value"), match.start("value") + len(value), "password")
