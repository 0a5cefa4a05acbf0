"""Narrow and low terminals: what is left out, and that nothing asked for is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import OptionList

from otel_audit.top.output import Output
from otel_audit.top.presentation import Fact
from otel_audit.top.view.app import TopApp
from otel_audit.top.view.head import first_line, fitting, shortened
from tests.top.playing import chosen, grid, keys_of, play, records, seen, text
from tests.top.streams import NOON, SHOP, line

PATH = "/var/log/shop/audit.jsonl"
MANY = [
    *SHOP,
    *(
        line("open", NOON - 1, python__audit__group="filesystem", python__audit__sampler="0.1", file__path=f"/srv/{at}")
        for at in range(28)
    ),
    b"no record",
]


@pytest.fixture
def standing_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader's clock: on a busy machine a rate falls before it is seen."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)


FACTS = st.lists(st.builds(Fact, st.text(min_size=1, max_size=30), st.just(""), st.text(max_size=9)), max_size=7)


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (20, 6), (1, 1)])
def test_it_fits_every_terminal(size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        for key in (
            "2",
            "3",
            "4",
            "5",
            "tab",
            "z",
            "z",
            "enter",
            "escape",
            "slash",
            "escape",
            "question_mark",
            "escape",
        ):
            await pilot.press(key)
        assert max(map(len, seen(app))) <= size[0]
        assert len(seen(app)) <= size[1]

    play(scene, size=size)


def test_a_low_terminal_keeps_the_table() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        assert grid(app).display
        assert not grid(app, "records").display
        await pilot.press("tab")
        assert grid(app, "records").display
        assert not grid(app).display
        await pilot.press("tab")
        assert grid(app).display

    play(scene, size=(60, 10))


def test_80_columns_show_every_part_of_the_header_in_two_lines(standing_still: None) -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("space")
        first, second, third = seen(app)[:3]
        assert first == " otel-audit top  audit.jsonl  following  0:00   PAUSED, 0 records since"
        assert second == " 11.7 events/s · 35 events · 1 warning · 1 line rejected · 28 sampled"
        assert "last" in third or "/s" in third

    play(scene, MANY, (80, 24))


def test_40_columns_keep_names_keys_and_counts(standing_still: None) -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        first, second, third, fourth, *_, last = seen(app)
        assert first == " …/service/audit.jsonl  following  0:00"
        assert second == " 11.7/s · 35 events · 1 warning · …"
        assert third == " 1 Events 4  2 Tra  3 Pee  4 Pro  5 Fil"
        assert fourth.startswith("EVENT")
        assert "q Quit" in last
        assert "? Help" in last
        await pilot.press("5", "space")
        assert seen(app)[0] == " …/audit.jsonl  following   PAUSED +0"
        assert "5 Files 30" in seen(app)[2]

    play(scene, MANY, (40, 12), "/var/log/of/some/service/audit.jsonl")


def test_a_click_finds_the_shortened_tabs() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.click("#tabs", offset=(35, 0))
        assert "5 Files 2" in seen(app)[2]
        assert "/srv/shop/1.txt" in keys_of(grid(app))

    play(scene, size=(40, 12))


def test_six_tables_keep_their_keys_in_40_columns() -> None:
    import io

    output = Output(io.BytesIO(b"hello\n"))
    output.settle(10)

    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("4")
        tabs = seen(app)[2]
        assert all(f" {at} " in tabs for at in range(1, 7))
        assert "4 Processes 1" in tabs
        assert len(tabs) <= 40

    play(scene, size=(40, 12), output=output)


def test_enter_on_a_row_of_a_low_terminal_shows_its_records_until_escape() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("down")
        assert chosen(app).key == "socket.connect"
        await pilot.press("enter")
        assert grid(app, "records").has_focus
        assert not grid(app).display
        assert "connect to 10.0.0.7:5432" in "\n".join(seen(app))
        assert "filter event=socket.connect" in text(app, "title")
        await pilot.press("tab")
        assert grid(app).has_focus
        assert seen(app)[1].startswith(" filter event=socket.connect · ")
        await pilot.press("enter", "escape")
        assert grid(app).has_focus
        assert not grid(app, "records").display
        assert len(records(app)) == 5
        assert "filter" not in seen(app)[1]

    play(scene, size=(40, 12))


def test_a_filter_typed_in_a_low_terminal_shows_what_it_leaves() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("slash", *"git", "enter")
        assert grid(app, "records").has_focus
        assert "run git fetch --all" in "\n".join(seen(app))
        await pilot.press("escape", "slash", "enter")
        assert grid(app).has_focus

    play(scene, size=(60, 12))


def test_enter_in_a_table_on_the_whole_screen_brings_the_records_back() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        await pilot.press("z")
        assert not grid(app, "records").display
        await pilot.press("enter")
        assert grid(app).has_focus
        assert grid(app).display
        assert grid(app, "records").display
        await pilot.press("escape")
        assert grid(app, "records").display

    play(scene)


def test_the_groups_fit_and_the_cursor_is_on_the_present_one() -> None:
    async def scene(pilot: Pilot[None], app: TopApp) -> None:
        async def group() -> int | None:
            await pilot.press("g")
            await pilot.pause()
            assert any("filesystem" in shown and shown.rstrip().endswith("│") for shown in seen(app))
            return app.screen.query_one(OptionList).highlighted

        assert await group() == 1
        await pilot.press("down", "enter")
        assert "group " in text(app, "title")
        present = keys_of(grid(app))
        assert await group() == 2
        await pilot.press("enter")
        assert keys_of(grid(app)) == present
        assert len(present) == 1

    play(scene, size=(40, 24))


@given(FACTS, st.integers(1, 100))
def test_a_line_of_facts_fits_and_leaves_out_the_last_ones(facts: list[Fact], room: int) -> None:
    found = [fact.text for fact in fitting(facts, room)]
    assert cell_len(" · ".join(found)) <= room or len(found) <= 2
    kept = found[:-1] if len(found) <= len(facts) and found[-1:] == ["…"] else found
    assert all(shown in (fact.text, fact.short) for shown, fact in zip(kept, facts))
    if cell_len(" · ".join(fact.text for fact in facts)) <= room:
        assert found == [fact.text for fact in facts]


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (90, "otel-audit top|/var/log/shop/audit.jsonl|following  0:07| PAUSED, 12 records since "),
        (80, "otel-audit top|/var/log/shop/audit.jsonl|following  0:07| PAUSED +12 "),
        (60, "/var/log/shop/audit.jsonl|following  0:07| PAUSED +12 "),
        (55, "…/log/shop/audit.jsonl|following  0:07| PAUSED +12 "),
        (45, "…/audit.jsonl|following  0:07| PAUSED +12 "),
        (38, "…/audit.jsonl|following| PAUSED +12 "),
        (30, "audit…|following| PAUSED +12 "),
    ],
)
def test_the_first_line_gives_way_in_order(room: int, shown: str) -> None:
    found = first_line(PATH, Fact("following  0:07", "bold", "following"), 12, room)
    assert "|".join(fact.text for fact in found) == shown


@pytest.mark.parametrize(
    ("name", "room", "shown"),
    [
        (PATH, 25, PATH),
        (PATH, 24, "…/log/shop/audit.jsonl"),
        (PATH, 13, "…/audit.jsonl"),
        (PATH, 12, "audit.jsonl"),
        (PATH, 8, "audit.j…"),
        ("app.py --out /tmp/x", 10, "app.py --…"),
        ("漢字漢字", 5, "漢字…"),
    ],
)
def test_a_path_is_cut_between_its_folders(name: str, room: int, shown: str) -> None:
    assert shortened(name, room) == shown
