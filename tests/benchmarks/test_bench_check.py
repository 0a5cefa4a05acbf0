"""What fails CI: more instructions on a path of the hook, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import callgrind, check
from benchmarks.instructions import SPAN_ROWS
from benchmarks.subjects import EMPTY_C, SUBJECTS
from tests.conftest import ROOT

COUNTS = {EMPTY_C: 800.0, **dict.fromkeys(check.HOOK, 1800.0)}
COUNTS |= {"SDK alone: start": 800.0, "c: start": 1800.0}
COUNTS |= {"SDK alone: end, no audit events": 500.0, check.BARE_END: 600.0, "c: end, ten audit events": 1600.0}
PATH = "c: counted, in a span"


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The exit code of the check, where one path costs so much instead."""

    def ask(now: float, *arguments: str) -> int:
        found = check.changes(COUNTS, {**COUNTS, PATH: now})
        monkeypatch.setattr(check, "compare", lambda revision: found)
        monkeypatch.setattr(sys, "argv", ["check", *arguments])
        return check.main()

    return ask


def test_every_path_is_a_subject() -> None:
    assert set(check.ROWS) <= {*SUBJECTS, *SPAN_ROWS}
    assert set(check.HOOK) <= set(SUBJECTS)


@pytest.mark.parametrize(("now", "code"), [(1800.0, 0), (1850.0, 0), (1851.0, 1), (1300.0, 0)])
def test_more_than_five_percent_of_the_hooks_own_instructions_fail(
    now: float, code: int, answer: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(now) == code
    lines = capsys.readouterr().out.splitlines()
    assert [line[:21] for line in lines if line.endswith("<- more than 5 %")] == [PATH] * code


@pytest.mark.parametrize(("row", "floor"), [("c: start", "SDK alone: start"), (check.BARE_END, None)])
def test_a_span_may_differ_by_ten_percent_of_ours(row: str, floor: str | None) -> None:
    own = COUNTS[row] - COUNTS[floor or "SDK alone: end, no audit events"]

    def found(more: float) -> list[str]:
        changes = check.changes(COUNTS, {**COUNTS, row: COUNTS[row] + own * more})
        return [change.path for change in changes if change.regression]

    assert found(0.09) == []
    assert found(0.11) == [row]


def test_what_is_not_ours_counts_the_same_on_both_sides() -> None:
    changes = check.changes(COUNTS, {**COUNTS, "SDK alone: start": 600.0})
    [start] = [change for change in changes if change.path == "c: start"]
    assert (start.before, start.now) == (1200.0, 1200.0)


def test_a_path_that_was_not_counted_is_an_error() -> None:
    with pytest.raises(KeyError):
        check.changes(COUNTS, {EMPTY_C: 800.0})


def test_a_revision_that_is_not_there_is_said_with_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(check.CannotCompare):
        check.unpack("0" * 40, tmp_path / "reference")


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--required",), 1)])
def test_without_history_nothing_is_compared_and_one_line_says_so(
    arguments: tuple[str, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(check, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr(sys, "argv", ["check", *arguments])
    assert check.main() == code
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert out.startswith("bench-check: nothing was compared: ")
    assert "no git clone" in out


def test_what_is_compared_is_what_lies_there_without_what_was_built(tmp_path: Path) -> None:
    check.copy_here(tmp_path / "now")
    names = {path.name for path in (tmp_path / "now" / "src/otel_audit/capture").iterdir()}
    assert {"_core.c", "_hook.h", "_pyhook.py"} <= names
    assert not [name for name in names if name.endswith(".so")]


def test_the_instructions_of_an_event_are_the_difference_of_two_lengths() -> None:
    dumps = [
        f"desc: Trigger: Client Request: a path|{length}\nevents: Ir\nsummary: {500 + 70 * length + disturbed}\n"
        for length in callgrind.EVENTS
        for disturbed in (35, 0, 9000)
    ]
    others = [
        "desc: Trigger: Client Request: warm-up\nsummary: 9\n",
        "desc: Trigger: Program termination\nsummary: 0\n",
    ]
    half = ["desc: Trigger: Client Request: half|8\nsummary: 9\n"]
    assert callgrind.per_event([*others, *dumps, *half]) == {"a path": 70.0}


def test_counting_is_exact_and_repeats(tmp_path: Path) -> None:
    try:
        callgrind.build_extensions(tmp_path)
    except callgrind.Unavailable as missing:
        pytest.skip(str(missing))
    rows = ["no hook", EMPTY_C, "c: ignored", PATH]
    first, said = callgrind.run("benchmarks.instructions", [str(tmp_path), *rows], tmp_path)
    assert set(first) == set(rows), said
    assert first["no hook"] < first[EMPTY_C] < first["c: ignored"] < first[PATH]
    again, _ = callgrind.run("benchmarks.instructions", [str(tmp_path), *rows], tmp_path)
    for row in rows:
        assert again[row] == pytest.approx(first[row], rel=0.005)


def test_the_reference_is_a_revision() -> None:
    text = check.REFERENCE.read_text().split()
    assert len(text) == 1
    assert len(bytes.fromhex(text[0])) == 20
    if subprocess.run(["git", "-C", str(ROOT), "rev-parse"], capture_output=True, check=False).returncode == 0:
        shallow = subprocess.run(
            ["git", "-C", str(ROOT), "rev-parse", "--is-shallow-repository"], capture_output=True, check=True
        )
        if shallow.stdout.strip() == b"false":
            command = ["git", "-C", str(ROOT), "cat-file", "-e", f"{text[0]}^{{commit}}"]
            assert subprocess.run(command, capture_output=True, check=False).returncode == 0
