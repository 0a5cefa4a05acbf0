"""Events of one's own: how they are defined, raised and known."""

from __future__ import annotations

from otel_audit.custom.decorator import audited
from otel_audit.custom.definitions import Argument
from otel_audit.custom.raising import event
from otel_audit.custom.registry import adopt, on_define, register, row, rows

__all__ = ["Argument", "adopt", "audited", "event", "on_define", "register", "row", "rows"]
