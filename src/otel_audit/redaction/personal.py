"""Personal data: addresses of mail, numbers of phones."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.masking import CUT, Mark

# git@host is every clone's user; icon@2x.png is a picture.
_EMAIL = lazy(r"(?<![\w.%+-])(?!git@)[\w.%+-]+(?:@|%40)(?!\dx\.)(?:[\w-]+(?:\.[\w-]+)+|[\w.-]*…)")
_PHONE = lazy(
    r"""\[(?:hashed|redacted:[a-z][a-z0-9_]*):[0-9a-f]{12}\]
    |(?<!\w)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?!\w)                       # UUID
    |(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!\D)|(?!\.?\w))){4}(?<!\.)             # IPv4
    |(?<!\w)(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:[0-2]?\d|3[01])(?!\d)                # date, and time
        (?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[ ]?[+-]\d\d:?\d\d)?)?
    |(?<!\w)(?:[0-2]?\d|3[01])([-/.])(?:[0-2]?\d|3[01])\2(?:19|20)\d\d(?!\d)
    |(?<!\w)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[-_]\d{4,6})?(?![\w])
    |(?<!\w)(?<![0-9A-Fa-f]{4}-)(?P<phone>\+?\(?\d(?:[ .()/\-\u00a0\u2013]{0,3}\d)*)(?!\w)(?P<cut>…)?""",
    re.VERBOSE,
)
_DIGITS = lazy(r"\d+")


def _is_phone(candidate: str, cut: bool) -> bool:
    """International or national form; not an epoch time, a float, a version, or a plain number below nine digits."""
    runs = _DIGITS.findall(candidate)
    digits = sum(map(len, runs))
    if digits > 15:
        return False
    if candidate.startswith(("+", "00")):
        return digits >= (5 if cut else 8)
    if len(runs) == 1:
        epoch = digits in {10, 13} and candidate.startswith("1")
        return digits >= 9 and not epoch
    if "/" in candidate and not candidate.startswith("0"):
        return False
    dotted = set(candidate) <= set("0123456789.")
    if sum(len(run) == 1 for run in runs) > (0 if dotted else 1) or (dotted and len(runs) == 2):
        return False
    return digits >= (6 if cut else 8)


def mask_personal(text: str, mark: Mark) -> str:
    """Addresses and numbers of people, in text that may be anything."""

    def phone(match: re.Match[str]) -> str:
        candidate, cut = match["phone"], bool(match["cut"])
        if candidate is None:
            return match.group()
        if _is_phone(candidate, cut):
            return mark("phone", candidate)
        if sum(map(str.isdigit, candidate)) <= 15:
            return match.group()
        # Several in a row: each for itself, or, in groups that only phones have, all.
        parts = candidate.split(" ")
        phones = [_is_phone(part, False) for part in parts]
        if candidate.startswith(("0", "+", "(")) and len(parts) > 1 and not any(phones):
            return mark("phone", candidate)
        marked = (mark("phone", part) if known else part for part, known in zip(parts, phones))
        return " ".join(marked) + (CUT if cut else "")

    text = _EMAIL.sub(lambda match: mark("email", match.group()), text) if "@" in text or "%40" in text else text
    return _PHONE.sub(phone, text)
