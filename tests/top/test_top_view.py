"""What is on the screen, and what the keys do."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from otel_audit.top.output import Output
from otel_audit.top.view.app import TopApp
from otel_audit.top.view.chart import bars
from otel_audit.top.view.main import Main
from otel_audit.top.view.screens import Details, Groups, Help
from tests.top.playing import chosen, grid, keys_of, main, play, records, seen, text
from tests.top.streams import NOON, TRACE, line


def test_everything_is_there() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        screen = "\n".join(seen(app))
        for part in ("audit.jsonl", "7 events in 5 records", "1 warning", "1 Events 4", "2 Traces 2", "EVENTS▼"):
            assert part in screen
        for message in ("run git fetch --all", "connect to 10.0.0.7:5432"):
            assert message in screen

    play(scene)


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("1", ["open", "socket.connect", "sqlite3.connect", "subprocess.Popen"]),
        ("2", ["outside traces", TRACE]),
        ("3", ["10.0.0.7:5432"]),
        ("4", ["/usr/bin/git"]),
        ("5", ["/srv/shop/1.txt", "/srv/shop/cart.html"]),
    ],
)
def test_a_digit_picks_a_table_and_enter_shows_only_its_records(key: str, rows: list[str]) -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("2" if key == "1" else "1", key)
        assert keys_of(grid(app)) == rows
        whole = records(app)
        await pilot.press("end", "enter")
        assert 0 < len(records(app)) < len(whole)
        assert rows[-1] in text(app, "title")
        await pilot.press("escape")
        assert records(app) == whole

    play(scene)


def test_arrows_turn_through_the_tables() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("right")
        assert TRACE in keys_of(grid(app))
        await pilot.press("left", "left")
        assert "/srv/shop/1.txt" in keys_of(grid(app))

    play(scene)


def test_sorting_goes_through_the_columns_and_back() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        first = keys_of(grid(app))
        assert grid(app)._mark == "EVENTS▼"
        await pilot.press("s", "s")
        assert (grid(app)._mark, keys_of(grid(app))[0]) == ("LAST▼", "subprocess.Popen")
        await pilot.press("s", "r")
        assert (grid(app)._mark, keys_of(grid(app))[0]) == ("EVENT▼", "subprocess.Popen")
        await pilot.press("r", "s")
        assert keys_of(grid(app)) == first

    play(scene)


def test_a_click_on_a_heading_sorts_and_on_a_tab_picks() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.click("#table", offset=(1, 0))
        assert grid(app)._mark == "EVENT▲"
        await pilot.click("#table", offset=(1, 0))
        assert grid(app)._mark == "EVENT▼"
        await pilot.click("#tabs", offset=(14, 0))
        assert TRACE in keys_of(grid(app))
        await pilot.click("#table", offset=(1, 2))
        assert chosen(app).key == keys_of(grid(app))[1]

    play(scene)


def test_the_cursor_stays_on_its_row_whatever_comes() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("down", "down")
        assert chosen(app).key == "sqlite3.connect"
        with app._feed.looking() as model:
            model.take([line("sqlite3.connect")] * 9, NOON)
        main(app).draw()
        assert keys_of(grid(app))[0] == chosen(app).key == "sqlite3.connect"
        await pilot.press("home", "pagedown", "pageup")
        assert grid(app)._cursor == 0

    play(scene)


def test_records_go_along_with_new_ones_until_one_moves_up() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        def more(name: str) -> Any:
            with app._feed.looking() as model:
                model.take([line(name)], NOON)
            main(app).draw()
            return chosen(app, "records")[1].name

        assert more("app.new") == "app.new"
        await pilot.press("tab", "up")
        assert more("app.newer") == "subprocess.Popen"
        assert "standing still" in text(app, "title")
        await pilot.press("end")
        assert more("app.newest") == "app.newest"

    play(scene)


def test_a_filter_is_typed_and_dropped() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("slash", *"git", "space", *"1q")
        assert app.screen.query_one("#filter", Input).value == "git 1q"
        assert records(app) == []
        await pilot.press("backspace", "backspace", "enter")
        assert records(app) == ["run git fetch --all"]
        assert "1 of 5" in text(app, "title")
        assert not app.screen.query_one("#filter").display
        with app._feed.looking() as model:
            model.take([line(), line(message="a git of later")], NOON)
        main(app).draw()
        assert records(app) == ["run git fetch --all", "a git of later"]
        await pilot.press("slash", "escape")
        assert len(records(app)) == 7

    play(scene)


def test_a_group_is_picked_and_dropped() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("g")
        assert isinstance(app.screen, Groups)
        await pilot.press("enter")
        assert keys_of(grid(app)) == ["open"]
        assert len(records(app)) == 2
        await pilot.press("g", "escape", "escape")
        assert len(records(app)) == 5

    play(scene)


def test_a_record_opens_with_all_its_attributes_and_leads_to_its_trace() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("tab", "up", "enter")
        assert isinstance(app.screen, Details)
        screen = "\n".join(seen(app))
        for part in ("network.peer.address", "10.0.0.7", "5432", TRACE):
            assert part in screen
        await pilot.press("t")
        assert isinstance(app.screen, Main)
        assert len(records(app)) == 3

    play(scene)


def test_standing_still_shows_what_was_and_counts_on() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("space")
        with app._feed.looking() as model:
            model.take([line("app.new")] * 3, NOON)
        main(app).draw()
        await pilot.press("2", "1", "s")
        assert "app.new" not in keys_of(grid(app))
        assert len(records(app)) == 5
        assert "PAUSED, 3 records since" in text(app, "head")
        await pilot.press("space")
        assert "app.new" in keys_of(grid(app))
        assert len(records(app)) == 8

    play(scene)


def test_help_names_every_key() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        screen = "\n".join(seen(app))
        for part in ("Space", "Enter", "filter the records", "limit", "Esc closes"):
            assert part in screen
        await pilot.press("escape")
        assert isinstance(app.screen, Main)

    play(scene, size=(120, 50))


def test_without_records_it_says_what_is_awaited() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        assert "No line was given." in "\n".join(seen(app))
        await pilot.press("enter", "tab", "enter", "down", "s", "space", "space", "g", "escape", "3")
        assert "No line was given." in "\n".join(seen(app))

    play(scene, lines=[])


def test_lines_of_another_form_are_named() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        screen = "\n".join(seen(app))
        assert "2 lines were no records" in screen
        assert "--log-format json" in screen
        assert "[info     ] open" in screen

    play(scene, lines=[b"x", b"02:06:31.593 [info     ] open SQLite database"])


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_themes_can_be_told_apart_and_turned(theme: Any) -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        assert app.theme == f"textual-{theme}"
        before = app.screen.styles.background
        await pilot.press("t")
        await pilot.pause()
        assert app.theme != f"textual-{theme}"
        assert app.screen.styles.background != before

    play(scene, theme=theme)


def test_without_colour_the_level_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        assert " warn " in "\n".join(seen(app))
        for strip in app.screen._compositor.render_strips():
            for segment in strip.apply_filter(app._filters[0], app.screen.styles.background):
                color = None if segment.style is None else segment.style.color
                assert color is None or color.triplet is None or len(set(color.triplet)) == 1

    play(scene)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_it_is_left_by(key: str) -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press(key)

    assert play(scene).return_code == 0


def test_bars_reach_the_top_and_what_is_little_can_be_seen() -> None:
    assert bars([0, 1, 8, 16], 2) == ["   █", " ▁██"]
    assert bars([0, 0], 1) == ["  "]
    assert bars([1, 10_000], 1) == ["▁█"]
    assert bars([], 3) == ["", "", ""]


def test_the_output_of_a_program_is_a_table_of_its_own() -> None:
    import io

    output = Output(io.BytesIO(b"hello\n[bold]there[/]\nprompt: "))
    output.settle(10)

    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("6")
        screen = "\n".join(seen(app))
        for part in ("6 Output 3", "hello", "[bold]there[/]", "prompt:"):
            assert part in screen
        await pilot.press("s", "r", "enter", "up", "left")
        assert grid(app).display

    play(scene, output=output)
