"""Text that somebody chose who wants a log to lie, and what must never stand raw on a line."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

ALL = [chr(code) for code in range(0x110000)]
HIDDEN = frozenset(
    character
    for character in ALL
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    # Cf: those that show nothing. Marks that belong to letters (Arabic, Kaithi, hieroglyphs, ...) are seen.
    or "\u200b" <= character <= "\u200f"
    or "\u202a" <= character <= "\u202e"
    or "\u2060" <= character <= "\u206f"
    or "\U000e0000" <= character <= "\U000e007f"
    or character in "\xad\u061c\u180e\ufeff\ufff9\ufffa\ufffb"
)
"""Stated here by category, not by the ranges of the code that is tested."""

LINES = (
    '\n{"level":"info","event":"forged"}',
    "\r\x1b[2K02:06:31.593 [info     ] nothing happened",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]0;owned\x07\x9b31m\x9d52;c;ZXZpbA==\x9c",
    "invoice\u202efdp.exe\u2066\u2069\u200f\u061c",
    "pay\u200bpal\ufeff\u2060\xad\u180e",
    "line\u2028separator\u2029\x85\x0b\x0c",
    "nul\x00del\x7f",
    "tag\U000e0041\U000e007f",
)
"""What is known to work on terminals, editors and log viewers."""

CHARACTERS = st.sampled_from(sorted(HIDDEN)) | st.characters() | st.sampled_from("\\\"'{}[]<>&%$`;")
TEXTS = st.sampled_from(LINES) | st.text(CHARACTERS, max_size=60)
WITHOUT_SURROGATES = st.text(CHARACTERS.filter(lambda character: not "\ud800" <= character <= "\udfff"), max_size=60)


def hidden(text: str) -> set[str]:
    """What of a text must not stand raw on a line."""
    return set(HIDDEN.intersection(text))
