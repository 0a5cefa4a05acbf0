"""Events defined before and after the hook is armed, in code and in a file: recorded alike, by both cores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import Run

PROGRAM = """
import sys, threading
import otel_audit
from otel_audit import Argument

ARGUMENTS = (Argument("id", "shop.id"), Argument("card", redact="card"), Argument("n", capture="int"))
SAID = {"text": "order {id}", "severity": "warn"}
early = otel_audit.event("shop.early", *ARGUMENTS, **SAID)
otel_audit.install(
    core=sys.argv[1], include="shop.*", exclude="shop.never", sampling="shop.*=all", signals="none",
    log_stream=sys.argv[2], log_format="json", config_file=sys.argv[3],
)
sys.audit("shop.late", "o-0", "4111", 1)  # nobody described it yet
late = otel_audit.event("shop.late", *ARGUMENTS, **SAID)
never = otel_audit.event("shop.never", "id")
named = otel_audit.event("shop.named", "id")
for raise_event in (early, late):
    raise_event("o-1", "4111", n=2)
never("o-1")
named("o-1", )
sys.audit("shop.filed", "o-1", "4111")
assert otel_audit.flush()
"""
FILE = """
[[events]]
name = "shop.filed"
arguments = [{ name = "id", attribute = "shop.id" }, { name = "card", redact = "card" }]
[[events]]
name = "shop.named"
arguments = [{ name = "id", redact = "customer" }]
"""


def records(run_python: Run, core: str, directory: Path) -> list[dict[str, Any]]:
    log, file = directory / "audit.jsonl", directory / "audit.toml"
    file.write_text(FILE, encoding="utf-8")
    assert run_python(PROGRAM, core, str(log), str(file)).err == ""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_defined_early_late_and_in_a_file(run_python: Run, core: str, tmp_path: Path) -> None:
    found = records(run_python, core, tmp_path)
    told = [(line["python.audit.event"], line["level"], line["message"]) for line in found]
    assert told[1:3] == [("shop.early", "warn", "order o-1"), ("shop.late", "warn", "order o-1")]
    assert [name for name, _, _ in told] == ["shop.late", "shop.early", "shop.late", "shop.named", "shop.filed"]
    undescribed, early, late, named, filed = found
    assert undescribed["python.audit.args"] == "o-0, 4111, 1"
    for record in (early, late):
        assert (record["shop.id"], record["python.audit.arg.n"]) == ("o-1", 2)
    assert {line["python.audit.arg.card"] for line in (early, late, filed)} == {"[redacted:card]"}
    assert named["python.audit.arg.id"] == "[redacted:customer]"


FINALIZERS = """
import faulthandler, gc, sys, threading
import otel_audit

faulthandler.dump_traceback_later(60, exit=True)
otel_audit.install(
    core=sys.argv[1], include="app.*,late.*", flush_interval=20,
    signals="none", log_stream=sys.argv[2], log_format="json",
)
made = 0

class Late:
    def __init__(self):
        self.me = self

    def __del__(self):
        global made
        made += 1
        if made <= 150:
            otel_audit.event(f"late.x.n{made}", "id")

gc.set_threshold(40)  # finalizers run wherever memory is taken: in the background thread, while it makes a recipe, too
for number in range(300):
    for _ in range(3):
        Late()
    sys.audit(f"app.e{number}", number)
    if number % 10 == 0:
        threading.Event().wait(0.01)
    if number % 3 == 0:
        otel_audit.event(f"app.x.d{number}", "id")(number)
gc.collect()
for number in range(1, 151):
    sys.audit(f"late.x.n{number}", "kept")
assert otel_audit.flush(30)
print("true" if made > 150 else "false")
"""


def test_a_finalizer_may_define_events_wherever_it_runs(run_python: Run, core: str, tmp_path: Path) -> None:
    stream = tmp_path / "log"
    assert run_python(FINALIZERS, core, str(stream)).result is True
    lines = [json.loads(line) for line in stream.read_text().splitlines()]
    assert sum(line["python.audit.event"].startswith("app.e") for line in lines) == 300
    defined = [line for line in lines if line["python.audit.event"].startswith("app.x.d")]
    assert [line["python.audit.arg.id"] for line in defined] == [str(number) for number in range(0, 300, 3)]
    late = [line for line in lines if line["python.audit.event"].startswith("late.")]
    assert [line["python.audit.arg.id"] for line in late] == ["kept"] * 150
