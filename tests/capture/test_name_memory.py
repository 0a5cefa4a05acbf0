"""Where a name lies says nothing about what it is: the text there may change, and so may the plan."""

from __future__ import annotations

from tests.conftest import Run

_START = """
import ctypes, json, sys
from tests.capture.programs.driver import row, start, unknown
core = start(sys.argv[1], row("app.e"), row("app.off", selected=False), others=unknown())
def seen():
    return {core.event_name(number): counts[0] for number, counts in core.counters() if number > 1}
"""


def test_names_that_lie_at_one_address_are_told_apart(run_python: Run, core: str) -> None:
    reused = """
buffer = ctypes.create_string_buffer(16)
audit = ctypes.pythonapi.PySys_Audit
for name in (b"app.e", b"app.off", b"app.ex", b"app", b"", b"app.e", b"app.f", b"app.off", b"app.e"):
    buffer.value = name
    audit(buffer, None)
found = seen()
print(json.dumps([found.get(name) for name in ("app.e", "app.off", "app.ex", "app", "", "app.f")]))
"""
    assert run_python(_START + reused, core).result == [3, None, 1, 1, 1, 1]


def test_one_that_is_added_takes_the_name_from_then_on(run_python: Run, core: str) -> None:
    added = """
def raised():
    sys.audit("app.e", 1)
    sys.audit("app.off", 1)
raised(), raised()
ids = [core.add("app.e", True, b"", 0, 0.0), core.add("app.off", True, b"", 0, 0.0)]
raised(), raised(), raised()
again = core.add("app.e", False, b"", 0, 0.0)
raised()
counts = dict(core.counters())
print(json.dumps([counts[2][0], [counts[number][0] for number in ids], again in counts]))
"""
    assert run_python(_START + added, core).result == [2, [3, 4], False]
