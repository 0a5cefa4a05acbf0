"""What one family file hands to the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from otel_audit.model import Event, Rule, RuleKind

FIRST = Rule(RuleKind.FIRST)
IN_TRACE = Rule(RuleKind.IN_TRACE)
BULK = Rule(RuleKind.RATE, 100)
"""For what one call of the application can raise a thousand times (`shutil.rmtree` of a large tree)."""


class Family(NamedTuple):
    """Rows of one group, and which of them the public selectors hold.

    Args:
        events: the rows.
        default: events of the selector `default`, each with its default rule.
        security: events of the selector `security`.
    """

    events: tuple[Event, ...]
    default: Mapping[str, Rule] = {}
    security: frozenset[str] = frozenset()
