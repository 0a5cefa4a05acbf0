"""Whatever a stream holds is text on the screen."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from otel_audit.top.view.app import TopApp
from otel_audit.top.view.main import Main
from tests.top.playing import play, seen
from tests.top.streams import TRACE, line
from tests.top.test_top_record import HOSTILE

HOSTILE_TEXT = "[bold red]x[/] [@click=app.leave]y[/] \x1b[2J\x07 ‮ \ud800 \N{FAMILY} 漢字"


def test_markup_and_control_characters_are_text() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        for keys in (
            ("1",),
            ("2",),
            ("3",),
            ("4",),
            ("5",),
            ("enter",),
            ("tab", "enter"),
            ("escape", "g"),
            ("escape",),
        ):
            await pilot.press(*keys)
            for shown in seen(app):
                assert not set(shown) & set("\x1b\x07‮\ud800")
        assert "[bold red]x[/]" in "\n".join(seen(app))

    hostile_key: Any = {HOSTILE_TEXT: [HOSTILE_TEXT]}
    hostile = line(
        HOSTILE_TEXT,
        message=HOSTILE_TEXT,
        python__audit__group=HOSTILE_TEXT,
        trace_id=TRACE,
        http__route=HOSTILE_TEXT,
        server__address=HOSTILE_TEXT,
        file__path=HOSTILE_TEXT,
        process__executable__path=HOSTILE_TEXT,
        **hostile_key,
    )
    play(scene, lines=[hostile, HOSTILE_TEXT.encode("utf-8", "surrogatepass")])


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(st.lists(HOSTILE, min_size=20, max_size=60), st.sampled_from([(90, 30), (30, 10)]))
def test_nothing_in_a_stream_stops_the_view(lines: list[bytes], size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        for key in ("2", "enter", "3", "enter", "4", "5", "1", "tab", "home", "enter", "escape", "g", "escape"):
            await pilot.press(key)
        assert isinstance(app.screen, Main)

    assert play(scene, lines=lines, size=size).return_code in (0, None)
