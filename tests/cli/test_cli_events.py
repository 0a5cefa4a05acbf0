"""`otel-audit events` shows the catalogue."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from otel_audit import events
from otel_audit.cli import main
from otel_audit.cli.event_facts import facts, mentions
from otel_audit.cli.samples import samples
from otel_audit.plan import build_plan
from otel_audit.settings import Settings

Capture = pytest.CaptureFixture[str]


def test_json_lists_every_event(capsys: Capture) -> None:
    assert main(["events", "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert found.keys() == events.CATALOGUE.keys()
    assert found["socket.connect"]["group"] == "network"
    assert found["socket.connect"]["arguments"] == ["self", "address"]
    assert all(row["arguments"] == [arg.name for arg in events.CATALOGUE[name].args] for name, row in found.items())


def test_json_carries_all_that_the_text_shows(capsys: Capture) -> None:
    assert main(["events", "telnetlib.Telnet.open", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["since"], row["until"], row["platforms"]) == ("3.8", "3.12", "all")
    assert row["types"]["server.port"] == "int"
    assert row["page"] == "docs/events/network.md#telnetlibtelnetopen"
    assert row["sample"]["record"]["event"] == "python.audit.telnetlib.Telnet.open"
    assert row["sample"]["synthetic"] is False
    assert row["selectors"][:2] == ["telnetlib.Telnet.open", "network"]


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("network", events.GROUPS["network"]),
        ("security", events.SECURITY),
        ("default", events.DEFAULT.keys()),
        ("sqlite3.*", {name for name in events.CATALOGUE if name.startswith("sqlite3.")}),
        ("open", {"open"}),
    ],
)
def test_a_selector_narrows_it(selector: str, names: set[str], capsys: Capture) -> None:
    assert main(["events", selector, "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == set(names)


def test_table_has_a_row_for_each(capsys: Capture) -> None:
    assert main(["events", "serialization"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["EVENT", "GROUP", "DEFAULT", "FREQUENCY", "SEVERITY", "MEANING"]
    assert [row.split()[0] for row in rows] == sorted(events.GROUPS["serialization"])


def test_a_narrow_terminal_gets_the_meaning_below(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["events"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["EVENT", "GROUP", "DEFAULT", "SEVERITY"]
    assert [line.split()[0] for line in lines[1:] if not line.startswith(" ")] == [
        row.name for row in sorted(events.CATALOGUE.values(), key=lambda row: (row.group, row.name))
    ]
    said = " ".join(" ".join(lines).split())
    assert all(row.meaning in said for row in events.CATALOGUE.values())


def test_one_event_in_detail(capsys: Capture) -> None:
    assert main(["events", "subprocess.Popen"]) == 0
    out = capsys.readouterr().out
    said = " ".join(out.split())
    assert events.CATALOGUE["subprocess.Popen"].meaning in said
    assert "process.command_args (string[])" in said
    assert "CPython 3.8 and later, all platforms" in said
    assert "OTEL_PYTHON_AUDIT_SAMPLING=subprocess.Popen=100/s" in out.splitlines()
    record: dict[str, Any] = json.loads(out[out.index("  {\n") : out.index("\n  }\n") + 4])
    assert record == samples()["subprocess.Popen"].record
    assert str(record["message"]) in said


@pytest.mark.parametrize("name", sorted(events.CATALOGUE))
def test_a_detail_fits_a_terminal(name: str, capsys: Capture) -> None:
    assert main(["events", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    # A line of JSON cannot be wrapped and stay JSON; nor can a variable that is to be pasted.
    assert max(len(line) for line in lines if not line.startswith(("    ", "OTEL_"))) <= 80


@pytest.mark.parametrize("name", sorted(events.CATALOGUE))
def test_suggested_settings_are_accepted(name: str) -> None:
    for line, _ in facts(name).settings():
        variable, _, value = line.partition("=")
        settings = Settings(**{variable.removeprefix("OTEL_PYTHON_AUDIT_").lower(): value})
        (planned,) = (event for event in build_plan(settings).events if event.name == name)
        if "SAMPLING" in variable:
            assert str(planned.rule) in line
        else:
            assert planned.selected == ("INCLUDE" in variable)


@pytest.mark.parametrize("name", sorted(events.CATALOGUE))
def test_what_a_sample_shows_is_explained(name: str) -> None:
    known = facts(name)
    assert known.sample is not None
    assert all(key in known.keys for key in _attributes(name))


def _attributes(name: str) -> list[str]:
    from otel_audit.cli.samples import attributes

    return [key for key in attributes(samples()[name].record) if not key.endswith("_arguments")]


def test_a_key_has_one_type_in_all_events() -> None:
    types: dict[str, set[str]] = {}
    for name in events.CATALOGUE:
        for key, kind in facts(name).keys.items():
            types.setdefault(key, set()).add(kind)
    assert {key: kinds for key, kinds in types.items() if len(kinds) > 1} == {}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("getaddrinfo", "socket.getaddrinfo"),  # its name
        ("SQLite extension", "sqlite3.load_extension"),  # its meaning, in any case
        ("onerror", "os.walk"),  # an argument
        ("dns.question.name", "socket.gethostbyname"),  # an attribute
        ("file.path xattr", "os.setxattr"),  # both words
    ],
)
def test_search_looks_everywhere(words: str, name: str, capsys: Capture) -> None:
    assert main(["events", "--search", words, "--json"]) == 0
    found = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert name in found
    assert len(found) < len(events.CATALOGUE)
    assert all(mentions(each, words) for each in found)


def test_search_stays_within_a_selection(capsys: Capture) -> None:
    assert main(["events", "dns", "--search", "port", "--json"]) == 0
    assert {row["group"] for row in json.loads(capsys.readouterr().out)} == {"dns"}


def test_a_search_in_vain_is_said(capsys: Capture) -> None:
    assert main(["events", "--search", "unicorn"]) == 1
    assert capsys.readouterr().err == "otel-audit: --search unicorn: no event mentions it\n"


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("socket.conect", "socket.connect"), ("netwrok", "network"), ("SOCKET.CONNECT", "socket.connect")],
)
def test_an_unknown_name_suggests_the_nearest(wrong: str, near: str, capsys: Capture) -> None:
    assert main(["events", wrong]) == 1
    first = capsys.readouterr().err.splitlines()[0]
    assert first == f"otel-audit: {wrong}: expected an event, a group or a glob that matches one (did you mean {near}?)"


def test_a_plain_word_says_what_a_search_would_find(capsys: Capture) -> None:
    assert main(["events", "sqlite"]) == 1
    _, found = capsys.readouterr().err.splitlines()
    assert found.startswith("otel-audit: 4 events by --search sqlite: sqlite3.connect, ")


@pytest.mark.parametrize(
    ("name", "said"), [("custom", "any sys.audit() name is recorded"), ("message", "names with white space")]
)
def test_what_is_not_catalogued_is_explained(name: str, said: str, capsys: Capture) -> None:
    assert main(["events", name]) == 1
    assert said in capsys.readouterr().err


def test_no_verb_explains_the_verbs(capsys: Capture) -> None:
    assert main([]) == 2
    out = capsys.readouterr().out
    assert all(f"  {verb} " in out for verb in ("run", "events", "doctor"))


def test_version(capsys: Capture) -> None:
    from otel_audit.scope import VERSION

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"otel-audit {VERSION}\n"
