"""Every event of CPython's list, fired for real on this interpreter through both cores (tools/fire)."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from otel_audit import semconv
from otel_audit.cli.samples import attributes
from otel_audit.events import CATALOGUE
from tests.conftest import CORES, ROOT, environment
from tools.fire import verified
from tools.fire.expected import EXPECTED
from tools.fire.judge import disagreements, faults, type_name, unsaid
from tools.fire.report import keys
from tools.fire.result import VERSION, Firing
from tools.fire.samples import load
from tools.fire.synthetic import REALISTIC, arguments
from tools.fire.triggers import TRIGGERS

TABLE = ROOT / "tests" / "data" / "audit_events.csv"
ROWS = {row["event"]: row for row in csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines())}
FIRED_HERE = f"fired_3_{sys.version_info[1]}"
ENDS = ("cpython.PyInterpreterState_Clear", "python")
"""A Python hook hears the end of its own interpreter only, when no record can be kept."""
LAST = "cpython._PySys_ClearAuditHooks"
Found = Mapping[tuple[str, str], Firing]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What the tool saw."""
    output = tmp_path_factory.mktemp("fire") / "found.json"
    done = subprocess.run(
        [sys.executable, "-m", "tools.fire", "--output", str(output)],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    firings = [Firing(**each) for each in json.loads(output.read_text(encoding="utf-8"))["firings"]]
    problems = [(each.event, each.core, each.problems) for each in firings if each.problems]
    assert (done.returncode, problems, done.stderr) == (0, [], "")
    return {(each.event, each.core): each for each in firings}


def ways(row: Mapping[str, str], core: str) -> set[str]:
    """What the list of events says may become of one here."""
    fired = row.get(FIRED_HERE, "")
    if row["event"] == LAST:
        return {"core only" if core == "c" else "synthetic"}
    if (row["event"], core) == ENDS:
        return {"core only"}
    known = {"yes": {"fired"}, "yes(rebuilt)": {"fired", "synthetic"}, "absent": {"absent"}}
    return known.get(fired, {"synthetic", "absent"} if row["trigger"].startswith("none") else {"fired", "absent"})


@pytest.mark.parametrize("name", sorted(ROWS))
def test_event_is_fired_as_the_list_says(name: str, core: str, found: Found) -> None:
    firing = found[name, core]
    if not firing.note.startswith("not proven"):
        assert firing.how in ways(ROWS[name], core)
    assert firing.lines
    for line in firing.lines:
        assert line[semconv.AUDIT_EVENT] == name
        assert line[semconv.AUDIT_GROUP] == CATALOGUE[name].group


def test_nothing_else_is_fired(found: Found) -> None:
    assert {name for name, _ in found} == set(ROWS) == set(CATALOGUE)


def test_records_of_triggers_carry_their_trace(found: Found) -> None:
    for trigger in TRIGGERS.values():
        for name, core in ((name, core) for name in trigger.events for core in CORES):
            firing = found[name, core]
            if firing.how == "fired" and name != ENDS[0]:  # that one happens in another interpreter
                assert "trace_id" in firing.lines[0], name


def test_the_list_of_what_was_verified_is_current(found: Found) -> None:
    """Its class and attributes; a build or machine may differ in what it can raise, but only there."""
    written = verified.load().get(VERSION)
    if written is None:
        pytest.skip(f"docs/events/verified.json has no {VERSION}")
    assert written.keys() == {name for name, _ in found}
    for name, way in written.items():
        here = [found[name, core] for core in CORES]
        if way["c"] == here[0].how:
            assert way["attributes"] == keys(here), name


def test_samples_are_current(found: Found) -> None:
    for name, sample in load().items():
        firing = found[name, "c"]
        if sample["python"] == VERSION and sample["synthetic"] == (firing.how != "fired"):
            assert _shape(sample["record"]) == _shape(firing.lines[0]), name


def _shape(line: Mapping[str, Any]) -> dict[str, str]:
    return {key: type_name(value) for key, value in line.items()}


def test_every_event_has_a_sample() -> None:
    assert load().keys() == CATALOGUE.keys()


def test_a_sample_is_whole_and_says_nothing_of_the_machine_that_made_it() -> None:
    text = json.dumps(load())
    assert str(Path.home()) not in text
    assert "/tmp/" not in text
    for name, sample in load().items():
        record = sample["record"]
        assert list(faults(name, record)) in ([], [f"{key}={record[key]}" for key in record if (name, key) in EXPECTED])
        assert list(unsaid(name, record)) == []


def test_documented_types_are_all_fed() -> None:
    assert [set_[2] for set_ in arguments("winreg.SetValue")[:1]] == [1]
    assert {type(each[3]) for each in arguments("winreg.SetValue")} >= {str, int, bytes, list, type(None)}
    assert all(len(arguments(name)) >= 1 for name in REALISTIC)


def _line(name: str, **changes: Any) -> dict[str, Any]:
    record: dict[str, Any] = load()[name]["record"]
    return {**record, **changes}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({semconv.AUDIT_ARGS: "1, 2"}, "the generic decoder made it"),
        ({semconv.AUDIT_MISSING_ARGUMENTS: 1}, "python.audit.missing_arguments=1"),
        ({semconv.AUDIT_EXTRA_ARGUMENTS: 2}, "python.audit.extra_arguments=2"),
        ({semconv.AUDIT_GROUP: "custom"}, "its group is custom, the row says filesystem"),
        ({"python.audit.arg.path.type": "object"}, "python.audit.arg.path.type=object"),
    ],
)
def test_the_judge_sees_a_fault(changes: dict[str, Any], fault: str) -> None:
    assert list(faults("open", _line("open"))) == []
    assert list(faults("open", _line("open", **changes))) == [fault]


def test_the_judge_sees_an_event_without_a_row() -> None:
    assert list(faults("open.sesame", _line("open"))) == ["it has no row"]


def test_the_judge_sees_a_message_that_says_nothing() -> None:
    line = _line("os.mkdir", message="os.mkdir file.path=uploads file.mode=0750")
    assert attributes(line) == {"file.path": "uploads", "file.mode": "0750"}
    assert len(list(unsaid("os.mkdir", line))) == 1


def test_the_judge_sees_cores_that_differ() -> None:
    one = Firing("os.mkdir", "c", "fired", (_line("os.mkdir"),))
    assert list(disagreements(one, one._replace(core="python"))) == []
    other = Firing("os.mkdir", "python", "fired", (_line("os.mkdir", **{"file.mode": "0700"}),))
    assert list(disagreements(one, other)) == ["file.mode: c says '0750', python '0700'"]
    assert len(list(disagreements(one, other._replace(lines=())))) == 1


def test_an_unknown_selector_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.fire", "no.such.event"],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "fire: no.such.event: no such event\n")
