"""A control of the suites: OpenTelemetry with something to export, and a hook that does nothing; no bridge."""

import sys

from otel_audit.interpreter import is_main


def _nothing(event: str, arguments: tuple[object, ...]) -> None:
    pass


def _log() -> None:
    """One record at once, and one each second, as the bridge hands them over."""
    logger, pause = get_logger("stand-in"), threading.Event()
    while True:
        logger.emit(LogRecord(body="a record", severity_number=SeverityNumber.INFO))
        pause.wait(1.0)


if is_main():  # in another, the import alone of threading may keep it from ending
    import threading

    from opentelemetry._logs import LogRecord, SeverityNumber, get_logger
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()
    sys.addaudithook(_nothing)
    threading.Thread(target=_log, name="stand-in", daemon=True).start()
