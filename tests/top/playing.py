"""The view, driven by keys, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static

from otel_audit.top.feed import Feed
from otel_audit.top.model import Model
from otel_audit.top.view.app import TopApp
from otel_audit.top.view.grid import Grid
from otel_audit.top.view.main import Main
from otel_audit.top.view.screenshot import Still
from tests.top.streams import SHOP

Play = Callable[[Pilot[None], TopApp], Awaitable[None]]


def play(
    scene: Play,
    lines: Sequence[bytes] = SHOP,
    size: tuple[int, int] = (100, 30),
    name: str = "audit.jsonl",
    **options: Any,
) -> TopApp:
    """Run the application with a stream that has been read."""
    feed = Feed(Still(name, lines), Model())
    feed.start()
    assert feed.wait(30)
    app = TopApp(feed, **options)

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await footer_drawn(pilot, app)
            await scene(pilot, app)

    asyncio.run(run())
    return app


async def footer_drawn(pilot: Pilot[None], app: TopApp, rounds: int = 100) -> None:
    """It comes with a refresh of its own, late on a busy machine; the smallest terminals have none."""
    while rounds and not seen(app)[-1]:
        rounds -= 1
        await pilot.pause(0.01)


def seen(app: TopApp) -> list[str]:
    """What is on the screen, as text."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def grid(app: TopApp, name: str = "table") -> Grid[Any]:
    return app.screen_stack[0].query_one(f"#{name}", Grid)


def chosen(app: TopApp, name: str = "table") -> Any:
    """The row under its cursor."""
    return grid(app, name).chosen


def keys_of(found: Grid[Any]) -> list[Any]:
    return [found._key(row) for row in found._rows]


def records(app: TopApp) -> list[str]:
    return [row[1].message for row in grid(app, "records")._rows]


def text(app: TopApp, name: str) -> str:
    return str(app.screen_stack[0].query_one(f"#{name}", Static).render())


def main(app: TopApp) -> Main:
    found = app.screen_stack[0]
    assert isinstance(found, Main)
    return found
