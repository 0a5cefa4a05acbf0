"""All events of one's own that are defined, in code or in a file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

from otel_audit.custom.attribute_types import KeyTypes
from otel_audit.errors import DefinitionError, SettingsError
from otel_audit.model import Arg, Event, Kind

LIMIT = 512
"""Events that can be defined: a name is a constant. The core keeps ids for as many."""

Listener = Callable[[Event], None]


class _Registry:
    """Rows by name. What a file says of an event or an attribute's type holds against code: whoever deploys decides."""

    def __init__(self) -> None:
        self.rows: dict[str, Event] = {}
        self.from_file: frozenset[str] = frozenset()
        self.listeners: list[Listener] = []
        self.types = KeyTypes()
        self.renew_lock()

    def renew_lock(self) -> None:
        """Also after a fork: another thread may have held it. Reentrant, as a finalizer may define events too."""
        self.lock = threading.RLock()

    def add(self, given: Event) -> None:
        """From code."""
        with self.lock:
            if given.name in self.from_file:
                return
            new = self._fitted(given)
            known = self.rows.get(new.name)
            if known is None:
                self._check_room(given.name, 1)
                self._keep(new)
            elif known != new:
                raise DefinitionError(new.name, "name", new.name, "one definition (this name has another one)")

    def adopt(self, given: Sequence[Event]) -> None:
        """From a file: all or none."""
        with self.lock:
            names = {new.name for new in given}
            if not names:
                return
            self._check_room(given[-1].name, len(names - self.rows.keys()))
            types = KeyTypes(row for row in self.rows.values() if row.name not in names)
            for new in given:
                types.check(new)
            self.types, self.from_file = types, self.from_file | names
            for new in given:
                if self.rows.get(new.name) != new:
                    self._keep(new)

    def _keep(self, new: Event) -> None:
        self.rows[new.name] = new
        self.types.add(new)
        for listener in tuple(self.listeners):
            listener(new)

    def _check_room(self, name: str, more: int) -> None:
        if len(self.rows) + more > LIMIT:
            raise DefinitionError(
                name, "name", name, f"at most {LIMIT} events: a name is a constant, data are arguments"
            )

    def _fitted(self, given: Event) -> Event:
        """Without arguments whose key has another type in a file: no program fails for what a file says."""
        fitted: list[Arg] = []
        for at, arg in enumerate(given.args):
            clash = self.types.clash(arg)
            if clash is not None and clash.event not in self.from_file:
                raise clash.error(given.name, at, arg)
            fitted.append(arg if clash is None else Arg(arg.name, Kind.SKIP))
        return Event(given.name, given.group, tuple(fitted), given.text, meaning=given.meaning, severity=given.severity)


_registry = _Registry()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_registry.renew_lock)


def register(*defined: Event) -> None:
    """Enter rows made by `definitions.define`, each once or again as they were.

    Raises:
        DefinitionError: another row has the name, or a key has another type.
    """
    for new in defined:
        _registry.add(new)


def adopt(path: str, defined: Sequence[Event]) -> None:
    """Enter the rows of a configuration file; they replace those of the same name.

    Raises:
        SettingsError: a key has another type in an event defined in code. Nothing was entered then.
    """
    try:
        _registry.adopt(defined)
    except DefinitionError as error:
        raise SettingsError(f"{path}: {error.event}: {error.key}", error.value, error.expected) from None


def rows() -> tuple[Event, ...]:
    """All that are defined by now."""
    with _registry.lock:
        return tuple(_registry.rows.values())


def row(name: str) -> Event | None:
    """The row of a name."""
    return _registry.rows.get(name)


def on_define(listener: Listener) -> Callable[[], None]:
    """Have every further row told, also one that replaces another; it must not raise.

    Rows that came before are in `rows()`: ask for those afterwards, and take a row that comes twice.

    Returns:
        Ends it.
    """
    with _registry.lock:
        _registry.listeners.append(listener)

    def end() -> None:
        with _registry.lock:
            if listener in _registry.listeners:
                _registry.listeners.remove(listener)

    return end
