"""The thread between a source and the model."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from otel_audit.top.model import Model
from otel_audit.top.source import Source


class Feed:
    """Reads a source into a model as fast as it can; whoever looks at the model holds `looking`.

    Args:
        source: read and closed here.
        model: gets its lines.
    """

    def __init__(self, source: Source, model: Model) -> None:
        self.source = source
        self.model = model
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._ended: float | None = None
        self.error = ""
        self._thread = threading.Thread(target=self._run, name="otel-audit-top", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            self._read()
        except OSError as error:
            self.error = error.strerror or type(error).__name__
        finally:
            with self._lock:
                self.model.clock.stop(time.time())
            self._ended = time.monotonic()

    def _read(self) -> None:
        while not self._stop.is_set():
            lines = self.source.read()
            if lines is None:
                return
            if lines:
                with self._lock:
                    self.model.take(lines, time.time())

    @contextmanager
    def looking(self) -> Iterator[Model]:
        """The model, at rest."""
        with self._lock:
            yield self.model

    @property
    def elapsed(self) -> float:
        """Seconds since the start, up to the end of the source."""
        return (time.monotonic() if self._ended is None else self._ended) - self._began

    @property
    def ended(self) -> bool:
        """Whether there will be no more."""
        return self._ended is not None

    @property
    def state(self) -> str:
        return f"stopped: {self.error}" if self.error else self.source.state

    def wait(self, seconds: float | None) -> bool:
        """Whether the source ended within so many seconds; None waits for it."""
        self._thread.join(seconds)
        return self.ended

    def close(self) -> None:
        """Stop reading, and give the source back. A read that cannot be stopped, on Windows, ends with the process."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(2.0)
        self.source.close()
