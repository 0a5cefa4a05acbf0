"""Other audit hooks, in Python and in C, before ours and after: what they do goes on, and ours sees what it can see."""

from __future__ import annotations

import subprocess
import sysconfig

import pytest

from tests_compat.rows import add
from tests_compat.tools.conftest import PROGRAMS, Bench

EVENTS = 100
"""Of each kind, as in programs/hooks.py."""
RAISED = {("python", "veto"): "PermissionError", ("python", "raise"): "Refused"} | {
    ("c", "veto"): "PermissionError",
    ("c", "raise"): "ArithmeticError",
}


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A hook in C."""
    target = tmp_path_factory.mktemp("veto") / "veto.so"
    include = sysconfig.get_paths()["include"]
    source = str(PROGRAMS / "veto.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", f"-I{include}", source, "-o", str(target)], check=True)
    return str(target)


@pytest.fixture(params=["python", "c"])
def kind(request: pytest.FixtureRequest) -> str:
    """What the other hook is written in."""
    return str(request.param)


@pytest.fixture(params=["before", "after"])
def when(request: pytest.FixtureRequest) -> str:
    """Whether the other hook is there before ours, or comes later."""
    return str(request.param)


def first(core: str, kind: str, when: str) -> bool:
    """Whether ours is asked first: hooks in C come before those in Python, and else in the order they were added."""
    return (core == "c" and kind == "python") or (core == kind and when == "after")


@pytest.mark.parametrize("what", ["veto", "raise"])
def test_what_another_hook_refuses_stays_refused(bench: Bench, library: str, kind: str, when: str, what: str) -> None:
    other = library if kind == "c" else kind
    ended = bench.instrumented(str(PROGRAMS / "hooks.py"), when, other, what, env=late(when))
    assert ended.said == {"state": "armed", "met": {RAISED[kind, what]: EVENTS}}
    assert "otel-audit" not in ended.err
    seen = EVENTS if first(bench.core, kind, when) else 0
    assert len(bench.arrived("tools.refused")) == bench.counted("tools.refused") == seen
    ours = "ours asked first: refused attempts are recorded" if seen else "asked first: what it refuses is not seen"
    bench.row(f"audit hook in {kind.title()}, {what}", f"added {when} ours", EVENTS, ours)


def test_a_slow_hook_slows_its_events_and_nothing_of_ours(bench: Bench, library: str, kind: str) -> None:
    other = library if kind == "c" else kind
    ended = bench.instrumented(str(PROGRAMS / "hooks.py"), "before", other, "slow", env=late("before"))
    assert ended.said == {"state": "armed", "met": {"nothing": EVENTS}}
    bench.row(f"audit hook in {kind.title()}, 2 ms per event", "added before ours", EVENTS)


def late(when: str) -> dict[str, str]:
    """Variables that keep `opentelemetry-instrument` from arming first, where the other hook is to be first."""
    return {"OTEL_PYTHON_AUDIT_ENABLED": "false"} if when == "before" else {}


@pytest.mark.parametrize("error", ["RuntimeError", "PermissionError"])
def test_a_hook_that_refuses_others_keeps_the_bridge_off_in_one_line(bench: Bench, library: str, error: str) -> None:
    ended = bench.run(*plain("python"), error)
    refused_in_one_line(ended.err)
    assert ended.said["state"] == "refused"
    add("tools", "audit hook that refuses others", error, 0, 0, 0, 0, "the bridge stays off", core=bench.core)


def test_a_hook_in_c_that_refuses_others(bench: Bench, library: str) -> None:
    ended = bench.run(*plain(library))
    refused_in_one_line(ended.err)
    assert ended.said["state"] == "refused"


def plain(kind: str) -> tuple[str, ...]:
    """Without `opentelemetry-instrument`, which would arm first."""
    return ("python", str(PROGRAMS / "refusing.py"), kind)


def refused_in_one_line(printed: str) -> None:
    lines = printed.splitlines()
    assert len(lines) == 1, printed
    assert lines[0].startswith("otel-audit: ")
    assert lines[0].endswith("; the bridge is off")
