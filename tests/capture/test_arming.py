"""What a review of the cores found, and must not come back."""

from __future__ import annotations

from tests.conftest import Run

_DRIVE = """
import importlib, json, sys
from contextvars import ContextVar
core = importlib.import_module("otel_audit.capture." + {"c": "_core", "python": "_pycore"}[sys.argv[1]])
AUTO = bytes([11]) * 8
def configure(rule=0, value=0.0):
    events = (("other", True, AUTO, 2, 100.0), ("message", True, AUTO, 2, 100.0), ("app.e", True, AUTO, rule, value))
    core.configure(events, (True, (), (), (), 0, 0.0, AUTO, (), 0.0), (1, True, 65536, 64, ()))
"""


def test_a_hook_that_was_refused_stays_deaf(run_python: Run, core: str) -> None:
    veto = """
vetoing = True
def earlier(event, args):
    if vetoing and event == "otel_audit.armed":
        raise RuntimeError
sys.addaudithook(earlier)
configure()
refused = [core.arm(), core.arm()]
vetoing = False
armed = core.arm()
sys.audit("app.e", 1)
print(json.dumps([refused, armed, dict(core.counters())[2]]))
"""
    before_python_hooks = core == "c"  # where this veto comes too late
    assert run_python(_DRIVE + veto, core).result == [[before_python_hooks] * 2, True, [1, 1, 0, 0, 0, 0, 0]]


def test_a_span_that_is_none_is_no_span(run_python: Run, core: str) -> None:
    none = """
from otel_audit import wire
variable = ContextVar("context", default={"span": None})
configure()
core.bind_context(variable, "span", "suppress")
core.arm()
sys.audit("app.e", 1)
print(json.dumps([core.stats()["no_trace"], wire.decode(core.drain(1 << 16)).flags]))
"""
    assert run_python(_DRIVE + none, core).result == [0, 0]


def test_a_rate_below_one_in_a_lifetime_lets_one_pass(run_python: Run, core: str) -> None:
    rare = """
configure(rule=2, value=1e-12)
core.arm()
for number in range(5):
    sys.audit("app.e", number)
print(json.dumps(dict(core.counters())[2]))
"""
    assert run_python(_DRIVE + rare, core).result == [5, 1, 0, 4, 0, 0, 0]


def test_a_foreign_span_without_an_identity_builds_no_exception(run_python: Run) -> None:
    foreign = """
import gc
class Span: pass
configure()
core.bind_context(ContextVar("context", default={"span": Span()}), "span", "suppress")
core.arm()
gc.collect()
gc.disable()
before = gc.get_count()[0]
for _ in range(200):
    sys.audit("app.e")
print(json.dumps([gc.get_count()[0] - before < 50, core.stats()["no_trace"]]))
"""
    assert run_python(_DRIVE + foreign, "c").result == [True, 1]  # equal ones merge


def test_replaced_plans_keep_counting(run_python: Run, core: str) -> None:
    again = """
configure()
core.arm()
sys.audit("app.e", 1)
configure()
assert core.arm()
sys.audit("app.e", 2)
print(json.dumps([dict(core.counters())[2], len(core.drain(1 << 16)) > 0, core.stats()["ring_bytes"]]))
"""
    assert run_python(_DRIVE + again, core).result == [[1, 1, 0, 0, 0, 0, 0], True, 0]


def test_the_c_core_lives_in_the_main_interpreter(run_python: Run) -> None:
    elsewhere = """
import json, sys
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
legacy = interpreters.create("legacy") if sys.version_info >= (3, 13) else interpreters.create(isolated=False)
code = "try:\\n import otel_audit.capture._core\\nexcept ImportError: pass\\nelse: raise SystemExit('loaded')"
run = getattr(interpreters, "exec", None) or interpreters.run_string
refused = run(legacy, code) is None
import otel_audit.capture._core as core
print(json.dumps([refused, core.core_name]))
"""
    assert run_python(elsewhere).result == [True, "c"]
