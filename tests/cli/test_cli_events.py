"""`otel-audit events` shows the catalogue."""

from __future__ import annotations

import json

import pytest

from otel_audit import events
from otel_audit.cli import main
from otel_audit.cli.events import attribute_keys


def test_json_lists_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert found.keys() == events.CATALOGUE.keys()
    assert found["socket.connect"]["group"] == "network"
    assert found["socket.connect"]["arguments"] == ["self", "address"]
    assert all(row["arguments"] == [arg.name for arg in events.CATALOGUE[name].args] for name, row in found.items())


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
def test_a_selector_narrows_it(selector: str, names: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", selector, "--json"]) == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == set(names)


def test_table_has_a_row_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "serialization"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["EVENT", "GROUP", "DEFAULT", "FREQUENCY", "SEVERITY", "MEANING"]
    assert [row.split()[0] for row in rows] == sorted(events.GROUPS["serialization"])


def test_one_event_in_detail(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "subprocess.Popen"]) == 0
    out = capsys.readouterr().out
    assert "in the selector security" in out
    assert "process.command_args" in out
    assert events.CATALOGUE["subprocess.Popen"].meaning in out


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("socket.conect", "socket.connect"), ("netwrok", "network"), ("SOCKET.CONNECT", "socket.connect")],
)
def test_an_unknown_name_suggests_the_nearest(wrong: str, near: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", wrong]) == 1
    assert capsys.readouterr().err == (
        f"otel-audit: {wrong}: expected an event, a group or a glob that matches one (did you mean {near}?)\n"
    )


def test_custom_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["events", "custom"]) == 1
    assert "any sys.audit() name is recorded" in capsys.readouterr().err


def test_every_decoder_tells_its_keys() -> None:
    """A key that no decoder makes would send people looking for it."""
    decoded = [arg for row in events.CATALOGUE.values() for arg in row.args if arg.decode is not None]
    assert decoded
    assert all(key and not key.startswith("python.audit.arg.address") for arg in decoded for key in attribute_keys(arg))


def test_no_verb_explains_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out = capsys.readouterr().out
    assert all(f"  {verb} " in out for verb in ("run", "events", "doctor"))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from otel_audit.scope import VERSION

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"otel-audit {VERSION}\n"
