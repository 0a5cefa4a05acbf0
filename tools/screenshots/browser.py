"""Headless Chromium, the system's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tools.backends.chromium import chromium

ARGUMENTS = ("--no-sandbox", "--hide-scrollbars", "--font-render-hinting=none")
"""No sandbox: it needs a kernel feature that containers often lack, and the pages are our own, on loopback."""


@contextmanager
def browser() -> Iterator[Browser]:
    """A running browser; every page it opens waits at most 20 s for what it is told to find."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(chromium()), args=[*ARGUMENTS])
        try:
            yield running
        finally:
            running.close()
