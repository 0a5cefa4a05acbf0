"""Forks while records wait in the SDK's queue. Prints how many, and what parent and child delivered."""

import os
import sys
import time
from typing import Any

from opentelemetry import _logs

import otel_audit

provider: Any = _logs.get_logger_provider()
(processor,) = provider._multi_log_record_processor._log_record_processors
queue = processor._batch_processor._queue


def delivered() -> int:
    otel_audit.flush(60.0)
    return otel_audit.health().destinations["logs"].get("delivered", 0)


for each in range(7):
    sys.audit("app.e", "parent", each)
end = time.monotonic() + 60
while len(queue) < 7 and time.monotonic() < end:
    time.sleep(0.01)
print(len(queue), flush=True)
child = os.fork()
if child == 0:
    for each in range(5):
        sys.audit("app.e", "child", each)
    print(delivered(), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print(delivered(), flush=True)
