"""Which way log records go, and why: encoded here, or as the SDK's records. The same of span events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_audit.otlp.encoding import Encoder
    from otel_audit.otlp.pipeline import Pipeline
    from otel_audit.sdk import ExportWatch

SETTING = "OTEL_PYTHON_AUDIT_OTLP"
SDKS = "the SDK's own path"


class Choice:
    """Looked at once per turn.

    Args:
        head: the fields with which every record of an event id begins; None leaves everything to the SDK.
        core: `auto`, `c` or `python`: which encoder.
    """

    def __init__(self, head: Callable[[int], Mapping[str, Any]] | None, core: str) -> None:
        self._head, self._core = head, core
        self._encoder: Encoder | None = None
        self.pipeline: Pipeline | None = None
        self.note = ""

    def is_as_meant(self) -> bool:
        """Whether records are encoded here, or the user would not have it."""
        return self._head is None or self.pipeline is not None

    def look(self, provider: Any, logger: Any, watch: ExportWatch | None) -> None:
        """See whether the way is the SDK's own, as it comes; what waits must have been handed over."""
        if self._head is None:
            self.note = f"{SDKS} ({SETTING}=sdk)"
            return
        from otel_audit.otlp import standard

        way = standard.look(provider, logger, watch)
        if isinstance(way, standard.Other):
            self.pipeline, self.note = None, f"{SDKS}: {way}"
        elif self.pipeline is None or self.pipeline.way != way:
            self.pipeline = self._pipeline(way, self._head)

    def _pipeline(self, way: Any, head: Callable[[int], Mapping[str, Any]]) -> Pipeline:
        from otel_audit.otlp.pipeline import Pipeline

        if self._encoder is None:
            self._encoder = encoder(self._core)
        self.note = f"encoded by the bridge ({self._encoder.encoder_name}), sent by the SDK over {way.protocol}"
        return Pipeline(way, self._encoder, head)

    def after_fork_child(self) -> None:
        """What the parent was about to hand over is the parent's."""
        if self.pipeline is not None:
            self.pipeline.clear()


def encoder(core: str) -> Encoder:
    """The encoder that goes with a core.

    Args:
        core: `auto`, `c` or `python`.
    """
    from otel_audit.otlp import encoding

    found, _ = encoding.choose("python" if core == "python" else "auto")
    return found


def send(exporter: Any, export: Callable[..., Any], batch: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
    """`transport.send`, which is imported when there is something to send."""
    from otel_audit.otlp import transport

    return transport.send(exporter, export, batch, *args, **kwargs)
