"""What can be wrong, said in one line."""

from __future__ import annotations

VALUE_LIMIT = 200
"""Characters of a value that a line shows: enough to recognise it."""

REDACTED = "[redacted]"
"""Stands for a value that no line may show."""


def one_line(text: str) -> str:
    """What would break the line, or a terminal, escaped."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


class AuditError(Exception):
    """Base of every error this package raises."""


class SettingsError(AuditError):
    """A setting that cannot be used: `NAME=value: expected X`.

    Args:
        name: variable, option, or file and key, as the user wrote it.
        value: what was given; None where it is not to be shown.
        expected: what would have been right.
    """

    def __init__(self, name: str, value: str | None, expected: str) -> None:
        super().__init__(f"{_assignment(one_line(name), value)}: expected {expected}")
        self.name = name
        self.value = value
        self.expected = expected


class DefinitionError(AuditError, ValueError):
    """An event of one's own that cannot be defined so: `event: key=value: expected X`.

    Args:
        event: the event's name.
        key: which part of the definition: `name`, `arguments[0].capture`, ...
        value: what was given.
        expected: what would have been right.
    """

    def __init__(self, event: str, key: str, value: str, expected: str) -> None:
        where = "" if key == "name" else f"{one_line(event)}: "
        super().__init__(f"{where}{_assignment(key, value)}: expected {expected}")
        self.event = event
        self.key = key
        self.value = value
        self.expected = expected


def _assignment(name: str, value: str | None) -> str:
    if value is None:
        return name
    return f"{name}={one_line(value if len(value) <= VALUE_LIMIT else value[: VALUE_LIMIT - 1] + '…')}"


class CoreUnavailable(AuditError):
    """The core asked for by name cannot run here; the message says why."""


class HookVetoed(AuditError):
    """An earlier audit hook refused ours."""
