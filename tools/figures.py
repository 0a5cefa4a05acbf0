"""Blocks of figures in pages: tools write what stands between `<!-- figures: NAME -->` and `<!-- /figures -->`."""

from __future__ import annotations

import re
from pathlib import Path


def fill(page: Path, block: str, text: str) -> None:
    """Replace what is in a marked block."""
    before = page.read_text()
    pattern = re.compile(rf"(<!-- figures: {re.escape(block)} -->\n).*?(<!-- /figures -->)", re.DOTALL)
    after, number = pattern.subn(lambda match: f"{match[1]}{text.strip()}\n{match[2]}", before)
    if number != 1:
        raise SystemExit(f"{page}: expected one block named {block}")
    page.write_text(after)
