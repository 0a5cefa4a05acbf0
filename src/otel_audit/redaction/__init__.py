"""What no sink may see: secrets in any attribute, personal data in custom events, paths and hosts when strict.

Every pattern here runs in linear time on hostile input: identifiers are entered from their start only, repeats never
overlap, what looks ahead is bounded. Redacting twice changes nothing. In doubt, too much is redacted.
"""

from __future__ import annotations

from otel_audit.redaction.masking import KINDS, Mark
from otel_audit.redaction.redactor import Level, Redactor

__all__ = ["KINDS", "Level", "Mark", "Redactor"]
