"""The errors of this package: their texts say what is missing and how to get it."""

from __future__ import annotations


class BackendError(RuntimeError):
    """A backend could not be fetched, built, started or asked."""


class PortTaken(BackendError):
    """Somebody else listens on the port that was free a moment ago."""
