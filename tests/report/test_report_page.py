"""The page: whole, without any request, and inert whatever the program called things."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from itertools import pairwise
from typing import Any

import pytest

from otel_audit.bridge_health import Health, Status
from otel_audit.model import Counts
from otel_audit.redaction import Redactor
from otel_audit.report import Facts, Report
from otel_audit.report.facts import redacted_command
from otel_audit.report.page import duration, render
from otel_audit.visible import visible
from tests.report.pages import PLOTLY, SPAN, TRACE, Page, described, facts, span

HOSTILE = (
    "</script><script>document.documentElement.dataset.hacked=1</script>",
    '<img src=x onerror="document.documentElement.dataset.hacked=1">',
    '"><svg onload=document.documentElement.dataset.hacked=1>',
    "' onmouseover='document.documentElement.dataset.hacked=1",
    "<!--<script>",
    "]]>&lt;script&gt;",
    "$script ${data} $$",
    "__proto__",
    "javascript:document.documentElement.dataset.hacked=1",
    '<a href="javascript:document.documentElement.dataset.hacked=1">x</a>',
    "line\u2028sep\u2029\x00\x1b[2J\u202egnp.exe",
)


def page(report: Report, known: Facts, plotly: str = PLOTLY) -> Page:
    report.end()
    found = Page(render(report, known, plotly))
    assert found.whole
    return found


def run(**changes: Any) -> tuple[Report, Facts]:
    """A request that opened a file and connected, and a file outside of it."""
    report = Report()
    span(report, "GET /", 100, 180)
    at = report.start_ns
    report.emit(
        described(
            time_ns=at + 110_000_000, trace=TRACE, span=SPAN, file_path="/etc/x", python_audit_arg_open__flags=["read"]
        )
    )
    report.emit(
        described("socket.connect", "network", time_ns=at + 120_000_000, trace=TRACE, span=SPAN, count=2,
                  network_peer_address="10.0.0.5", network_peer_port=80)
    )  # fmt: skip
    report.emit(described(time_ns=at + 5_000_000, file_path="/var/y", python_audit_arg_open__flags=["write", "create"]))
    events = [
        ("open", "filesystem", Counts(7, 2, 4, 1, 0, 0, 0)),
        ("socket.connect", "network", Counts(2, 1, 0, 0, 1, 0, 0)),
    ]
    return report, facts(report, events, **changes)


def hostile() -> tuple[Report, Facts]:
    """Everything a program may name, named by somebody who means it."""
    report = Report()
    events = []
    for number, text in enumerate(HOSTILE, 1):
        span(report, text, number, number + 5, span_id=number, trace_id=number)
        events.append((text, text, Counts(1, 1, 0, 0, 0, 0, 0)))
        time_ns = report.start_ns + number * 1_000_000
        shared: dict[str, Any] = {
            "time_ns": time_ns,
            "trace": number,
            "span": number,
            "message": text,
            "thread_name": text,
        }
        report.emit(described(text, text, **{f"{text}_key": text, **shared}))
        report.emit(described("open", "filesystem", file_path=text, **shared))
        report.emit(described("subprocess.Popen", "process", process_command__args=[text, text], **shared))
        report.emit(described("socket.connect", "network", network_peer_address=text, network_peer_port=text, **shared))
        report.emit(described("sqlite3.connect", "database", db_namespace=text, db_system_name=text, **shared))
    health = Health(Status("closed", HOSTILE[0], "c"), 5, {"kept": 5}, {HOSTILE[0]: 1}, {HOSTILE[1]: {HOSTILE[2]: 3}},
                    notes=HOSTILE)  # fmt: skip
    return report, facts(report, events, command=HOSTILE[0], directory=HOSTILE[1], ending=HOSTILE[2], health=health)


def test_the_head_says_what_ran_and_how_it_ended() -> None:
    found = page(*run())
    said = found.said
    assert said[said.index("What the program did") + 1] == "python app.py"
    for name, value in {"Ran for": "2.000 s", "Ended": "normally", "Directory": "/srv", "Process": "4711"}.items():
        assert said[said.index(name) + 1] == value
    for name, value in {"Events seen": "9", "Kept": "3", "Only counted": "6", "Lost": "0", "Traces": "1"}.items():
        assert said[said.index(name) + 1] == value


def test_tables_count_by_subject_and_by_request() -> None:
    found = page(*run())
    assert [cell.split() for cell in found.row("Outbound peers", "10.0.0.5:80")] == [
        ["10.0.0.5:80"], ["2"], ["socket.connect", "2"], ["GET", "/", "2"], ["120", "ms"],
    ]  # fmt: skip
    (read,) = found.rows("Opened to read, or listed")
    assert [cell.strip() for cell in read] == ["/etc/x", "1", "open for read 1", "GET / 1", "110 ms"]
    (written,) = found.rows("Written, made, changed or removed")
    assert [cell.strip() for cell in written[:4]] == ["/var/y", "1", "open for write/create 1", "outside of requests 1"]


def test_events_have_their_exact_counters_without_empty_columns() -> None:
    found = page(*run())
    assert found.tables["Events by name"] == [
        ["Event", "Group", "Seen", "Kept", "Sampled out", "Rate limited", "Merged"],
        ["open", "filesystem", "7", "2", "4", "1", "0"],
        ["socket.connect", "network", "2", "1", "0", "0", "1"],
    ]


def test_every_event_is_in_the_accounting() -> None:
    report, known = run()
    health = Health(
        Status("closed", "", "c"), 9, known.health.outcomes, {"reentrant": 1},
        {"logs": {"kept": 3, "delivered": 2, "export_failed": 1}, "report": {"kept": 5, "delivered": 3}},
        suppressed=12, queue={"size": 640}, notes=("a note",),
    )  # fmt: skip
    found = page(report, facts(report, known.events, health=health, forks=3))
    outcomes = {row[0]: row[1] for row in found.rows("Outcomes")}
    assert outcomes == {
        "kept": "3", "sampled out": "4", "rate limited": "1", "merged": "1", "counted": "0", "dropped": "0",
        "dropped: reentrant": "1", "seen": "9",
    }  # fmt: skip
    assert [row[:3] for row in found.rows("Destinations")] == [
        ["logs", "kept", "3"], ["logs", "delivered", "2"], ["logs", "export failed", "1"],
        ["report", "kept", "5"], ["report", "delivered", "3"], ["report", "waiting", "2"],
    ]  # fmt: skip
    assert all(row[3] for row in found.rows("Destinations"))
    said = " ".join(found.said)
    for line in (
        "2 did not get to at least one of their destinations; 2 were still waiting at the end",
        "and 2 not flushed in time",
        "Not flushed in time: 2 events",
        "Forked children, 3 of them",
        "12 events of the bridge itself",
        "A note.",
        "5 events were left out by samplers or rate limits",
        "--sampling open=all keeps them.",
    ):
        assert line in said
    assert "Not shown here" not in said
    assert "--ring-size" not in said


def test_a_full_ring_is_lost_once_however_many_destinations_it_has() -> None:
    account = {"kept": 100, "queue_full": 60, "delivered": 40}
    health = Health(
        Status("closed", "", "c"), 100, {"kept": 100}, {}, dict.fromkeys(("logs", "summary", "report"), account),
        queue={"capacity": 65_536},
    )  # fmt: skip
    report = Report()
    said = page(report, facts(report, health=health)).said
    assert said[said.index("Lost") + 1 : said.index("Lost") + 3] == ["60", "missed by at least one destination"]
    assert said[said.index("Kept") + 1 : said.index("Kept") + 3] == ["100", "to be, before what was lost"]
    assert any(line.startswith("Lost: 60 found no room in the ring: --ring-size 262144 or ") for line in said)


def test_a_table_of_what_was_only_counted_says_so_and_how_to_keep_it() -> None:
    report = Report()
    events = [
        ("open", "filesystem", Counts(3, 0, 3, 0, 0, 0, 0)),
        ("os.mkdir", "filesystem", Counts(1, 0, 0, 1, 0, 0, 0)),
    ]
    known = facts(report, events, rules={"open": "in-trace", "os.mkdir": "100/s"})
    said = " ".join(page(report, known).said)
    assert "None was kept: 3 open, 1 os.mkdir events were only counted (sampled: in-trace)." in said
    assert "None was kept: 3 open events were only counted (sampled: in-trace). --sampling open=all keeps them." in said
    assert "No file was changed." not in said
    assert "No file was opened to read." not in said
    assert "No socket was bound." in said


def test_a_table_is_selected_by_its_own_events_and_not_by_others_of_their_group() -> None:
    report = Report()
    known = facts(report, selected=frozenset({"ensurepip.bootstrap", "ctypes.dlopen"}), include="default,native")
    said = " ".join(page(report, known).said)
    assert "No import was recorded. Not selected: import ; --include default,native,imports records it." in said
    assert "No native library was loaded. Not selected: import ; --include default,native,imports records them" in said
    excluded = " ".join(page(report, facts(report, selected=frozenset(), include="")).said)
    assert "Not selected: import ; --include and --exclude decide." in excluded


def test_records_and_spans_are_what_the_script_draws() -> None:
    data = page(*run()).data
    trace, span_id = f"{TRACE:032x}", f"{SPAN:016x}"
    assert [row[:3] for row in data["records"]] == [
        [110_000_000, "open", "filesystem"],
        [120_000_000, "socket.connect", "network"],
        [5_000_000, "open", "filesystem"],
    ]
    assert data["spans"] == [[trace, span_id, "", 1, "GET /", 100_000_000, 180_000_000]]
    assert data["requests"] == {trace: "GET /"}
    assert data["activity"]["width_ns"] == 10_000_000
    assert {group: sum(counts) for group, counts in data["activity"]["groups"].items()} == {
        "filesystem": 2,
        "network": 2,
    }
    assert data["gap"] is None


def test_nothing_is_loaded_from_anywhere_and_only_our_scripts_may_run() -> None:
    found = page(*run())
    sources = [
        known[name] for _, known in found.tags for name in ("src", "href", "action", "srcset", "data") if name in known
    ]
    assert [source for source in sources if not (source or "").startswith("#")] == []
    assert not [known for _, known in found.tags if any(name.startswith("on") for name in known)]
    assert "url(" not in found.text.partition("</style>")[0]
    policy = found.policy
    assert policy.pop("script-src") == [
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in (found.program, found.plotly)
    ]
    assert policy == {
        "default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "img-src": ["data:", "blob:"],
        "connect-src": ["'none'"], "base-uri": ["'none'"], "form-action": ["'none'"],
    }  # fmt: skip
    before = found.text[: found.text.index("Content-Security-Policy")]
    assert "<script" not in before
    assert "<style" not in before


def test_hostile_names_stay_text() -> None:
    found = page(*hostile())
    mild = page(*run())
    assert [known for known, _ in found.scripts] == [known for known, _ in mild.scripts]
    tags = {tag for tag, _ in found.tags}
    assert not tags & {"img", "svg", "iframe", "object"}
    assert {known["href"] for tag, known in found.tags if tag == "a"} == {
        known["href"] for tag, known in mild.tags if tag == "a"
    }
    assert not [known for _, known in found.tags if any(name.startswith("on") for name in known)]
    assert [row[0] for row in found.rows("Events by name")] == sorted(
        map(shown, HOSTILE), key=HOSTILE_ORDER.__getitem__
    )
    data = found.data
    assert {row[4] for row in data["records"]} == set(map(visible, HOSTILE))
    assert [span[4] for span in data["spans"]] == list(map(visible, HOSTILE))
    commands = {row[0] for row in found.rows("Started or signalled")}
    assert commands == {shown(shlex.join([text, text])) for text in HOSTILE}


def shown(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)


HOSTILE_ORDER = {shown(text): at for at, text in enumerate(sorted(HOSTILE))}


def test_the_script_block_holds_no_tag_whatever_the_records_say() -> None:
    found = page(*hostile())
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', found.text, re.DOTALL)
    assert "<" not in block
    assert "\x00" not in found.text


def test_names_of_spans_are_redacted_once_and_everywhere() -> None:
    report = Report()
    span(report, "GET /?token=hunter2", 0, 5)
    report.emit(described("socket.connect", "network", trace=TRACE, span=SPAN, network_peer_address="10.0.0.5"))
    asked: list[str] = []

    def redact(text: str) -> str:
        asked.append(text)
        return text.replace("hunter2", "[redacted]")

    found = page(report, facts(report, redact=redact))
    assert "hunter2" not in found.text
    assert found.data["spans"][0][4] == "GET /?token=[redacted]"
    assert "GET /?token=[redacted] 1" in found.row("Outbound peers", "10.0.0.5")[3]
    assert asked == ["GET /?token=hunter2"]


def test_the_command_is_redacted_like_one_that_was_started() -> None:
    words = ["python", "app.py", "--password", "hunter2", "--name=a b", "postgres://u:hunter2@db/x", "ada@example.com"]
    command, directory = redacted_command(words, "/srv/app", Redactor())
    assert "hunter2" not in command
    assert "ada@example.com" not in command
    assert shlex.split(command)[:3] == ["python", "app.py", "--password"]
    assert "'--name=a b'" in command
    assert directory == "/srv/app"


def test_strict_redaction_hashes_the_directory() -> None:
    command, directory = redacted_command(["python", "/srv/app/x.py"], "/srv/app", Redactor("strict", b"k" * 16))
    assert "/srv" not in command + directory
    assert "[hashed:" in directory


@pytest.mark.parametrize("selected", [frozenset[str](), frozenset({"socket.connect", "import"})])
def test_an_empty_run_says_so(selected: frozenset[str]) -> None:
    report = Report()
    found = page(report, facts(report, selected=selected))
    said = " ".join(found.said)
    assert "No event was seen." in said
    assert "No outbound connection was recorded." in said
    assert ("--include default,imports" in said) == ("import" not in selected)
    assert found.data["records"] == []
    assert found.data["spans"] == []


def test_what_is_between_the_first_and_the_last_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_audit.report.rows.MAX_RECORDS", 4)
    report = Report()
    for number in range(10):
        report.emit(described(time_ns=report.start_ns + number, file_path="/x"))
    found = page(report, facts(report))
    assert "Not shown here: 6 records over the report's bound" in " ".join(found.said)
    assert [row[0] for row in found.data["records"]] == [0, 1, 8, 9]
    assert (found.data["gap"], found.data["left_out"]) == (2, 6)
    assert found.row("Opened to read, or listed", "/x")[1] == "10"


def test_every_section_of_the_navigation_exists_and_headings_go_down_by_one() -> None:
    found = page(*run())
    ids = {known["id"] for _, known in found.tags if "id" in known}
    assert {(known["href"] or "")[1:] for tag, known in found.tags if tag == "a"} <= ids
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_each_id_the_script_asks_for_is_there_once() -> None:
    found = page(*run())
    ids = [known["id"] for _, known in found.tags if "id" in known]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'byId\("([a-z-]+)"\)', found.program)) <= set(ids)


@pytest.mark.parametrize(
    ("ns", "expected"),
    [
        (0, "0 ms"),
        (250_000, "0.25 ms"),
        (120_000_000, "120 ms"),
        (1_250_000_000, "1.250 s"),
        (125_000_000_000, "2 min 5 s"),
        (10_800_000_000_000, "3 h 0 min"),
    ],
)
def test_durations_are_said_in_units_people_use(ns: int, expected: str) -> None:
    assert duration(ns) == expected
