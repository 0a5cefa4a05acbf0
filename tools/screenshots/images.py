"""PNG files that are small enough for a repository."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

LIMIT = 300_000
"""Bytes of one image, at most."""


def save(png: bytes, file: Path) -> None:
    """Write a screenshot with a palette of 256 colours, which pages have rarely more of.

    Raises:
        ValueError: it is too large even so.
    """
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        # FASTOCTREE, for it keeps thin text of rare colours; no dithering, which would make flat areas noisy and large.
        small = image.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small.save(buffer, "PNG", optimize=True)
    if buffer.tell() > LIMIT:
        raise ValueError(f"{file.name}: {buffer.tell()} bytes: expected at most {LIMIT}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(buffer.getvalue())
