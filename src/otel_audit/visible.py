"""Text of others, made fit for one line and for a screen.

What a program opens, connects to or calls its events may have been chosen by somebody who wants a log to lie: a line
feed forges a second record, an escape sequence rewrites the terminal, a direction override turns `gnp.exe` around.
Attributes keep such values as they are, as data. Names, messages and every line that a person reads are made visible.
"""

from __future__ import annotations

import re

from otel_audit.lazy import lazy

# C0 and C1 controls, DEL; what Unicode calls format characters and shows nothing of: soft hyphen, zero width, direction
# marks, embeddings, overrides and isolates, byte order mark, annotations, tags; line separators; lone surrogates.
_UNSEEN = lazy(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""The text with `\n`, `\x1b`, `\u202e` for what would end the line, move a cursor or hide.

    For reading, not for parsing: a backslash of the text's own stays one.
    """
    return text if text.isprintable() else _UNSEEN.sub(_escaped, text)


def visible_json(line: bytes) -> bytes:
    """The same for one line of JSON, in JSON's own escapes: whoever parses it gets every value unchanged.

    Args:
        line: UTF-8, as an encoder made it: what is unseen stands inside strings only.
    """
    if line.isascii() and b"\x7f" not in line:
        return line
    text = line.decode("utf-8", "surrogatepass")
    return line if text.isprintable() else _UNSEEN.sub(_escaped_json, text).encode()


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code <= 0xFF:
        return _SHORT.get(match[0]) or f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _escaped_json(match: re.Match[str]) -> str:
    """Past the basic plane JSON knows pairs of surrogates only."""
    data = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[at]:02x}{data[at + 1]:02x}" for at in range(0, len(data), 2))
