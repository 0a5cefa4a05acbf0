"""Secrets of well-known shapes, announced by no key."""

from __future__ import annotations

import base64
import binascii
import re

from otel_audit.lazy import lazy
from otel_audit.redaction.masking import CUT, Mark, Span, splice
from otel_audit.redaction.token_shapes import SHAPES, may_hold_token

_PRIVATE_KEY = lazy(
    r"""-{4,5}[ ]?BEGIN[ ][A-Z0-9 ]{0,40}PRIVATE[ ]KEY
        (?:.*?-{4,5}[ ]?END[ ][A-Z0-9 ]{0,40}PRIVATE[ ]KEY(?:[ ]BLOCK)?(?:-{4,5})?|.*)
    |BEGIN[ ](?:[A-Z0-9]{1,12}[ ]){0,3}PRIVATE[ ]KEY(?![A-Za-z])(?:.*?END[ ](?:[A-Z0-9]{1,12}[ ]){0,3}PRIVATE[ ]KEY|.*)
    |(?P<putty>Private-Lines:[ ]?\d{0,4}).*""",
    re.VERBOSE | re.DOTALL,
)
_RANDOM = lazy(r"[A-Za-z0-9]{16}")
_AWS_ID = lazy(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{12}")
_AWS_SECRET = lazy(r"(?<![A-Za-z0-9/+=_-])(?![0-9a-f]{40}(?![0-9a-f]))[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])")
_AWS_QUOTED = lazy(r"""(?<=["'])(?![0-9a-f]{40}["'])[A-Za-z0-9/+]{40}(?=["'])""")
_BASE64 = lazy(r"[A-Za-z0-9+/]{8,}={0,2}")


def mask_private_keys(text: str, mark: Mark) -> str:
    """PEM, OpenSSH, PGP and PuTTY keys, to their end or the end of the text."""

    def find(match: re.Match[str]) -> Span:
        return match.end("putty") if match["putty"] else match.start(), match.end(), "private_key"

    return splice(text, _PRIVATE_KEY, find, mark)


def mask_tokens(text: str, mark: Mark) -> str:
    """Tokens one knows by sight, wherever they stand, and the secret beside an AWS key id."""
    if not may_hold_token(text):
        return text
    beside_aws, named_aws = has_aws_id(text), "aws" in text.lower()

    def find(match: re.Match[str]) -> Span | None:
        if match["bearer"]:
            return (*match.span("bearer"), "token")
        if match["basic"] and not is_userinfo(match["basic"]):
            return None
        sk = match["sk"]
        if sk and not (sk.endswith(CUT) or _RANDOM.search(sk)):
            return None  # a directory called sk-learn-examples
        group = match.lastgroup or ""
        return (*match.span(group if group in {"basic", "digest", "hook"} else 0), "token")

    text = splice(text, SHAPES, find, mark)
    if named_aws:
        text = splice(text, _AWS_QUOTED, lambda match: (*match.span(), "secret"), mark)
    return mask_aws_secret(text, mark) if beside_aws else text


def has_aws_id(text: str) -> bool:
    """Whether an AWS access key id stands in the text."""
    return ("AKIA" in text or "ASIA" in text) and _AWS_ID.search(text) is not None


def mask_aws_secret(text: str, mark: Mark) -> str:
    """The 40 characters that go with an access key id; no git hash."""
    return splice(text, _AWS_SECRET, lambda match: (*match.span(), "secret"), mark)


def decoded(text: str) -> bytes:
    """What base64 hides; empty when the text is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def is_userinfo(text: str) -> bool:
    """Whether text is `user:password` in base64."""
    return text.endswith(CUT) or b":" in decoded(text)


def is_credential(text: str) -> bool:
    """Whether text is a line of a SASL exchange: base64 of printable text, NUL and XOAUTH2's separator included."""
    if not _BASE64.fullmatch(text) or len(text) % 4:
        return False
    plain = decoded(text)
    try:
        return bool(plain) and all(letter.isprintable() or letter in "\0\1" for letter in plain.decode())
    except UnicodeDecodeError:
        return False
