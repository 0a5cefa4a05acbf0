"""What raises each event on Linux, with nothing but loopback, and data as a small web shop would have it."""

from __future__ import annotations

from tools.fire.triggers import code, filesystem, interpreter, native, network, process
from tools.fire.triggers.registry import TRIGGERS, Trigger

__all__ = ["TRIGGERS", "Trigger", "code", "filesystem", "interpreter", "native", "network", "process"]
