"""An image of the view, for documentation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from otel_audit.top.feed import Feed
from otel_audit.top.model import Model
from otel_audit.top.view.app import Theme, TopApp


class Still:
    """A source that has given its lines and goes on existing."""

    state = "following"
    waiting = "No line was given."

    def __init__(self, name: str, lines: Iterable[bytes | str]) -> None:
        self.name = name
        self._lines = [line.encode("utf-8", "replace") if isinstance(line, str) else line for line in lines]

    def read(self, timeout: float = 0) -> list[bytes] | None:
        lines, self._lines = self._lines, []
        return [line.rstrip(b"\r\n") for line in lines] or None

    def close(self) -> None:
        """Nothing is held."""


class _Past(Feed):
    """A feed whose time is told."""

    seconds = 0.0

    @property
    def elapsed(self) -> float:
        return self.seconds


def take(
    lines: Iterable[bytes | str], source: str, size: tuple[int, int], keys: Sequence[str], theme: Theme, elapsed: float
) -> str:
    """See `otel_audit.top.screenshot`."""
    feed = _Past(Still(source, lines), Model())
    feed.seconds = elapsed
    feed.start()
    feed.wait(None)
    return asyncio.run(_draw(TopApp(feed, theme=theme), size, keys))


async def _draw(app: TopApp, size: tuple[int, int], keys: Sequence[str]) -> str:
    async with app.run_test(size=size) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        return app.export_screenshot()
