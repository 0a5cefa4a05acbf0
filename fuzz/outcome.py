"""What the drain thread would make of the records, held to what sinks rely on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fuzz.described import Wrong, check, timed
from fuzz.tally import Tally
from otel_audit import wire
from otel_audit.chain import Chain
from otel_audit.contract import Core
from otel_audit.model import Event, Plan
from otel_audit.redaction import Level

LEVELS: tuple[Level, ...] = (*("default",) * 6, "strict", "off")


class Outcome:
    """Decode, describe, redact, say in one line, and check.

    Args:
        plan: of the records.
        core: they came from.
        level: of redaction.
        tally: counts decoded and described records.
        key: of the hashes in redaction's markers; empty for none.
        rows: custom events that are defined.
    """

    def __init__(
        self,
        plan: Plan,
        core: Core,
        level: Level,
        tally: Tally,
        *,
        key: bytes = b"",
        rows: Mapping[str, Event] | None = None,
    ) -> None:
        self._chain = Chain(plan, core, level, key=key, rows=rows)
        self._tally = tally

    def take(self, records: Sequence[bytes]) -> None:
        """Take a core's records.

        Raises:
            AssertionError: of what came out, with the record.
        """
        slowest = 0.0
        for data in records:
            try:
                described, spent = timed(self._chain, wire.decode(data))
                if described is None:
                    raise Wrong("no processor dropped it, and it is gone")
                check(described)
            except Exception as error:
                raise Wrong(f"{type(error).__name__}: {error}\nrecord {data.hex()}") from error
            slowest = max(slowest, spent)
        self._tally.add("decoded", len(records))
        self._tally.add("described", len(records))
        self._tally.most("slowest_us", int(slowest * 1e6))
