"""work.py under ddtrace: says whether its tracer runs here too."""

from __future__ import annotations

import sys

from tests_compat.tools.programs import work


def main() -> None:
    tracer = sys.modules["ddtrace"].tracer
    with tracer.trace("datadog") as span:
        assert span.trace_id
        work.main()


if __name__ == "__main__":
    main()
