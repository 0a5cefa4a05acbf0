"""Between a source and the model; and the picture of it."""

from __future__ import annotations

import re

import pytest

from otel_audit.top import screenshot
from otel_audit.top.feed import Feed
from otel_audit.top.model import Model
from otel_audit.top.view.screenshot import Still
from tests.top.streams import SHOP


class Broken(Still):
    """A source that fails after its first lines."""

    def read(self, timeout: float = 0) -> list[bytes] | None:
        found = super().read(timeout)
        if found is None:
            raise OSError(5, "Input/output error")
        return found


def test_a_source_is_read_to_its_end() -> None:
    feed = Feed(Still("x", SHOP), Model())
    assert not feed.ended
    feed.start()
    assert feed.wait(30)
    with feed.looking() as model:
        assert model.events == 7
    first = feed.elapsed
    assert feed.elapsed == first
    feed.close()


def test_a_source_that_fails_is_said_and_what_came_stays() -> None:
    feed = Feed(Broken("x", SHOP), Model())
    feed.start()
    assert feed.wait(30)
    assert (feed.state, feed.model.events) == ("stopped: Input/output error", 7)
    feed.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_screenshot_shows_the_view(theme: str) -> None:
    lines = [line.decode() for line in SHOP]
    svg = screenshot(
        lines, source="shop.py", size=(110, 30), keys=("4",), elapsed=42, theme="light" if theme == "light" else "dark"
    )
    shown = re.sub(r"<[^>]+>", " ", svg).replace("&#160;", " ")
    assert svg.startswith("<svg")
    for part in ("shop.py", "0:42", "7 events in 5 records", "/usr/bin/git", "git fetch --all"):
        assert part in shown
