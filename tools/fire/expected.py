"""Arguments that come unread from a real or documented call, and why that is right."""

from __future__ import annotations

EXPECTED: dict[tuple[str, str], str] = {
    ("shutil.rmtree", "python.audit.missing_arguments"): "up to 3.10 it comes without dir_fd",
    ("time.sleep", "python.audit.arg.secs.type"): "it comes before the TypeError, with whatever was passed",
    ("winreg.SetValue", "python.audit.arg.value.type"): "a number is a value of the registry: measured, never read",
    ("fcntl.fcntl", "python.audit.arg.arg.type"): "a number or a buffer, by command: measured, never read",
}
"""(event, attribute) -> reason."""
