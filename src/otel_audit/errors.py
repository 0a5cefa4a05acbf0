"""What can be wrong, said in one line."""


class AuditError(Exception):
    """Base of every error this package raises."""


class SettingsError(AuditError):
    """A setting that cannot be used: `NAME=value: expected X`.

    Args:
        name: variable name, as the user wrote it.
        value: what was given.
        expected: what would have been right.
    """

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name}={value}: expected {expected}")
        self.name = name
        self.value = value
        self.expected = expected


class CoreUnavailable(AuditError):
    """The core asked for by name cannot run here; the message says why."""


class HookVetoed(AuditError):
    """An earlier audit hook refused ours."""
