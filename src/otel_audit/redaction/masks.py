"""Every mask, in order, and what a text must hold, in lowercase, for it to find anything."""

from __future__ import annotations

from collections.abc import Callable

from otel_audit.redaction.command_line import mask_options
from otel_audit.redaction.headers import mask_headers
from otel_audit.redaction.key_words import KEY_HINTS
from otel_audit.redaction.masking import Mark
from otel_audit.redaction.named_values import mask_elements, mask_fields
from otel_audit.redaction.pairs import mask_pairs
from otel_audit.redaction.protocols import mask_exchange, mask_lines, mask_statements
from otel_audit.redaction.shapes import mask_private_keys, mask_tokens
from otel_audit.redaction.shell import mask_echoes, mask_here_strings
from otel_audit.redaction.urls import mask_bare_userinfo, mask_userinfo

MASKS: tuple[tuple[tuple[str, ...], Callable[[str, Mark], str]], ...] = (
    (("=", "\n", "\\n"), mask_exchange),
    (("private",), mask_private_keys),
    (("://", "%3a%2f", "@"), mask_userinfo),
    (("authorization", "cookie", "signature", "sec-websocket-protocol"), mask_headers),
    (("pass ", "acct ", "auth ", "authen", "authinfo", "apop ", "login ", "oper "), mask_lines),
    (("password", "pass ", "auth ", "identi", "pragma ", "securestring"), mask_statements),
    (("<<<",), mask_here_strings),
    (("echo ", "printf "), mask_echoes),
    ((" ", "\n", "\t"), mask_options),
    (("value",), mask_fields),
    (("<",), mask_elements),
    (KEY_HINTS, mask_pairs),
    (("@",), mask_bare_userinfo),
    (("",), mask_tokens),
)
"""A private key is taken as a whole before a pair takes its first word, and a pair's value before a token in it."""
