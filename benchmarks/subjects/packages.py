"""Packages with audit hooks that one finds on the registry, used as their pages say, with a listener that does nothing.

None of them keeps, counts or exports anything: this is what calling a Python function costs in each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.subjects.floor import bare
from benchmarks.subjects.subject import EVENT, Batch, Subject

OPEN = "open"
"""What they know: CPython's own events, with path, mode and flags."""


def _nothing(*args: object) -> None:
    return


def subaudit(*events: str) -> Callable[[str], Batch]:
    """A listener for these events."""

    def install(_: str) -> Batch:
        import subaudit

        for event in events:
            subaudit.subscribe(event, _nothing)
        return bare

    return install


def _allow(*args: object) -> bool:
    return True


def fastaudit(_: str) -> Batch:
    """Inside of its audit context, with what it would deny allowed by a callback; without its monitoring of calls."""
    from fastaudit import mk_audit

    context = mk_audit([], before_deny=_allow, monitor_calls=False)

    @contextmanager
    def batch() -> Iterator[None]:
        with context():
            yield

    return batch


def fastaudit_outside(_: str) -> Batch:
    """Installed, and no audit context is active."""
    from fastaudit import mk_audit

    mk_audit([], monitor_calls=False)
    return bare


def malwi_box(_: str) -> Batch:
    """Its C++ hook calls a function for the events it selects; it also sets a profile function for all calls."""
    from malwi_box import install_hook

    install_hook(_nothing)
    return bare


PACKAGES = {
    "subaudit: another event": Subject(subaudit("os.remove"), event=OPEN, package="subaudit"),
    "subaudit: a listener": Subject(subaudit(OPEN), event=OPEN, package="subaudit"),
    "fastaudit: no context": Subject(fastaudit_outside, event=OPEN, package="fastaudit"),
    "fastaudit: a read that is allowed": Subject(fastaudit, event=OPEN, package="fastaudit"),
    "malwi-box: another event": Subject(malwi_box, event=EVENT, package="malwi-box"),
    "malwi-box: a listener": Subject(malwi_box, event=OPEN, package="malwi-box"),
}
