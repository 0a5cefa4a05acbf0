"""What fuzz/harness.c calls: inputs played on the core that is compiled into it, with the encoder that is."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import cast

from fuzz import worker
from fuzz.player import Player, Raw
from otel_audit.contract import Core

_core = sys.modules["otel_audit.capture._core"] = import_module("_core")
sys.modules["otel_audit.otlp._encode"] = import_module("_encode")
_harness = import_module("fuzz_harness")
_tally = worker.tally()

play = worker.watched(
    Player(
        (cast(Core, _core),), _tally, raw=cast(Raw, _harness.raw), released=_harness.release, fresh=True, whole=False
    ).play,
    _tally,
)
"""Plays one input; what breaks a law raises, which ends the process."""
