"""Where the workers stop at quiet moments."""

from __future__ import annotations

import threading


class Gate:
    """Open from the start. Workers go through it once per turn; `close` waits until all of them stand before it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open, self._inside = True, 0
        self.over = False

    def enter(self) -> bool:
        """Begin a turn, when the gate is open; False when there are no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._open or self.over)
            if self.over:
                return False
            self._inside += 1
        return True

    def leave(self) -> None:
        """End a turn."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def rest(self, seconds: float) -> None:
        """Between two turns."""
        with self._changed:
            self._changed.wait_for(lambda: self.over, seconds)

    def close(self, timeout_s: float) -> bool:
        """Let nobody in any more. True when nobody is inside in time."""
        with self._changed:
            self._open = False
            return self._changed.wait_for(lambda: self._inside == 0, timeout_s)

    def open(self) -> None:
        """Go on."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def end(self) -> None:
        """No more turns."""
        with self._changed:
            self.over = True
            self._changed.notify_all()
