"""Lines in, tables out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otel_audit.top.model import OUTSIDE, VIEWS, Model
from otel_audit.top.presentation import facts, lines, record_cells
from tests.top.streams import NOON, SHOP, TRACE, line, notice
from tests.top.test_top_record import HOSTILE


def model(*given: bytes, now: float = NOON + 0.5) -> Model:
    found = Model()
    found.take(given, now)
    return found


def counts(found: Model) -> dict[str, dict[str, int]]:
    return {view: {key: row.events for key, row in found.tables[view].rows.items()} for view in VIEWS}


def test_a_shop_is_counted_by_everything() -> None:
    found = model(*SHOP)
    assert (found.records, found.events) == (5, 7)
    assert counts(found) == {
        "events": {"sqlite3.connect": 1, "open": 4, "socket.connect": 1, "subprocess.Popen": 1},
        "traces": {TRACE: 3, OUTSIDE: 4},
        "peers": {"10.0.0.7:5432": 1},
        "processes": {"/usr/bin/git": 1},
        "files": {"/srv/shop/cart.html": 1, "/srv/shop/1.txt": 3},
    }
    assert found.tables["traces"].rows[TRACE].note == "/cart"
    assert found.tables["processes"].rows["/usr/bin/git"].note == "git fetch --all"
    assert found.tables["files"].rows["/srv/shop/1.txt"].names == {"open for write": 3}
    assert found.groups == {"database": 1, "filesystem": 4, "network": 1, "process": 1}
    assert found.history.last(NOON, 4) == [1, 4, 1, 1]


def test_an_address_that_is_bound_is_local_and_ipv6_has_brackets() -> None:
    bound = line("socket.bind", network__local__address="::", network__local__port=80)
    named = line("socket.getaddrinfo", dns__question__name="db.shop.test")
    host = line("http.client.connect", server__address="api.shop.test", server__port=443)
    assert list(model(bound, named, host).tables["peers"].rows) == [
        "local [::]:80",
        "db.shop.test",
        "api.shop.test:443",
    ]


def test_a_shell_line_is_a_program() -> None:
    row = model(line("os.system", process__command_line="git push")).tables["processes"].rows["git"]
    assert row.note == "git push"


def test_lines_that_are_no_records_are_counted_and_the_last_is_kept_fit_to_show() -> None:
    found = model(b"", b"  ", b"Traceback:", b"\x1b[31m[bold]\xff", *SHOP)
    assert (found.rejected.number, found.records) == (2, 5)
    assert found.rejected.text.isprintable()
    assert "2 lines were no records" in [fact.text for fact in facts(found, NOON)]


def test_notices_of_rate_limits_count_nowhere_but_among_the_limited() -> None:
    found = model(notice("open", "started", 5), notice("open", "stopped", 40), notice("open", "started", 2))
    assert (found.records, found.events, found.limited) == (0, 0, 42)
    assert counts(found)["events"] == {}
    assert [record.notice for _, record in found.last] == [True] * 3
    assert "42 more over a rate limit" in [fact.text for fact in facts(found, NOON)]


def test_the_rate_is_that_of_the_stream_and_falls_when_nothing_comes() -> None:
    found = model(*(line(at=NOON - 20 + at) for at in range(20)), now=NOON)
    assert found.rate(NOON) == 1.0
    assert found.rate(NOON + 5) == 0.5
    assert found.rate(NOON + 60) == 0


def test_the_last_records_are_bounded_by_number_and_by_bytes() -> None:
    few = Model(max_records=3)
    few.take((line(message=str(at)) for at in range(9)), NOON)
    assert [record.message for _, record in few.last] == ["6", "7", "8"]
    small = Model(max_bytes=4_000)
    small.take((line(message="x" * 500) for _ in range(50)), NOON)
    assert sum(len(record.line) for _, record in small.last) <= 4_000
    assert small.records == 50


def test_a_frozen_model_stands_still() -> None:
    found = model(*SHOP)
    frozen = found.frozen(NOON + 1)
    before = {view: lines(frozen, view, "events", NOON + 1) for view in VIEWS}
    found.take(SHOP, NOON + 30)
    assert {view: lines(frozen, view, "events", NOON + 99) for view in VIEWS} == before
    assert (frozen.events, len(frozen.last), found.events) == (7, 5, 14)


@given(st.lists(HOSTILE, max_size=20), st.integers(1, 3))
def test_whatever_comes_sums_are_exact_and_texts_can_be_shown(given: list[bytes], rows: int) -> None:
    found = Model(max_rows=rows, max_records=5)
    found.take(given, NOON)
    assert found.records + found.rejected.number + sum(1 for _, r in found.last if r.notice) <= len(given)
    assert len(found.last) <= 5
    for view in ("events", "traces"):
        table = found.tables[view]
        assert len(table.rows) <= rows
        assert sum(row.events for row in table.rows.values()) + table.other.events == found.events
    for view in VIEWS:
        for shown in lines(found, view, "rate", NOON):
            assert all(cell.isprintable() for cell in shown.cells)
    for _, record in found.last:
        assert all(cell.isprintable() for cell in record_cells(record))
