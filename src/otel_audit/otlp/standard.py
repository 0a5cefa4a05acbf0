"""Whether the way of the log records is the SDK's own, as it comes.

Whatever else has a say on that way (another processor, a subclass, a replaced method, another exporter, limits) expects
the SDK's records, and gets them. Like `sdk`, this reads private attributes, and answers with a reason where anything is
not what it was in the versions it was written for.
"""

from __future__ import annotations

import sys
from collections import deque
from types import MethodType
from typing import Any, NamedTuple

from otel_audit import sdk
from otel_audit.otlp import transport
from otel_audit.otlp.functions import calls, is_original
from otel_audit.sdk import ExportWatch

_LOGS = "opentelemetry.sdk._logs._internal"
_EXPORT = "opentelemetry.sdk._logs._internal.export"
_BATCH = "opentelemetry.sdk._shared_internal"
_ENCODER = "opentelemetry.exporter.otlp.proto.common._internal._log_encoder"
_GRPC = "opentelemetry.exporter.otlp.proto.grpc.exporter"
_COMMON = (
    (_LOGS, "Logger", ("emit",)),
    (_LOGS, "SynchronousMultiLogRecordProcessor", ("on_emit",)),
    (_EXPORT, "BatchLogRecordProcessor", ("on_emit",)),
    (_BATCH, "BatchProcessor", ("emit", "_export", "worker")),
    (_ENCODER, "", ("encode_logs", "_encode_resource_logs", "_encode_log")),
)
_ATTRIBUTE_LIMIT = 128
"""OpenTelemetry's default, which the encoders keep."""
_BATCH_ATTRIBUTES = {
    "_queue": deque,
    "_max_queue_size": int,
    "_max_export_batch_size": int,
    "_pid": int,
    "_shutdown": bool,
}


class Way(NamedTuple):
    """The SDK's own way, looked at just now.

    Args:
        multi: the provider's processor of processors.
        processors: of the provider.
        batch: what batches for the only one.
        exporter: the OTLP exporter.
        export: its `export` attribute; None while that is the class's.
        logger: of our scope.
        protocol: `HTTP` or `gRPC`.
    """

    multi: Any
    processors: tuple[Any, ...]
    batch: Any
    exporter: Any
    export: object
    logger: Any
    protocol: str

    def holds(self) -> bool:
        """Whether nothing was put between since; whole looks are taken once per turn."""
        return (
            self.multi._log_record_processors is self.processors
            and self.batch._exporter is self.exporter
            and vars(self.exporter).get("export") is self.export
            and sdk.is_enabled(self.logger)
        )


class Other(str):
    """Why it is another way, in a few words."""


def look(provider: Any, logger: Any, watch: ExportWatch | None = None) -> Way | Other:
    """Look at the way of the log records.

    Args:
        provider: the logger provider.
        logger: its logger of our scope.
        watch: what follows its exporter for us.
    """
    if not (_is(provider, _LOGS, "LoggerProvider") and _is(logger, _LOGS, "Logger")):
        return Other("the logger provider is not the SDK's own")
    multi: Any = getattr(provider, "_multi_log_record_processor", None)
    if not _is(multi, _LOGS, "SynchronousMultiLogRecordProcessor") or logger._multi_log_record_processor is not multi:
        return Other("the logger provider hands records on in its own way")
    processors = multi._log_record_processors
    if len(processors) != 1:
        return Other(f"the logger provider has {len(processors)} processors")
    (processor,) = processors
    batch: Any = getattr(processor, "_batch_processor", None)
    if not (_is(processor, _EXPORT, "BatchLogRecordProcessor") and _is(batch, _BATCH, "BatchProcessor")):
        return Other(f"the processor is a {type(processor).__qualname__}")
    exporter: Any = getattr(batch, "_exporter", None)
    module = type(exporter).__module__
    protocol = transport.LOGS.protocols.get(module, "") if _is(exporter, module, "OTLPLogExporter") else ""
    if not protocol:
        return Other(f"the exporter is a {type(exporter).__qualname__}")
    why = _changed(multi, processor, batch, exporter, logger) or _obstacle(batch, logger)
    export = vars(exporter).get("export")
    if export is not None and not _follows(watch, exporter, export):
        why = why or "the exporter's export was replaced"
    return Other(why) if why else Way(multi, processors, batch, exporter, export, logger, protocol)


