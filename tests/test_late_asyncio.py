"""The bridge starts before the application has imported asyncio."""

from __future__ import annotations

from tests.conftest import Run

PROGRAM = """
import json, os, sys, asyncio
import otel_audit
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider())
late = sys.modules.pop("_asyncio")  # OpenTelemetry imported it
stream, sleepy = sys.argv[2], "3600000"
otel_audit.install(core=sys.argv[1], include="os.listdir", signals="none", log_stream=stream, flush_interval=sleepy)
otel_audit.flush(30)  # past the first turn, which looks too

async def work(path):
    os.listdir(path)

asyncio.run(work("/"))
sys.modules["_asyncio"] = late
with trace.get_tracer("x").start_as_current_span("request"):
    asyncio.run(work("/tmp"))
otel_audit.flush(30)
lines = [json.loads(line) for line in open(stream)]
print(json.dumps([[line["file.path"], line.get("python.audit.on_event_loop", False)] for line in lines]))
"""


def test_it_is_looked_for_when_a_span_starts(run_python: Run, core: str, tmp_path: object) -> None:
    assert run_python(PROGRAM, core, f"{tmp_path}/audit.jsonl").result == [["/", False], ["/tmp", True]]
