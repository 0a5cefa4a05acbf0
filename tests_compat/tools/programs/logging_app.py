"""Logs by `logging` and by structlog, and raises audit events: three streams that must not mix."""

from __future__ import annotations

import json
import logging
import sys

import structlog

LINES, EVENTS = 50, 200


def main() -> None:
    logging.getLogger().setLevel(logging.INFO)
    log, structured = logging.getLogger("app"), structlog.stdlib.get_logger("app.structured")
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.processors.KeyValueRenderer()],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    for number in range(EVENTS):
        sys.audit("tools.work", number)
        if number < LINES:
            log.info("by logging %d", number)
            structured.info("by structlog", number=number)
    print(json.dumps({"lines": LINES, "events": EVENTS}))


if __name__ == "__main__":
    main()
