"""The hook outlives everything: until the interpreter is gone it may neither crash nor speak."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Ran, run

RUNS = 100


@pytest.mark.parametrize("how", ["open", "closed"])
def test_an_event_from_a_finalizer_at_the_end_does_no_harm(core: str, how: str) -> None:
    found = run("capture/programs/finalizing.py", core, how)
    assert found.out == "deleted\n"
    assert found.err == ""


def test_daemon_threads_may_raise_events_while_the_interpreter_goes(core: str) -> None:
    def once(_: int) -> Ran:
        return run("capture/programs/finalizing.py", core, "threads", code=None, timeout=60)

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(once, range(RUNS)))
    assert {each.code for each in ended} == {0}
    assert {each.err for each in ended} == {""}