def _follows(watch: ExportWatch | None, exporter: Any, export: object) -> bool:
    """Whether what was put in place of an exporter's `export` is ours, directly around the class's."""
    if watch is None or export is not watch.export:
        return False
    held = watch.original
    if not isinstance(held, MethodType):
        return False
    return held.__self__ is exporter and held.__func__ is vars(type(exporter)).get("export")


def _obstacle(batch: Any, logger: Any) -> str:
    if any(not isinstance(getattr(batch, name, None), kind) for name, kind in _BATCH_ATTRIBUTES.items()):
        return "this SDK's queue is not known"
    if not callable(getattr(getattr(batch, "_worker_awaken", None), "set", None)):
        return "this SDK's queue is not known"
    if not sdk.is_enabled(logger):
        return "the logger is disabled"
    return "" if _has_default_limits(logger) else "log records have limits of their own"


def _has_default_limits(logger: Any) -> bool:
    limits = getattr(logger, "_log_record_limits", None)
    if limits is None:  # SDK 1.40 reads them for each record
        limits = sys.modules[_LOGS].__dict__["LogRecordLimits"]()
    newer = getattr(limits, "max_log_record_attributes", None), getattr(limits, "max_log_record_attribute_length", None)
    number, length = newer if hasattr(limits, "max_log_record_attributes") else _older(limits)
    return _is(limits, _LOGS, "LogRecordLimits") and number == _ATTRIBUTE_LIMIT and length is None


def _older(limits: Any) -> tuple[object, object]:
    return getattr(limits, "max_attributes", None), getattr(limits, "max_attribute_length", "")


def _changed(multi: Any, processor: Any, batch: Any, exporter: Any, logger: Any) -> str:
    """What was put in place of the SDK's methods, in objects or classes."""
    module = type(exporter).__module__
    over_grpc = transport.LOGS.protocols[module] == "gRPC"
    mixin = ((_GRPC, "OTLPExporterMixin", ("_export",)),) if over_grpc else ()
    own = (transport.GRPC_TRANSLATE,) if over_grpc else ()
    for where, name, functions in (*_COMMON, *mixin, (module, "OTLPLogExporter", ("export", *own))):
        for function in functions:
            if not is_original(where, name, function):
                return f"{name or 'the encoder'}.{function} was replaced".removeprefix("the encoder.")
    for thing, names in (
        (multi, ("on_emit",)),
        (processor, ("on_emit",)),
        (batch, ("emit", "_export")),
        (logger, ("emit",)),
    ):
        replaced = vars(thing).keys() & set(names)
        if replaced:
            return f"{type(thing).__name__}.{replaced.pop()} was replaced"
    return _translates(module, exporter, over_grpc)


def _translates(module: str, exporter: Any, over_grpc: bool) -> str:
    """Whether the exporter makes a message of a batch where `transport` takes hold of it."""
    exporting, encoding = sys.modules[module].__dict__, sys.modules[_ENCODER].__dict__
    function = getattr(type(exporter), transport.GRPC_TRANSLATE if over_grpc else "export")
    if not calls(function, transport.LOGS.translate):
        return "this exporter encodes in another way"
    if exporting.get(transport.LOGS.translate) is not encoding[transport.LOGS.translate]:
        return "the exporter's encoder was replaced"
    put = vars(exporter).get(transport.GRPC_TRANSLATE)
    return "" if put is None or transport.is_ours(put) else "the exporter's encoder was replaced"


def _is(thing: object, module: str, name: str) -> bool:
    """Whether something is exactly of a class of the SDK, which is not imported for this."""
    kind = type(thing)
    return kind.__module__ == module and kind is getattr(sys.modules.get(module), name, None)
