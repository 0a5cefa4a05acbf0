"""Looks for secrets in bytes that left a process: as they are, and in every encoding they may have taken."""

from __future__ import annotations

import base64
import html
import json
import math
import urllib.parse
from collections.abc import Iterable

from tests.secrets.planting import Planted

PIECE = 8
"""Characters in a row that are looked for. Of random letters: never by accident."""
STRIDE = 3
"""From one piece to the next: a run of ten characters is found wherever it begins."""


def spellings(secret: str) -> set[bytes]:
    """A secret as text, escaped, encoded, backwards."""
    raw = secret.encode("utf-8", "surrogatepass")
    whole = [base64.b64encode(raw[skip : skip + (len(raw) - skip) // 3 * 3]) for skip in range(3)]
    texts = (
        json.dumps(secret)[1:-1],
        ascii(secret)[1:-1],
        urllib.parse.quote(secret, safe=""),
        "".join(f"%{byte:02X}" for byte in raw),
        "".join(f"\\x{byte:02x}" for byte in raw),
        html.escape(secret),
        ", ".join(map(str, raw)),
        raw.hex(),
        raw.hex().upper(),
    )
    return {
        raw,
        raw[::-1],
        *(secret.encode(encoding, "surrogatepass") for encoding in ("utf-16-le", "utf-16-be")),
        *whole,  # wherever the groups of three bytes begin
        *(each.translate(bytes.maketrans(b"+/", b"-_")) for each in whole),
        *(text.encode("utf-8", "backslashreplace") for text in texts),
    }


class Search:
    """A search for many secrets at once."""

    def __init__(self, planted: Iterable[Planted]) -> None:
        self._pieces: dict[bytes, list[tuple[bytes, Planted]]] = {}
        """By their first bytes."""
        for each in planted:
            for spelling in spellings(each.secret):
                self._add(spelling, len(spelling) / len(each.secret), each)

    def _add(self, spelling: bytes, per_character: float, each: Planted) -> None:
        per_character = max(1.0, per_character)
        size = math.ceil(PIECE * per_character)
        for at in range(0, len(spelling) - size + 1, int(STRIDE * per_character)):
            piece = spelling[at : at + size]
            if len(set(piece)) > 3:  # a run of one byte is of no one's
                self._pieces.setdefault(piece[:PIECE], []).append((piece, each))

    def find(self, data: bytes) -> set[Planted]:
        """Those of which a piece is in the data."""
        known, found = self._pieces, set()
        for at in range(len(data) - PIECE + 1):
            start = data[at : at + PIECE]
            if start in known:
                found |= {each for piece, each in known[start] if data.startswith(piece, at)}
        return found


def find(planted: Iterable[Planted], data: bytes) -> set[Planted]:
    """One search."""
    return Search(planted).find(data)
