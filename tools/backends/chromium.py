"""A headless browser for pages: the system's chromium, installed by apt where that is allowed."""

from __future__ import annotations

from tools.backends.programs import need


def chromium() -> str:
    """Path of chromium; as root it needs `--no-sandbox`."""
    return need("chromium", "chromium", "to look at pages with")
