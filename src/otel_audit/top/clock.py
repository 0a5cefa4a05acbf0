"""The time in the stream: a file of yesterday is shown as it was, and a clock that is off does no harm."""

from __future__ import annotations

AHEAD_S = 60.0
"""A record may be this far ahead of our clock, seconds; a time beyond that is not believed."""


class Clock:
    """The time of the last record, going on from there.

    All times are seconds since 1970; `now` is the reader's own clock.
    """

    def __init__(self) -> None:
        self._time = self._at = 0.0
        self._stopped = False
        self.began = 0.0
        """Time of the first record; 0 before it."""
        self.newest = 0.0
        """Time of the newest one."""

    def place(self, time: float, now: float) -> float:
        """Where a record belongs.

        Args:
            time: of the record; 0 when it tells none.
        """
        believed = 0 < time <= now + AHEAD_S
        if not self._time:
            self._time, self._at = (time if believed else now), now
            self.began = self.newest = self._time
            return self._time
        here = self.time(now)
        if not believed:
            time = here
        elif time > here:
            self._time, self._at = time, now
        self.newest = max(self.newest, time)
        return time

    def time(self, now: float) -> float:
        """The present of the stream."""
        return self._time if self._stopped or not self._time else self._time + max(0.0, now - self._at)

    def stop(self, now: float) -> None:
        """Nothing more will come."""
        self._time = self.time(now)
        self._stopped = True
