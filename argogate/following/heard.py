"""Which lines of a pod were heard: what is sent again after a cut is told once."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from math import inf

WINDOW = 30.0
"""Seconds of a pod's own time in which each line is known; what is older was heard."""
EARLIEST, LATEST = 1970, 2999
"""Years."""
MOST_KNOWN = 5000
"""Lines that are known of one pod; a flood makes the window narrower."""


def moment_of(at: str) -> datetime | None:
    """Return the time that a container's runtime wrote before a line, where it is one.

    What the server cut off a line that is too long may begin with anything, and a year that no
    runtime writes is one of which some time zones know nothing.
    """
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment if EARLIEST <= moment.year <= LATEST else None


class Heard:
    """The last lines of one pod, by their time and text.

    Runtimes give no two lines of a pod the same time. Its two outputs may come in an order that
    differs from their times by a little, so the last time alone would not do.
    """

    def __init__(self) -> None:
        self.last = -inf
        """Seconds since 1970 of the latest line."""
        self._known: set[int] = set()
        self._order: deque[tuple[float, int]] = deque()
        self._floor = -inf

    def is_new(self, at: str, text: str) -> bool:
        """Take a line in; return whether it was not heard before."""
        time = moment_of(at)
        moment = time.timestamp() if time else self.last
        key = hash((at, text))
        if (time and moment <= self._floor) or key in self._known:
            return False
        self.last = max(self.last, moment)
        self._known.add(key)
        self._order.append((moment, key))
        while self._order[0][0] < self.last - WINDOW or len(self._order) > MOST_KNOWN:
            old, forgotten = self._order.popleft()
            self._known.discard(forgotten)
            self._floor = max(self._floor, old)
        return True
